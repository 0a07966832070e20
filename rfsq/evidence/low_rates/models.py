"""Models and stacks for low rates, and the photos on which their files are weighed beside other formats'.

At strides 8 and 16 the networks without quantizer are the carriers; what is put around them is fitted. The choice was made
without the photos that are measured: two kinds of stack, the same for every carrier, cut after each of their stages. Of the
two, residual VQ leaves less error of the training latents that both were fitted to, at every stage (a test looks).
"""

from __future__ import annotations

from typing import Final

from rfsq.model.stack import StackSpec
from rfsq.photos.gallery import EXAMPLES, load_example

RVQ: Final = StackSpec("vq", codes=1024, stages=4)
RFSQ: Final = StackSpec("fsq", (2,), stages=4, conditioning="scale")
CARRIERS: Final = ("f8-continuous-10-perceptual", "f16-continuous-20-perceptual")
L1_CARRIERS: Final = ("f8-continuous-10", "f16-continuous-20")  # the same networks, trained with L1 alone
LOW_RATE_STACKS: Final = (
    *(spec.name_on(network) for spec in (RVQ, RFSQ) for network in CARRIERS),
    *(RVQ.name_on(network) for network in L1_CARRIERS),
)
LOW_RATE_MODELS: Final = ("f8-fsq-8x8x8x8-perceptual",)  # trained together with their quantizer
GOAL_MODELS: Final = (*LOW_RATE_MODELS, RVQ.name_on(CARRIERS[0]), RFSQ.name_on(CARRIERS[0]))  # of stride 8, perceptual
SIDES: Final = (400, 640)  # pixels of a gallery photo that is measured: the least that a JPEG takes is then 0.03 bpp


def gallery_photos() -> tuple[str, ...]:
    """Names of the gallery's photos of about 512 pixels a side, charts left out."""
    photos = [example.name for example in EXAMPLES if example.is_photo]
    return tuple(name for name in photos if all(SIDES[0] <= side <= SIDES[1] for side in load_example(name).shape[:2]))
