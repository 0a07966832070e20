"""The parts of the Results page."""

from __future__ import annotations

from typing import Final

from rfsq.app.shared.page_parts import Part

BITS: Final = "bits"  # the first view, and where a link leads that names no part
FINDINGS: Final = "findings"
STACKS: Final = "stacks"
RATES: Final = "rates"
PAPER: Final = "paper"

PARTS: Final = {
    BITS: Part(
        "Equal bits",
        "Who wins at equal bits, and by how much?",
        "Look at one band at a time: only models in the same band cost the same. Click a dot to see that model on the photo.",
    ),
    FINDINGS: Part(
        "Findings",
        "Which differences are real?",
        "A claim each, with its picture, its interval over photos and seeds, and its models one click away in Compare.",
    ),
    STACKS: Part(
        "One network",
        "What does the decay cost when only the stack differs?",
        "The network is the same in every row. Open a finding in Compare and see it on your photo.",
    ),
    RATES: Part(
        "Few bits",
        "What do few bits buy, beside JPEG, WebP and AVIF?",
        "Look first at the score by VGG: no model of the zoo was trained on it. Then see the pictures in Compare and Rate–distortion.",
    ),
    PAPER: Part(
        "The paper",
        "What of the paper holds here?",
        "Compare rows inside one half of the table, never across: their pictures, loss and networks are others.",
    ),
}
