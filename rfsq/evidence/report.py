"""The parts of the Markdown documents that hold figures: written from results and checkpoints, never by hand.

A part stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from rfsq.evidence.few_bits.file import load_few_bits
from rfsq.evidence.few_bits.words import few_bits_findings, few_bits_tables, how_words
from rfsq.evidence.files.curves import load_curves, load_gallery_curves
from rfsq.evidence.files.photos import load_photos
from rfsq.evidence.files.words import SHOWN, bytes_words, decoder_words
from rfsq.evidence.findings import findings
from rfsq.evidence.foreign.tables import doctor_table, own_table
from rfsq.evidence.loss_search.search import load_search
from rfsq.evidence.loss_search.words import (
    CHOSEN,
    kept_words,
    measured_words,
    noise_words,
    search_finding,
    search_table,
    weight_words,
)
from rfsq.evidence.low_rates.goal_words import goal_finding, goal_table
from rfsq.evidence.low_rates.words import low_rate_finding, low_rate_table
from rfsq.evidence.paper.tables import readings_table
from rfsq.evidence.results import Results
from rfsq.evidence.stacks.findings import CONDITIONED, PLAIN, fsq_text, stack_findings
from rfsq.evidence.stacks.grid import (
    CLOSE_LEVELS,
    CLOSE_NETWORK,
    CLOSE_STAGES,
    CloseScores,
    StackScore,
    load_grid,
)
from rfsq.evidence.statements import Finding
from rfsq.evidence.timing_tables import peers_table, waits_table
from rfsq.evidence.zoo_tables import runs_table, scores_table, training_table
from rfsq.machine.atomic import write_atomically
from rfsq.model.checkpoint import checkpoint_folder
from rfsq.style.tables import Table
from rfsq.style.wording import MISSING, format_number, listed

Part = Callable[[Results], str]
_Weighed = TypeVar("_Weighed")


def update_documents(results: Results) -> list[Path]:
    """Rewrite the generated parts of the model card, and of README and docs beside it; returns what changed."""
    return [path for path in documents(checkpoint_folder()) if update_document(path, results)]


def documents(checkpoints: Path) -> list[Path]:
    """The model card in the folder of the checkpoints, and README and docs beside it, as far as they are there."""
    beside = checkpoints.parent
    found = [checkpoints / "README.md", beside / "README.md", *sorted((beside / "docs").glob("*.md"))]
    return [path for path in found if path.is_file()]


def update_document(path: Path, results: Results) -> bool:
    """Rewrite all generated parts of a Markdown file; returns whether that changed it."""
    before = path.read_text(encoding="utf-8")
    after = before
    for name, part in PARTS.items():
        block = re.compile(rf"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        if block.search(after):
            after = block.sub(partial(_with_text, part(results)), after)
    if after != before:
        write_atomically(path, after.encode())
    return after != before


def _with_text(text: str, match: re.Match[str]) -> str:
    return match[1] + text + match[2]


def findings_part(results: Results) -> str:
    """What the results say, as a list."""
    return "\n".join(_listed([_stated(finding) for finding in findings(results)])) + "\n"


def readings_part(results: Results) -> str:
    """The paper's claims beside ours, as a table."""
    return readings_table(results).markdown() + "\n"


def bytes_part(results: Results) -> str:
    """Our files against other formats', as `results` weighed them; empty if it has not."""
    curves = load_curves()
    if curves is None or SHOWN not in curves.ours:
        return ""
    needs = f"Before a file of ours can be decoded there must be {decoder_words(SHOWN)}, which no file contains."
    return "\n".join(_wrapped(f"{bytes_words(curves)} {needs}")) + "\n"


def low_rate_claim_part(results: Results) -> str:
    """What `low_rates_part` claims, without its figures; empty where that is."""
    gallery = load_gallery_curves()
    finding = None if gallery is None else _weighed(low_rate_finding, gallery)
    return "" if finding is None else "\n".join(_wrapped(f"{finding.claim}.")) + "\n"


def low_rates_part(results: Results) -> str:
    """Files for low rates beside other formats', as `results --gallery` weighed them; empty if it has not."""
    gallery = load_gallery_curves()
    finding = None if gallery is None else _weighed(low_rate_finding, gallery)
    if gallery is None or finding is None:
        return ""
    table = low_rate_table(gallery)
    lines = _wrapped(_stated(finding))
    source = (
        "Where ours is ahead by the means over the photos alone (the claim asks that most photos agree, too), in bits per pixel "
        f"of whole files; `{gallery.command}`."
    )
    return "\n".join([*lines, "", table.markdown(), "", *_wrapped(source)]) + "\n"


def low_rate_goals_part(results: Results) -> str:
    """The goals for low rates on the test photos, as `results` weighed their files; empty if it has not."""
    photos = load_photos()
    finding = None if photos is None else _weighed(goal_finding, photos)
    if photos is None or finding is None:
        return ""
    return "\n".join([*_wrapped(_stated(finding)), "", goal_table(photos).markdown()]) + "\n"


