"""The upper half of the design desk: a target, and the level sets that meet it."""

from __future__ import annotations

import math
from typing import Final

import streamlit as st

from rfsq.app.compare.link import write_link
from rfsq.app.compare.session import open_stacks
from rfsq.app.compare.settings import Settings
from rfsq.app.compare.stacks import why_not
from rfsq.app.lab.choices import choice, menu
from rfsq.app.lab.desk.level_table import LevelColumn, LevelRow, level_table, opened_row
from rfsq.app.lab.desk.session import DeskSession, network_channels, session, take_controls, value_key
from rfsq.app.lab.desk.settings import (
    ANY,
    MAX_CHANNELS,
    MAX_SIDE,
    MAX_STAGES,
    RANGES,
    STRIDES,
    TARGETS,
    DeskSettings,
)
from rfsq.app.shared.store import store
from rfsq.model.stack import OFFERED_LEVELS, StackSpec
from rfsq.model.zoo import ZOO
from rfsq.quantizers.level_sets import EXACT_UP_TO, FAR, NEAR, LevelSet, bytes_of_bits, find_level_sets, off, tokens_of
from rfsq.style.wording import MISSING, format_bits, format_bpp, format_bytes, format_share, format_signed, listed

_FIRST_ROWS: Final = 8
_OPENED: Final = "desk-opened"  # the row that a click opened, until Compare is drawn
_ALONE: Final = 12  # sets of one shape, where the person has chosen it
_STEPS: Final = {"bits": 1.0, "codes": 1.0, "bpp": 0.125, "bytes": 256.0}


def show_level_sets(settings: DeskSettings) -> None:
    """Draw the controls of the target, and the sets that meet it."""
    _target(settings)
    try:
        found = _found(settings)
    except ValueError as error:
        st.warning(f"Nothing can be proposed: {error}.")
        return
    st.markdown(_sentence(settings, found))
    if not found:
        return
    if (name := st.session_state.pop(_OPENED, None)) is not None:
        _open(settings, found, name)
    shown = found if settings.every else found[:_FIRST_ROWS]
    level_table(_columns(settings), [_row(settings, one) for one in shown], _take_opened)
    with st.container(key="desk-below", horizontal=True, vertical_alignment="center"):
        if len(found) > _FIRST_ROWS:
            st.toggle(
                f"All {len(found)}", key=DeskSession.key("every"), persist_state="session", on_change=take_controls
            )
        st.caption(_rule(settings))


def _target(settings: DeskSettings) -> None:
    key = DeskSession.key
    with (
        session().marked("target", "target", "value", "stride", "width", "height", "dims", "stages"),
        st.container(key="desk-target-row", horizontal=True, vertical_alignment="bottom"),
    ):
        choice("I have", TARGETS, key("target"), take_controls)
        low, high = RANGES[settings.target]
        st.number_input(
            TARGETS[settings.target].capitalize(),
            low,
            high,
            step=_STEPS[settings.target],
            format="%.0f" if settings.target in ("codes", "bytes") else "%.5g",
            key=value_key(settings.target),
            persist_state="session",
            on_change=take_controls,
        )
        if settings.target in ("bpp", "bytes"):
            menu("Stride", STRIDES, key("stride"), take_controls, help="A token stands for stride × stride pixels.")
        for name in ("width", "height") if settings.target == "bytes" else ():
            st.number_input(
                f"{name.capitalize()} in pixels",
                1,
                MAX_SIDE,
                key=key(name),
                persist_state="session",
                on_change=take_controls,
            )
        menu("Channels", _any_or(2, MAX_CHANNELS), key("dims"), take_controls)
        menu(
            "Stages",
            _any_or(1, MAX_STAGES),
            key("stages"),
            take_controls,
            help="One stage is FSQ, several are residual FSQ with the same levels in each.",
        )


def _any_or(least: int, most: int) -> dict[int, str]:
    return {ANY: f"{least} to {most}"} | {number: str(number) for number in range(1, most + 1)}


