"""Links of the page "Doctor" restore what they were written from."""

from __future__ import annotations

from urllib.parse import parse_qsl

from rfsq.app.doctor.settings import OWN, DoctorSettings, read_doctor_link, write_doctor_link
from rfsq.evidence.doctor.planted import planted


def read(link: str, *, has_own: bool = False) -> tuple[DoctorSettings, tuple[str, ...]]:
    return read_doctor_link(dict(parse_qsl(link, keep_blank_values=True)), has_own=has_own)


def test_a_link_restores_every_choice() -> None:
    settings = DoctorSettings("bfloat16", 3, "1024,512", "4,4,4,4,4", "last", "none")
    assert read(write_doctor_link(settings)) == (settings, ())
    assert read(write_doctor_link(DoctorSettings())) == (DoctorSettings(), ())
    own = DoctorSettings(OWN, 40)
    assert read(write_doctor_link(own), has_own=True) == (own, ())


def test_a_sender_s_own_tensors_are_in_no_link() -> None:
    settings, notes = read(write_doctor_link(DoctorSettings(OWN, levels="8,8")))
    assert settings == DoctorSettings(levels="8,8")
    assert notes == ("The sender's own tensors are not in a link. Showing an example instead.",)


def test_every_value_at_fault_has_one_note() -> None:
    wrong = "v=0&example=x&stage=9&codebook=-1&levels=a&channels=middle&axis=5"
    settings, notes = read(wrong)
    assert settings == DoctorSettings(stage=4) and len(notes) == 7
    assert read("example=dead&stage=2")[1] == ("The link asks for 2 as its stage, there are 1. Showing 1.",)


def test_examples_have_as_many_stages_as_they_say() -> None:
    for name, example in planted().items():
        made = example.make()
        assert made.tensors.indices is not None and made.tensors.indices.shape[1] == example.stages, name
