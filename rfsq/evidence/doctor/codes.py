"""Do indices and codes say the same, and is the index all that a decoder needs?"""

from __future__ import annotations

import torch
from torch import Tensor

from rfsq.evidence.doctor.line import Line, counted, size_words
from rfsq.evidence.doctor.seen import BATCH, Seen
from rfsq.quantizers.foreign.adapter import Foreign
from rfsq.quantizers.foreign.answer import ask, decode
from rfsq.quantizers.foreign.errors import ForeignError
from rfsq.quantizers.foreign.probe import copy_of
from rfsq.style.wording import format_share

_ROUNDING = 1e-5  # of the deviation of the codes: less is the rounding of z + (q − z)
_OF_WHOLE = 0.1  # of the deviation of the quantized latents
_SAME = 2e-6  # likewise: nearer codes are one
_FEW_DOUBLED = 0.01  # of the tokens of a stack, that other indices say as well
_REACHED = 0.8  # of a small codebook, where latents are spread widely
SMALL_CODEBOOK = 8192
_SUM = "sum the digits of an index as integers, with a radix per channel that is its number of levels"
_FROM_CODE = "find the index from the code that is sent, not from what it was before rounding"


def index_and_code(seen: Seen) -> Line:
    """Whether one index always stands for one code within an image, and one code always has one index."""
    assert seen.quantized is not None
    if len(seen.parts) > 1 and (line := _stages_apart(seen)) is not None:
        return line
    rows = _rows(seen)
    mixed, doubled, pairs = _pairings(seen, rows, _codes(seen.quantized))
    sample = f"{counted(len(torch.unique(rows, dim=0)))} different indices among {seen.sample}, both ways"
    if not mixed and not doubled:
        return Line("index ↔ code", "green", "one code for each index, one index for each code", sample)
    if not mixed and seen.stages > 1:  # +1 − 1/2 and 0 + 1/2: a stack may say one thing in several ways
        share = doubled / pairs
        return Line(
            "index ↔ code",
            "yellow" if share > _FEW_DOUBLED else "green",
            f"one code for each index; {format_share(share)} of the codes are said in several ways",
            sample,
            "stages that undo each other spend bits on nothing: condition them" if share > _FEW_DOUBLED else "",
        )
    words = []
    if mixed:
        words.append(f"{counted(mixed)} times one index stands for several codes")
    if doubled:
        words.append(f"{counted(doubled)} times one code has another index")
    return Line(
        "index ↔ code",
        "red",
        "; ".join(words),
        sample,
        _SUM if mixed else _FROM_CODE,
    )


def _stages_apart(seen: Seen) -> Line | None:
    """A stack stage by stage, as its tokens hardly repeat: the line if a stage is at fault."""
    assert seen.quantized is not None
    least = _OF_WHOLE * float(seen.quantized.std())  # rounding errors are those of the latents, not of a small part
    words = []
    mixes = False
    for number, part in enumerate(seen.parts):
        mixed, doubled, _ = _pairings(seen, seen.stage(number)[:, None], _codes(part, least))
        mixes = mixes or mixed > 0
        if mixed:
            words.append(f"stage {number + 1}: {counted(mixed)} times one index stands for several codes")
        elif doubled:
            words.append(f"stage {number + 1}: {counted(doubled)} times one code has another index")
    if not words:
        return None
    return Line("index ↔ code", "red", "; ".join(words), f"{seen.sample}, both ways", _SUM if mixes else _FROM_CODE)