def _found(settings: DeskSettings) -> tuple[LevelSet, ...]:
    """Raises ValueError for a target that no set can meet."""
    dims = (settings.dims,) if settings.dims else tuple(range(2, MAX_CHANNELS + 1))
    stages = (settings.stages,) if settings.stages else tuple(range(1, MAX_STAGES + 1))
    per_shape = _ALONE if settings.dims and settings.stages else 1
    bits, of_stage = settings.bits, settings.of_stage
    return store().get(
        ("level sets", bits, of_stage, dims, stages),
        lambda: find_level_sets(bits, dims=dims, stages=stages, of_stage=of_stage, per_shape=per_shape),
        lambda sets: 500 * (1 + len(sets)),
    )


def _sentence(settings: DeskSettings, found: tuple[LevelSet, ...]) -> str:
    """What is asked for in bits, and how well it can be met."""
    each = " a stage" if settings.of_stage else " per token"
    asked = f"**{format_bits(round(settings.bits, 4))}{each}.**"
    if settings.target == "bpp":
        asked = f"{format_bpp(settings.value)} at stride {settings.stride}: {asked}"
    if settings.target == "bytes":
        tokens = tokens_of(settings.height, settings.width, settings.stride)
        asked = f"{format_bytes(settings.value)} for {tokens:,} tokens: {asked}".replace(",", "\u202f")
    if not found:
        return f"{asked} That takes more levels in a channel than are searched. Choose more channels or stages."
    exact = sum(off(one, settings.bits, settings.of_stage) == 0 for one in found)
    nearest = off(found[0], settings.bits, settings.of_stage)
    if nearest > FAR:
        return f"{asked} No set comes within {format_share(FAR)}; the nearest is {format_share(nearest)} off."
    what = "sets of this shape are" if settings.dims and settings.stages else "shapes (channels × stages) have a set"
    if len(found) == 1:
        what = (
            what.replace("sets of this shape are", "set of this shape is")
            .replace("shapes", "shape")
            .replace("have", "has")
        )
    return f"{asked} {len(found)} {what} within {format_share(FAR)} of that, {exact or 'none'} exactly."


def _columns(settings: DeskSettings) -> list[LevelColumn]:
    columns = [
        LevelColumn("stages", "one is FSQ, several are residual FSQ"),
        LevelColumn("bits per token", "all stages together, before entropy coding"),
        LevelColumn("off target", "in bits, of a token or, for a codebook, of a stage; and in percent"),
        LevelColumn("codes a stage", "the product of the levels"),
    ]
    if settings.target == "bpp":
        columns.append(LevelColumn("bits per pixel", "bits per token over stride²"))
    if settings.target == "bytes":
        columns.append(LevelColumn("the picture", "its tokens packed without gaps: no header, no entropy coding"))
    return [
        *columns,
        LevelColumn("codebook, implicit", "memory of the levels alone: 8 bytes for each channel"),
        LevelColumn("as a table", "memory of all codes of a stage as float32; the stages can share it"),
        LevelColumn("all stages as one", "memory of one table with a code for all that the stages can say together"),
        LevelColumn(
            "index exact in",
            "the narrowest of bfloat16, float16, float32, int32 and int64 in which every index of a stage is exact, up "
            f"to {EXACT_UP_TO['bfloat16']}, {EXACT_UP_TO['float16']}, 2^24, 2^31 − 1 and 2^63 − 1",
        ),
    ]


def _row(settings: DeskSettings, one: LevelSet) -> LevelRow:
    bits = one.bits_per_token
    cells = [str(one.stages), format_bits(bits), _off(settings, one), _count(one.codebook_size)]
    if settings.target == "bpp":
        cells.append(format_bpp(bits / settings.stride**2))
    if settings.target == "bytes":
        cells.append(format_bytes(bytes_of_bits(bits, settings.height, settings.width, settings.stride)))
    flat = one.flat_table_bytes
    cells += [
        format_bytes(one.implicit_bytes),
        _memory(one.table_bytes),
        MISSING if one.stages == 1 else _memory(flat),
        _exact_in(one),
    ]
    network = _network_for(settings, one)
    query = write_link(_compare_settings(settings, one, network)) if network else ""
    note = "FSQ paper, table 1" if one.is_of_paper else ""
    return LevelRow(_name(one), " · ".join(map(str, one.levels)), note, tuple(cells), one.code, network, query)


