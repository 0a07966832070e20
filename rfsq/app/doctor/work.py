"""Examining tensors: of an example once for all viewers, of a person's own beside the page, which tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rfsq.app.doctor.files import OwnFile, stored
from rfsq.app.doctor.pictures import DoctorPictures, pictures_of
from rfsq.app.doctor.roles import Roles
from rfsq.app.doctor.settings import AUTO, DoctorSettings
from rfsq.app.shared.store import store
from rfsq.evidence.doctor.arranged import CHANNELS, STAGES, Arranged, arrange, at_most
from rfsq.evidence.doctor.examine import Progress
from rfsq.evidence.doctor.planted import NETWORK, planted
from rfsq.evidence.doctor.tensors import TensorReport, examine_arranged, read_numbers
from rfsq.machine.devices import cpu_threads
from rfsq.model.checkpoint import zoo_checkpoint

MOST_VALUES: Final = 2_000_000  # of a tensor: up to 20 s on one core


@dataclass(frozen=True, eq=False)
class Examined:
    """What was found, and what the charts need; None of latents alone."""

    report: TensorReport
    pictures: DoctorPictures | None
    file: bytes = b""  # the tensors of an example, as a .safetensors file


def examine_example(name: str) -> Examined:
    """An example, made and examined once for all viewers. Raises CheckpointError without its network."""

    def make() -> Examined:
        left = planted()[name].make()
        examined = _examined(left.tensors, left.sizes, left.levels)
        return Examined(examined.report, examined.pictures, left.safetensors())

    weights = zoo_checkpoint(NETWORK)
    made_of = (str(weights), weights.stat().st_mtime_ns if weights.is_file() else 0)
    return store().get(("doctor", name, made_of), make, lambda examined: 2 * len(examined.file))


def examine_own(files: Sequence[OwnFile], roles: Roles, settings: DoctorSettings, progress: Progress) -> Examined:
    """A person's tensors. Raises ValueError with one sentence."""
    sizes = read_numbers(settings.sizes, "codebook size")
    levels = read_numbers(settings.levels, "levels")
    found = arrange(
        stored(files, roles.indices),
        stored(files, roles.latents),
        stored(files, roles.quantized),
        next((place for place in CHANNELS if place == settings.channels != AUTO), None),
        next((place for place in STAGES if place == settings.axis != AUTO), None),
    )
    return _examined(at_most(found, MOST_VALUES), sizes, levels, progress)


def _examined(
    found: Arranged,
    sizes: Sequence[int],
    levels: Sequence[int],
    progress: Callable[[int, int, str], None] | None = None,
) -> Examined:
    with cpu_threads(1):  # others look at pages, too
        report, seen = examine_arranged(found, sizes, levels, progress)
        return Examined(report, None if seen is None else pictures_of(seen))