def _pairings(seen: Seen, rows: Tensor, codes: Tensor) -> tuple[int, int, int]:
    """Of indices (N, S) and codes (N, D): how often within an image one index stands for several codes, one code has another
    index, and how many pairs of both there are."""
    image = torch.arange(len(seen.indices)).repeat_interleave(seen.tokens // len(seen.indices))
    mixed = _groups_apart(torch.cat([image[:, None], rows], dim=1), codes)
    code_of = torch.unique(_rounded(codes), dim=0, return_inverse=True)[1]
    code_here = torch.stack([image, code_of], dim=1)
    pairs = len(torch.unique(torch.cat([code_here, rows], dim=1), dim=0))
    return mixed, pairs - len(torch.unique(code_here, dim=0)), pairs


def reachable_codes(seen: Seen, spread: Seen) -> Line | None:
    """Whether latents spread far and wide, or those that it is for, reach every code of the first index; None for large
    codebooks. A learned codebook has its codes where latents are: there a wide spread alone would miss some."""
    assert seen.sizes is not None
    size = seen.sizes[0]
    if size > SMALL_CODEBOOK:
        return None
    reached = len(torch.unique(torch.cat([seen.inside(0), spread.inside(0)])))
    share = reached / size
    return Line(
        "reachable codes",
        "red" if share < _REACHED else "yellow" if share < 0.98 else "green",
        f"{counted(reached)} of {size_words(size)} codes of the first index",
        f"{spread.sample}, spread evenly over and beyond the range, and {seen.sample}",
        ""
        if share >= 0.98
        else "a code that nothing reaches is paid for: an even number of levels needs the shift of half a step",
    )


def side_information(seen: Seen) -> Line:
    """Whether the same indices stand for the same latents in every image."""
    assert seen.quantized is not None
    check = "side information"
    if seen.side_values:
        return Line(
            check, "green", f"{seen.side_values} numbers per image and index, counted at 16 bits each", seen.sample
        )
    rows, codes = _rows(seen), _codes(seen.quantized)
    different = _groups_apart(rows, codes)
    distinct = len(torch.unique(rows, dim=0))
    sample = f"{counted(distinct)} different tokens among {seen.sample}"
    if different and _of_one_codebook(seen):
        return _wrongly_numbered(seen, different, sample)
    if different:
        return Line(
            check,
            "red",
            f"{counted(different)} indices stand for other latents in another image",
            sample,
            "whatever undoes a normalisation must be sent and counted (side, side_values), or be constant",
        )
    if distinct > 0.9 * seen.tokens:
        return Line(
            check,
            "green",
            "cannot be seen: hardly a token occurs twice here",
            sample,
        )
    return Line(check, "green", "none: equal indices stand for equal latents in every image", sample)


def _of_one_codebook(seen: Seen) -> bool:
    """Whether what every stage adds are the levels, or the codes, of one codebook for all images: nothing was normalised by
    image, so no decoder lacks anything but the right index."""
    if not seen.totals or seen.sizes is None:
        return False
    sizes = zip(seen.added, seen.grids, seen.sizes, strict=True)
    return all(grid is not None or _distinct(added) <= size < seen.tokens for added, grid, size in sizes)


def _distinct(added: Tensor) -> int:
    """How many codes there are in what a stage adds (P, D, h, w)."""
    return len(torch.unique(_rounded(_codes(added)), dim=0))


def _wrongly_numbered(seen: Seen, different: int, sample: str) -> Line:
    """The line where equal indices stand for several codes of one codebook."""
    assert seen.quantized is not None
    check, rows, codes = "side information", _rows(seen), _codes(seen.quantized)
    if _pairings(seen, rows, codes)[0]:
        value = "none: all images share their codes; what their indices confuse follows from index ↔ code"
        return Line(check, "green", value, sample)
    value = f"all images share their codes, but {counted(different)} indices stand for another one in another image"
    return Line(check, "red", value, sample, _SUM)


@torch.no_grad()
def decoding(foreign: Foreign, latents: Tensor) -> Line:
    """Whether indices alone, in a decoder that has seen nothing else, give what was quantized, bit for bit."""
    check, name = "decode = quantized", foreign.manner.decoder
    latents = latents[:BATCH]
    sample = f"{counted(latents[:, 0].numel(), 'token')}, decoded by a fresh copy"
    if name is None:
        return Line(
            check,
            "yellow",
            "there is no decoder to look at",
            sample,
            "give it decode(indices), so that what is sent can be read",
        )
    decoder = copy_of(foreign.module)
    answer = ask(copy_of(foreign.module), foreign.manner, latents)
    side = answer.side if foreign.side_values else None
    try:
        decoded = decode(decoder, foreign.manner, answer.indices, side, foreign.dim)
    except ForeignError as error:
        return Line(check, "red", str(error), sample, "decode must take what the quantizer gives")
    order = ""
    if foreign.manner.decoder_takes != foreign.manner.indices:
        order = f"; {name} takes indices as {foreign.manner.decoder_takes}, it gives them as {foreign.manner.indices}"
    if torch.equal(decoded, answer.quantized):
        return Line(
            check,
            "yellow" if order else "green",
            f"equal bit for bit, by {name}{order}",
            sample,
            "let it take the order that it gives" if order else "",
        )
    return _unequal(check, decoded, answer.quantized, f"by {name}", order, sample)


def _unequal(check: str, decoded: Tensor, quantized: Tensor, by: str, order: str, sample: str) -> Line:
    """By how much what was decoded is off, in the deviation of what was quantized: a rounding error, or another picture."""
    gap = (decoded.float() - quantized.float()).abs()
    scale = max(float(quantized.float().std()), 1e-12)
    most = float(gap.max())
    if most <= _ROUNDING * scale:
        return Line(
            check,
            "yellow",
            f"{by}, off by up to {most:.1g}, a rounding error{order}",
            sample,
            "neither z + (q − z).detach() nor a rotation of z onto q is q: return q itself where no gradient is wanted, or a "
            "function whose gradient is passed on",
        )
    wrong = float((gap.amax(dim=1) > _ROUNDING * scale).float().mean())
    return Line(
        check,
        "red",
        f"{by}, {format_share(wrong)} of the tokens differ, by up to {most / scale:.2g} deviations{order}",
        sample,
        "decode from the indices alone, all of them, by the same arithmetic that quantizes",
    )


def _rows(seen: Seen) -> Tensor:
    """All indices of each token: (N, S)."""
    return seen.whole.movedim(1, -1).reshape(-1, seen.stages)


def _codes(quantized: Tensor, least: float = 1e-12) -> Tensor:
    """(P, D, h, w) -> (N, D), in deviations, or in the least that counts as one."""
    codes = quantized.permute(0, 2, 3, 1).reshape(-1, quantized.shape[1]).float()
    return codes / codes.std().clamp(min=max(least, 1e-12))


def _rounded(codes: Tensor) -> Tensor:
    return (codes / _SAME).round()


def _groups_apart(keys: Tensor, codes: Tensor) -> int:
    """How many keys (N, …) have codes (N, D) that are not all the same."""
    groups = torch.unique(keys, dim=0, return_inverse=True)[1]
    count = int(groups.max()) + 1
    place = groups[:, None].expand_as(codes)
    low = torch.full((count, codes.shape[1]), torch.inf).scatter_reduce(0, place, codes, "amin")
    high = torch.full((count, codes.shape[1]), -torch.inf).scatter_reduce(0, place, codes, "amax")
    return int(((high - low) > _ROUNDING).any(dim=1).sum())