def stacks_part(results: Results) -> str:
    """Stacks around one untouched network, as `stacks` measured them; empty if it has not."""
    grid = load_grid()
    if grid is None or not grid.close:
        return ""
    rows = []
    for levels in CLOSE_LEVELS:
        texts = {name: fsq_text(levels, CLOSE_STAGES, name) for name in (*PLAIN, *CONDITIONED)}
        found = {name: grid.find(CLOSE_NETWORK, text) for name, text in texts.items()}
        bits = next((row.bits_per_token for row in found.values() if row is not None), 0.0)
        cells = [_close_cell(row, grid.close.get(texts[name])) for name, row in found.items()]
        rows.append([f"{levels} levels × {CLOSE_STAGES} stages, {bits:.0f} bits", *cells])
    ceiling, distance = grid.ceilings[CLOSE_NETWORK]
    limit = f"{ceiling:.2f} dB" + ("" if distance is None else f" and {distance:.3f}")
    words = (
        f"PSNR in dB after the first 1 … {CLOSE_STAGES} stages · ST-LPIPS (AlexNet) after the last, around "
        f"`{CLOSE_NETWORK}`; without any rounding {limit}. {grid.images} photos, `{grid.command}`{_on(grid.device)}, folder digest "
        f"`{grid.folder_sha256[:12]}…`. Gain is none with its best single gain."
    )
    lines = [*_wrapped(words), "", *_listed([_stated(found) for found in stack_findings(results, grid)])]
    return Table.of(["stack", *PLAIN, *CONDITIONED], rows).markdown() + "\n\n" + "\n".join(lines).rstrip() + "\n"


def loss_search_part(results: Results) -> str:
    """Trainings with other perceptual terms, as `results --search` measured them; empty if it has not."""
    search = load_search()
    if search is None:
        return ""
    finding = search_finding(search)
    devices = listed(list(dict.fromkeys(run.trained_on for run in search.runs.values())))
    words = (
        f"{measured_words(search)} Folder digest `{search.folder_sha256[:12]}…`; trained on {devices}. "
        f"{kept_words(search)} In parentheses the 95 % interval, after it the paired difference to AlexNet × {CHOSEN:g} of the "
        "same network."
    )
    claims = [
        "" if finding is None else _stated(finding),
        weight_words(search),
        noise_words(search),
    ]
    lines = [*_wrapped(words), "", *_listed([claim for claim in claims if claim])]
    return search_table(search).markdown() + "\n\n" + "\n".join(lines) + "\n"


def few_bits_part(results: Results) -> str:
    """What training together, noise and more steps buy at few bits; empty where it was not measured."""
    few = load_few_bits()
    if few is None:
        return ""
    words = f"{how_words(few)}. In brackets: 95 % interval of the paired difference."
    lines = [*_wrapped(words), "", *_listed([_stated(finding) for finding in few_bits_findings(few)])]
    return "".join(f"{table.markdown()}\n\n" for table in few_bits_tables(few)) + "\n".join(lines) + "\n"


def _weighed(find: Callable[[_Weighed], Finding], weighed: _Weighed) -> Finding | None:
    """None where not all that a finding speaks of was weighed."""
    try:
        return find(weighed)
    except LookupError:
        return None


def _close_cell(row: StackScore | None, more: CloseScores | None) -> str:
    if row is None or more is None:
        return MISSING
    return " ".join(f"{psnr:.1f}" for psnr in more.psnr_after) + f" · {format_number(row.st_lpips, 3)}"


def _on(device: str) -> str:
    return f" on {device}" if device else ""


def _stated(finding: Finding) -> str:
    """In one paragraph, the claim first."""
    return f"**{finding.claim}.** {finding.sentences}".replace("\n\n", " ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    """The lines of a paragraph."""
    return textwrap.wrap(text, 116, subsequent_indent=indent)


def _listed(texts: Sequence[str]) -> list[str]:
    """The lines of a list, an item for each text."""
    return [line for text in texts for line in _wrapped(f"- {text}", "  ")]


PARTS: dict[str, Part] = {
    "scores": scores_table,
    "training": lambda results: training_table(),
    "runs": runs_table,
    "findings": findings_part,
    "readings": readings_part,
    "peers": lambda results: peers_table(),
    "waits": lambda results: waits_table(),
    "bytes": bytes_part,
    "own": lambda results: own_table(),
    "doctor": lambda results: doctor_table(),
    "stacks": stacks_part,
    "low-rate-claim": low_rate_claim_part,
    "low-rates": low_rates_part,
    "low-rate-goals": low_rate_goals_part,
    "loss-search": loss_search_part,
    "few-bits": few_bits_part,
}
