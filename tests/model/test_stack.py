"""A stack has one description, one name and one config; wrong ones are one sentence."""

import pytest
from hypothesis import given, strategies as st

from rfsq.model.stack import MAX_STACK_CODES, StackSpec, parse_stack_name
from rfsq.model.zoo import ZOO
from rfsq.quantizers import CONDITIONINGS

specs = st.one_of(
    st.builds(
        StackSpec,
        st.just("fsq"),
        levels=st.lists(st.integers(2, 300), min_size=1, max_size=5).map(tuple),
        stages=st.integers(1, 32),
        conditioning=st.sampled_from(CONDITIONINGS),
    ),
    st.builds(StackSpec, st.just("lfq"), stages=st.integers(1, 32), conditioning=st.sampled_from(CONDITIONINGS)),
    st.builds(StackSpec, st.just("vq"), codes=st.integers(2, MAX_STACK_CODES), stages=st.integers(1, 32)),
)


@given(spec=specs)
def test_description_and_name_say_the_same(spec: StackSpec) -> None:
    assert StackSpec.parse(spec.text) == spec
    assert parse_stack_name(spec.name_on("any-network")) == ("any-network", spec)


def test_one_stack_has_one_name() -> None:
    assert StackSpec.parse("fsq:levels=4x4x4x4x4") == StackSpec.parse("fsq:levels=4,stages=1,conditioning=none")
    assert StackSpec.parse("fsq:levels=2,stages=4").text == "fsq:levels=2,stages=4,conditioning=none"


@pytest.mark.parametrize("name", [*ZOO, "fsq-2-s4-none", "a.b", "continuous-5.fsq-2-s4"])
def test_other_names_are_no_stacks(name: str) -> None:
    assert parse_stack_name(name) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "begins with"),
        ("rfsq:levels=4", "begins with"),
        ("fsq", "levels"),
        ("fsq:levels=1", "levels, 2"),
        ("fsq:levels=4,levels=4", "once each"),
        ("fsq:levels=four", "invalid literal"),
        ("fsq:codes=4", "not one of"),
        ("vq:codes=1", "codes, 2"),
        ("vq:codes=99999999", "codes, 2"),
        ("lfq:stages=0", "stages must be"),
        ("lfq:stages=33", "stages must be"),
        ("fsq:levels=4,conditioning=batchnorm", "unknown conditioning 'batchnorm'"),
    ],
)
def test_impossible_stacks_are_one_sentence(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        StackSpec.parse(text)


def test_a_stack_must_fit_its_network() -> None:
    config = StackSpec.parse("fsq:levels=8x8x8x4,stages=2,conditioning=scale").config(ZOO["continuous-4"])
    quantizer = config.build_quantizer()
    assert config.fitted and quantizer is not None and quantizer.bits_per_token == 22
    with pytest.raises(ValueError, match="has 5 channels; give one number of levels or 5, not 4"):
        StackSpec.parse("fsq:levels=8x8x8x4").config(ZOO["continuous-5"])
    for levels in ("8x8x8x8", "2x2"):  # equal ones, too
        with pytest.raises(ValueError, match="give one number of levels or 5, not [24]"):
            StackSpec.parse(f"fsq:levels={levels}").config(ZOO["continuous-5"])
        with pytest.raises(ValueError, match="give one number of levels or 5, not [24]"):
            parse_stack_name(f"continuous-5.fsq-{levels}-s1-none")
    assert StackSpec.parse("fsq:levels=8x8x8x8").config(ZOO["continuous-4"]).name == "continuous-4.fsq-8-s1-none"
    assert parse_stack_name("continuous-4.fsq-8x8x8x8-s1-none") == parse_stack_name("continuous-4.fsq-8-s1-none")
    with pytest.raises(ValueError, match="has one"):
        StackSpec.parse("fsq:levels=4").config(ZOO["vq-4096"])