def _off(settings: DeskSettings, one: LevelSet) -> str:
    if off(one, settings.bits, settings.of_stage) == 0:
        return "exactly"
    found = math.log2(one.codebook_size) if settings.of_stage else one.bits_per_token
    gap = found - settings.bits
    decimals = 2 if abs(gap) >= 0.005 else 4
    return f"{format_signed(gap, decimals)} ({format_signed(100 * gap / settings.bits, 1)}\u202f%)"


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f") if number < 10**9 else f"{number:.3g}"


def _memory(size: int) -> str:
    return format_bytes(size) if size < 10**15 else f"{size / 10**12:.2g} TB"


def _exact_in(one: LevelSet) -> str:
    narrowest = one.exact_types[0]
    return {"int32": "int32, not float32", "int64": "int64, not int32"}.get(narrowest, f"{narrowest}, int32")


def _rule(settings: DeskSettings) -> str:
    return (
        f"In this order: within {format_share(NEAR)} of the bits before within {format_share(FAR)}; 5 or more levels in "
        "every channel first, as the FSQ paper advises (Mentzer et al., arXiv:2309.15505, section 3.2), then 4, 3 and 2; what "
        "meets the target exactly; the fewest levels in the largest channel; the fewest stages. "
        + ("" if settings.dims and settings.stages else "Each row is the first of its shape. ")
        + "Bits count no entropy coding, and no side information: a stack's line has the conditioning scale, which sends none. "
        + _of_compare(settings)
    )


# ---- Compare ----


def _of_compare(settings: DeskSettings) -> str:
    pixels = settings.target in ("bpp", "bytes")
    dims = {dim for name, dim in network_channels().items() if not pixels or ZOO[name].stride == settings.stride}
    at = f" of stride {settings.stride}" if pixels else ""
    if not dims:
        return f"Compare opens none of them: there is no network{at} here."
    return (
        f"Compare opens sets of equal levels ({listed([str(level) for level in OFFERED_LEVELS])}) with as many channels as "
        f"a network{at} here: {listed([str(dim) for dim in sorted(dims)])}."
    )


def _network_for(settings: DeskSettings, one: LevelSet) -> str:
    """The network that Compare can show this set on, the one below if it is as wide; empty where there is none.

    Where pixels count, only a network of that stride has the price of the row.
    """
    if len(set(one.levels)) > 1 or one.levels[0] not in OFFERED_LEVELS:
        return ""
    names = sorted(network_channels(), key=lambda name: name != settings.network)
    if settings.target in ("bpp", "bytes"):
        names = [name for name in names if ZOO[name].stride == settings.stride]
    network = next((name for name in names if ZOO[name].dim == one.dim), "")
    stack = Settings(preset="network", network=network, levels=one.levels[0], depth=one.stages)
    return network if network and why_not(stack) is None else ""


def _spec(one: LevelSet) -> StackSpec:
    """The stack that stands beside none: one stage has nothing but its gain to choose."""
    return StackSpec("fsq", one.levels[:1], stages=one.stages, conditioning="scale" if one.stages > 1 else "gain")


def _compare_settings(settings: DeskSettings, one: LevelSet, network: str) -> Settings:
    spec = _spec(one)
    return Settings(
        photo=settings.photo,
        preset="network",
        strategy=spec.conditioning,
        stages=one.stages,
        network=network,
        levels=one.levels[0],
        depth=one.stages,
    )


def _name(one: LevelSet) -> str:
    return f"{'x'.join(map(str, one.levels))}-s{one.stages}"


def _take_opened() -> None:
    st.session_state[_OPENED] = opened_row()


def _open(settings: DeskSettings, found: tuple[LevelSet, ...], name: str) -> None:
    one = next((one for one in found if _name(one) == name), None)
    if one is not None and (network := _network_for(settings, one)):
        open_stacks(network, _spec(one))
