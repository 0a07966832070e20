"""`python -m rfsq models`"""

from __future__ import annotations

import argparse
from typing import Any

from rfsq.commands.output import add_json, print_table, write_json
from rfsq.evidence.results import Results, load_results
from rfsq.model.checkpoint import available_models, zoo_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO
from rfsq.style.wording import format_number

_SIDE = 128  # pixels, of the photos that the zoo is measured on


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    results = load_results()
    records = [_record(name, results) for name in ZOO]
    print_table(
        ["model", "quantizer", "conditioning", "stages", "bits/token", "bpp", "side B/image", "test PSNR dB", "file"],
        [
            [
                r["model"],
                r["quantizer"],
                r["conditioning"] or "–",
                str(r["stages"]),
                format_number(r["bits_per_token"], 0),
                format_number(r["bpp"], 3),
                str(r["side_bytes_per_image"]),
                format_number(r["psnr_db"], 2),
                r["file"] or "not trained",
            ]
            for r in records
        ],
    )
    print("bpp: tokens only, before entropy coding; side B/image comes on top of it, and is in the bpp of `evaluate`.")
    write_json(options.json, records)


def _record(name: str, results: Results | None) -> dict[str, Any]:
    config = ZOO[name]
    present = name in available_models()
    rate = QuantizedAutoencoder(config).rate(_SIDE, _SIDE)
    return {
        "model": name,
        "quantizer": config.kind,
        "conditioning": config.conditioning,
        "stages": config.num_stages,
        "bits_per_token": rate.bits_per_token if rate else None,
        "bpp": rate.bpp_tokens if rate else None,  # tokens alone: the same for every size of picture
        f"bpp_with_side_information_{_SIDE}x{_SIDE}": rate.bpp if rate else None,  # as `evaluate` counts
        "side_bytes_per_image": rate.side_bytes if rate else 0,
        "psnr_db": results.full(name).psnr_db if results is not None and name in results.models else None,
        "file": zoo_checkpoint(name).name if present else None,
    }
