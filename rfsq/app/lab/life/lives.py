"""The lives that are shown, computed once for all viewers and bounded by bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rfsq.app.lab.life.settings import LifeView
from rfsq.app.lab.runs import THREADS, Samples
from rfsq.app.shared.store import store
from rfsq.machine.devices import cpu_threads
from rfsq.teaching.lab.life import METHODS, Life, learn, least_error

Progress = Callable[[float, str], None]  # takes the share that is done, 0 … 1, and the label of the method at work


def lives_of(settings: LifeView, samples: Samples, progress: Progress) -> dict[str, Life]:
    """The life of every method that is shown, by name. `progress` is told of what is not there yet, often."""
    life = settings.life()
    keys = {name: ("lab life", name, life, samples.key) for name in settings.methods}
    missing = [name for name, key in keys.items() if store().peek(key) is None]

    def compute(name: str) -> Life:
        def report(share: float) -> None:
            progress((missing.index(name) + share) / len(missing), METHODS[name].label)

        with cpu_threads(THREADS):
            return learn(name, life, samples.fit, samples.shown, report)

    return {name: store().get(key, partial(compute, name), _life_bytes) for name, key in keys.items()}


def floor_of(settings: LifeView, samples: Samples) -> float:
    """The error of k-means with as many codes."""
    life = settings.life()

    def compute() -> float:
        with cpu_threads(THREADS):
            return least_error(life, samples.fit, samples.shown)

    key = ("lab life floor", life.codes, life.seed, samples.key)
    return store().get(key, compute, lambda _: 100)


def _life_bytes(life: Life) -> int:
    return life.nbytes
