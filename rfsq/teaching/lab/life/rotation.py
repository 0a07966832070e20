"""The rotation trick: a gradient that turns and scales with the way from a latent to its code."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import normalize

_TINY = 1e-6  # of a length that is divided by


def rotated(z: Tensor, codes: Tensor) -> Tensor:
    """Latents turned and scaled onto their codes, with rotation and scale held constant: the codes, as a function of z.

    z, codes: (N, D); no gradient goes to the codes. With unit vectors e = z / |z| and q = code / |code|, and
    r = (e + q) / |e + q|, the result is |code| / |z| · (z − 2 r rᵀz + 2 q eᵀz). Its value is the code up to rounding; its
    gradient turns what comes from the decoder by the same angle, where straight-through passes it on as it is.
    Source: Fifty et al. 2024, arXiv:2410.06424, sections 4.1 and 4.2; lengths are bounded below as in
    vector-quantize-pytorch by Phil Wang, whose `rotate_to` gives the same numbers.
    """
    length, target = z.detach().norm(dim=1, keepdim=True), codes.detach().norm(dim=1, keepdim=True)
    e, q = z.detach() / length.clamp(min=_TINY), codes.detach() / target.clamp(min=_TINY)
    r = normalize(e + q, dim=1, eps=_TINY)
    turned = z - 2 * r * (r * z).sum(dim=1, keepdim=True) + 2 * q * (e * z).sum(dim=1, keepdim=True)
    return target / length.clamp(min=_TINY) * turned
