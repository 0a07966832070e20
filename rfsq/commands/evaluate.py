"""`python -m rfsq evaluate --images DIR --models NAME,…`"""

from __future__ import annotations

import argparse
from pathlib import Path

from rfsq.checkpoint import load_model, record_scores, weights_path
from rfsq.commands.output import add_device, add_json, chosen_models, number, print_table, write_json
from rfsq.devices import pick_device
from rfsq.evaluation import ModelScores, as_record, evaluate, folder_digest, gallery_psnr_db, image_files
from rfsq.lpips_metric import load_lpips, lpips_status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="a folder of pictures")
    parser.add_argument("--models", default="all", metavar="NAME,…", help="models, or all (default)")
    parser.add_argument("--stages", type=int, metavar="K", help="use the first K stages only (default: all)")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--lpips", choices=("squeeze", "alex", "vgg"), default="squeeze", help="LPIPS network")
    parser.add_argument("--record", action="store_true", help="store the scores in the models' checkpoint files")
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    if options.batch_size < 1:
        raise ValueError(f"--batch-size must be at least 1, got {options.batch_size}")
    device = pick_device(options.device)
    files = image_files(options.images)
    names = chosen_models(options.models)
    if options.record and options.stages is not None:
        raise ValueError("--record stores the scores of all stages; leave --stages out")
    models = {name: load_model(name) for name in names}  # all of them first: a wrong name should not cost an hour
    for model in models.values():
        model.check_stages(options.stages)
    status = lpips_status(options.lpips)
    lpips = load_lpips(options.lpips).to(device) if status.available else None
    records = [
        evaluate(name, model.to(device), files, device=device, stages=options.stages, batch_size=options.batch_size,
                 lpips=lpips, lpips_reason=status.reason or "", progress_bar=True)
        for name, model in models.items()
    ]
    print_table(["model", "k", "bits/token", "bpp", "bpp entropy", "L1", "PSNR dB", "SSIM", "MS-SSIM", "FLIP", "LPIPS",
                 "used share"], [_row(scores) for scores in records])
    for metric, reason in {item for scores in records for item in scores.not_measured.items()}:
        print(f"{metric}: {reason}")
    write_json(options.json, [as_record(scores) for scores in records])
    if options.record:
        digest = folder_digest(files)
        for name, scores in zip(names, records, strict=True):
            command = f"python -m rfsq evaluate --images {options.images.name} --models {name} --record"
            source = {"command": command, "folder_sha256": digest}
            gallery = gallery_psnr_db(models[name].cpu())
            record_scores(weights_path(name), as_record(scores) | source | {"gallery_psnr_db": gallery})


def _row(scores: ModelScores) -> list[str]:
    used = " ".join(f"{share:.0%}" for share in scores.usage) or "–"
    return [scores.model, str(scores.stages), number(scores.bits_per_token, 0), number(scores.bpp_nominal, 3),
            number(scores.bpp_entropy, 3), number(scores.l1, 4), number(scores.psnr_db, 2), number(scores.ssim, 3),
            number(scores.ms_ssim, 3), number(scores.flip, 3), number(scores.lpips, 3), used]
