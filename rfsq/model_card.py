"""The tables of the model card: written from the checkpoints' JSON files, never by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rfsq.checkpoint import CheckpointInfo, available_models, read_info, zoo_checkpoint
from rfsq.files import write_atomically

_BLOCK = re.compile(r"(<!-- scores:begin -->\n).*?(<!-- scores:end -->)", re.DOTALL)


def update_card(path: Path) -> None:
    """Rewrite the part of a Markdown file between the scores:begin and scores:end comments.

    Raises ValueError if the file lacks them.
    """
    text = path.read_text(encoding="utf-8")
    if not _BLOCK.search(text):
        raise ValueError(f"{path} has no <!-- scores:begin --> … <!-- scores:end --> block")
    write_atomically(path, _BLOCK.sub(lambda match: match[1] + card_block() + match[2], text).encode())


def card_block() -> str:
    """Scores and training facts of the models that are there, as two Markdown tables."""
    infos = [read_info(zoo_checkpoint(name)) for name in available_models()]
    scores = _table(["model", "bits/token", "bpp", "entropy bpp", "L1", "PSNR dB", "SSIM", "ꟻLIP",
                     "residual RMS before stage 1 → after the last"], [_score_row(info) for info in infos])
    facts = _table(["model", "steps", "minutes", "device", "seed", "used share per stage (training photos)"],
                   [_fact_row(info) for info in infos])
    return f"{scores}\n\n{facts}\n"


def _score_row(info: CheckpointInfo) -> list[str]:
    scores = info.scores
    norms = " → ".join(f"{value:.3f}" for value in scores.get("residual_rms", ()))
    return [f"`{info.config.name}`", _number(scores.get("bits_per_token"), 0), _number(scores.get("bpp_nominal"), 3),
            _number(scores.get("bpp_entropy"), 3), _number(scores.get("l1"), 4), _number(scores.get("psnr_db"), 2),
            _number(scores.get("ssim"), 3), _number(scores.get("flip"), 3), norms or "–"]


def _fact_row(info: CheckpointInfo) -> list[str]:
    facts = info.training
    used = " ".join(f"{share:.1%}" for share in facts.get("training_usage", ()))
    return [f"`{info.config.name}`", str(facts.get("steps", "–")), _number(facts.get("seconds", 0) / 60, 1),
            str(facts.get("device", "–")), str(facts.get("recipe", {}).get("seed", "–")), used or "–"]


def _number(value: float | None, decimals: int) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---", *["--:" for _ in header[1:]]], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


