#!/bin/sh
# Measure the quantizers of examples/ beside ours, on a folder of photos: writes the table of docs/own_quantizers.md.
#     sh tools/bench_examples.sh DIR
set -eu
cd "$(dirname "$0")/.."
wrapped() { printf '%s' "examples/$1.py:$1"; }
.venv/bin/python -m rfsq bench --images "$1" --network continuous-5 --json checkpoints/own-quantizers.json \
    --stack lfq:stages=1 \
    --stack fsq:levels=4,stages=1,conditioning=gain --stack vq:codes=1024 \
    --stack fsq:levels=4,stages=2,conditioning=scale --stack fsq:levels=4,stages=2,conditioning=geometric \
    --stack lfq:stages=4,conditioning=scale --stack vq:codes=1024,stages=2 \
    --quantizer "$(wrapped lfq)" --quantizer examples/own.py:RotatedSigns \
    --quantizer "$(wrapped fsq)" \
    --quantizer "$(wrapped fsq)" --quantizer-options '{"preserve_symmetry": false}' \
    --quantizer "$(wrapped vector_quantize)" --quantizer "$(wrapped rotation_trick)" --quantizer "$(wrapped sim_vq)" \
    --quantizer "$(wrapped residual_fsq)" --quantizer-options '{"stages": 2}' \
    --quantizer "$(wrapped residual_lfq)" --quantizer-options '{"stages": 4}' \
    --quantizer "$(wrapped residual_vq)" --quantizer-options '{"stages": 2}'
.venv/bin/python -m rfsq results
