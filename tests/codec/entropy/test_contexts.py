"""A context is made of what is decoded by then."""

import numpy as np
from hypothesis import given, strategies as st
from made_streams import smooth_indices

from rfsq.codec.entropy.contexts import PASSES, Canvas, contexts
from rfsq.codec.entropy.planes import split
from rfsq.codec.entropy.tables import Tables


@given(shape=st.tuples(st.integers(1, 20), st.integers(1, 20)))
def test_the_passes_visit_every_position_once(shape: tuple[int, int]) -> None:
    visits = np.zeros(shape, int)
    for one in PASSES:
        visits[one.top :: one.step, one.left :: one.step] += 1
        assert visits[one.top :: one.step, one.left :: one.step].shape == one.shape(*shape)
    assert (visits == 1).all()


def test_a_context_depends_on_nothing_that_comes_later(tables: Tables) -> None:
    """Contexts computed with the true digits filled in pass by pass equal those of a canvas with nothing else on it."""
    layout, plane = tables.layout, tables.layout.planes()[0]
    digits = split(plane, smooth_indices(layout, (1, 11, 13), 3)[0, 0])
    for number, one in enumerate(PASSES):
        early = Canvas(digits.shape, plane.levels)
        for before in PASSES[:number]:
            early.neighbours(before)
            early.fill(before, digits[before.top :: before.step, before.left :: before.step])
        again = Canvas(digits.shape, plane.levels)
        for before in PASSES[:number]:
            contexts(tables.models[0], PASSES.index(before), again, [])
            again.fill(before, digits[before.top :: before.step, before.left :: before.step])
        first = contexts(tables.models[0], number, early, [])
        assert np.array_equal(first, contexts(tables.models[0], number, again, []))
        assert first.shape == one.shape(11, 13) and int(first.max()) < tables.models[0].contexts
