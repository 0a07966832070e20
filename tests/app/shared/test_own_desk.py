"""Where all viewers ask for an own quantizer: one process, one question after the other, each thing found once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from paths import ROOT

from rfsq.app.shared.own_desk import OwnDesk
from rfsq.machine.worker import WorkerError
from rfsq.quantizers.foreign import Reference

pytestmark = pytest.mark.slow

LATENTS = np.random.default_rng(0).normal(size=(64, 5, 8, 8)).astype(np.float32)
MakeDesk = Callable[..., OwnDesk]


@pytest.fixture
def desk_of() -> Iterator[MakeDesk]:
    made: list[OwnDesk] = []

    def make(name: str, *, seconds: float = 60, steps: int = 40) -> OwnDesk:
        made.append(OwnDesk(Reference(f"{ROOT}/tests/outside_quantizers.py:{name}"), seconds, steps))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


def ignore(share: float) -> None:
    pass


def test_a_fit_tells_how_far_it_is_and_is_found_once(desk_of: MakeDesk) -> None:
    desk, told = desk_of("Learns"), []
    fitted = desk.fit("here", lambda: LATENTS, told.append)
    assert fitted.facts.steps == 40 and fitted.facts.parameters == 5 and not fitted.why_no_stages
    assert told == sorted(told) and told[-1] == 1 and len(told) > 10
    assert desk.fit("here", lambda: pytest.fail("asked twice"), ignore) is fitted is desk.known_fit("here")
    assert desk.known_fit("elsewhere") is None


def test_a_killed_process_answers_as_before_without_another_fit(desk_of: MakeDesk) -> None:
    desk = desk_of("Learns")
    fitted = desk.fit("here", lambda: LATENTS, ignore)
    before = desk.quantize(fitted, LATENTS[:2])
    assert before.indices.shape == (2, 2, 8, 8) and before.totals.shape == (2, 2, 5, 8, 8)
    desk.close()
    after = desk.quantize(fitted, LATENTS[:2])
    np.testing.assert_array_equal(after.indices, before.indices)
    np.testing.assert_array_equal(after.totals, before.totals)


def test_an_answer_that_is_not_of_these_latents_is_refused(desk_of: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_of("Learns")
    fitted = desk.fit("here", lambda: LATENTS, ignore)
    good = desk.quantize(fitted, LATENTS[:2])
    for change in (
        {"indices": good.indices[:1]},
        {"indices": good.indices - 10**6},
        {"indices": good.indices.astype(np.float32)},
        {"totals": good.totals[..., :1]},
        {"totals": np.full_like(good.totals, np.nan)},
        {"side": np.zeros((9, 9), np.float32)},
    ):
        monkeypatch.setattr(desk._worker, "ask", lambda *_, change=change, **__: replace(good, **change))
        with pytest.raises(WorkerError, match="Learns sent an answer that is not of these latents"):
            desk.quantize(fitted, LATENTS[:2])


def test_a_fit_that_fails_stays_failed_until_somebody_tries_again(desk_of: MakeDesk) -> None:
    desk, asked = desk_of("Raises"), []

    def latents() -> np.ndarray:
        asked.append(1)
        return LATENTS

    for _ in range(3):
        with pytest.raises(WorkerError, match="not these latents"):
            desk.fit("here", latents, ignore)
    assert len(asked) == 1
    desk.try_again()
    with pytest.raises(WorkerError, match="not these latents"):
        desk.fit("here", latents, ignore)
    assert len(asked) == 2


def test_viewers_share_a_work_and_works_wait_for_each_other(desk_of: MakeDesk) -> None:
    desk, done, go = desk_of("TwoStages"), [], threading.Event()
    first = desk.work("a", lambda report: (go.wait(60), done.append("a")))
    assert desk.work("a", lambda report: pytest.fail("begun twice")) is first
    second = desk.work("b", lambda report: done.append("b"))
    assert not second.wait(0.2) and second.begun is None
    go.set()
    assert second.wait(60) and done == ["a", "b"] and not first.problem


def test_a_work_that_fails_says_why_and_the_next_one_goes_on(desk_of: MakeDesk) -> None:
    desk = desk_of("TwoStages")

    def fail(report: object) -> None:
        raise WorkerError("a sentence")

    failed = desk.work("a", fail)
    assert failed.wait(60) and failed.problem == "a sentence"
    assert desk.work("a", fail) is failed, "nobody begins it again"
    assert desk.work("b", lambda report: None).wait(60)
    desk.try_again()
    assert desk.work("a", lambda report: None) is not failed


def test_another_content_of_the_file_is_another_quantizer(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text((ROOT / "tests" / "outside_quantizers.py").read_text(encoding="utf-8"))
    desk = OwnDesk(Reference(f"{file}:TwoStages"), 60, 5)
    fitted, digest = desk.fit("here", lambda: LATENTS, ignore), desk.digest
    before = desk.quantize(fitted, LATENTS[:1])
    desk.look()
    assert desk.known_fit("here") is fitted
    file.write_text(file.read_text().replace("(0.8, 0.4)", "(0.6, 0.2)"))
    os.utime(file, (1, 1))  # the content counts, not its time
    desk.look()
    assert desk.known_fit("here") is None and desk.digest != digest
    after = desk.quantize(desk.fit("here", lambda: LATENTS, ignore), LATENTS[:1])
    assert not np.array_equal(after.totals, before.totals)
    desk.close()
