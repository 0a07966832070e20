#!/bin/sh
# Ask the doctor about every quantizer of examples/: writes what docs/own_quantizers.md says of them.
#     sh tools/doctor_examples.sh
set -eu
cd "$(dirname "$0")/.."
for name in own.py:RotatedSigns fsq.py:fsq lfq.py:lfq residual_fsq.py:residual_fsq residual_lfq.py:residual_lfq \
    vector_quantize.py:vector_quantize rotation_trick.py:rotation_trick residual_vq.py:residual_vq sim_vq.py:sim_vq; do
    file="checkpoints/doctor/${name%%.py*}.json"
    mkdir -p checkpoints/doctor
    rm -f "$file"
    # Exit code 1 says that a line is red, which is no failure here.
    .venv/bin/python -m rfsq doctor --quantizer "examples/$name" --json "$file" || [ $? -eq 1 ]
done
.venv/bin/python -m rfsq results
