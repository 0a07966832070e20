"""What is wrong with a quantizer? A list of findings, each with its number, its sample and what would mend it.

`examine` looks at a quantizer at work, `examine_arranged` at what one left behind: latents, indices, quantized latents.
A line is green where nothing is wrong, red where a decoder would get something else than the encoder meant or nothing can
be learned, yellow for what costs quality, surprises, or cannot be seen.
"""

from rfsq.evidence.doctor.examine import examine
from rfsq.evidence.doctor.line import Line
from rfsq.evidence.doctor.tensors import examine_arranged

__all__ = ["Line", "examine", "examine_arranged"]
