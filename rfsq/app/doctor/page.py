"""The page "Doctor": upload the tensors that a quantizer left behind, and read what is wrong with them."""

from __future__ import annotations

import json
import shlex
from functools import partial
from typing import Final

import streamlit as st

from rfsq.app.doctor.charts import show_charts
from rfsq.app.doctor.controls import choose_facts, choose_roles, choose_tensors
from rfsq.app.doctor.lines import lines_html, summary
from rfsq.app.doctor.roles import Roles
from rfsq.app.doctor.session import DoctorSession, cancel, current_settings, session
from rfsq.app.doctor.settings import OWN, DoctorSettings, write_doctor_link
from rfsq.app.doctor.slides import doctor_slides
from rfsq.app.doctor.work import MOST_VALUES, Examined, examine_example, examine_own
from rfsq.app.look import current_theme, page_head
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.narrow import narrow_page
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.slow_work import Report, SlowWork
from rfsq.evidence.doctor.planted import NETWORK, planted
from rfsq.evidence.doctor.tensors import lines_csv, report_record
from rfsq.figures.parts import thousands
from rfsq.model.checkpoint import CheckpointError

TITLE: Final = "What is wrong with my codes?"
TRY: Final = "Read the report of each example, then upload what your quantizer left behind: indices, latents, or both."
NOT_SEEN: Final = (
    "Tensors do not show how a quantizer behaves in other number types, whether a decoder gets back what was meant, or whether "
    "a gradient passes. For these, `python -m rfsq doctor --quantizer FILE.py:NAME` looks at the module itself."
)
_QUIET_S, _POLL_S = 0.4, 0.5  # before anything is said, and between two looks at it


def doctor_page() -> None:
    """Draw the page."""
    page_head(TITLE, TRY)
    narrow, memory = narrow_page(), session()
    choose_tensors(memory)
    settings = current_settings()
    link_notice(memory.notes if settings == memory.opened else ())
    if settings.example == OWN:
        _show_own(memory, narrow)
    else:
        _show_example(settings.example, narrow)
    settings = current_settings()
    st.caption(NOT_SEEN)
    copy_link(
        write_doctor_link(settings),
        own_tensors=settings.example == OWN,
        untouched=settings == DoctorSettings(),
    )


def _show_example(name: str, narrow: bool) -> None:
    example = planted()[name]
    try:
        with st.spinner("Making the example", show_time=True):
            examined = examine_example(name)
    except CheckpointError as error:
        st.info(f"The examples need the network {NETWORK} with its calibration: {error} Your own tensors need neither.")
        return
    file = f"{name}.safetensors"
    levels = "" if name == "dead" else " --levels 4,4,4,4,4"
    sizes = " --codebook-size 1024" if name == "dead" else ""
    names = dict.fromkeys(("indices", "latents", "quantized"), file)
    _show(examined, names, narrow, f"{levels}{sizes}", about=example.words)


def _show_own(memory: DoctorSession, narrow: bool) -> None:
    how = st.expander("How the tensors are read", key="doctor-how") if narrow else st.container()
    with how:
        roles = choose_roles(memory)
        place = st.container(key="doctor-facts-box")
    settings = current_settings()
    found = _own(memory, roles, settings)
    with place:
        choose_facts(found.report if isinstance(found, Examined) else None)
    if not isinstance(found, Examined):
        st.error(f"{found}.")
        return
    names = {
        role: held.file if held.entry.name in ("", role) else f"{held.file}:{held.entry.name}"
        for role, held in (("indices", roles.indices), ("latents", roles.latents), ("quantized", roles.quantized))
        if held is not None
    }
    options = [("--codebook-size", settings.sizes), ("--levels", settings.levels)]
    options += [("--channels", settings.channels), ("--stages", settings.axis)]
    _show(
        found,
        names,
        narrow,
        "".join(f" {name} {shlex.quote(text)}" for name, text in options if text not in ("", "auto")),
    )


def _own(memory: DoctorSession, roles: Roles, settings: DoctorSettings) -> Examined | str:
    """The report of a person's own tensors, or why there is none; until it is there the page draws itself again."""
    facts = (settings.sizes, settings.levels, settings.channels, settings.axis)
    key = (memory.uploads, roles, facts)
    if memory.done is not None and memory.done[0] == key:
        return memory.done[1]
    if memory.work is None or memory.work.key != key or memory.work.given_up:
        if memory.work is not None:
            memory.work.give_up()
        memory.work = SlowWork(key, partial(_examine, memory, key, roles, settings))
    if not memory.work.wait(_QUIET_S):
        left = memory.work.seconds_left
        words = "Looking at the tensors" + ("" if left is None else f", about {max(1, round(left))} s left")
        st.progress(min(1.0, memory.work.share), text=words)
        st.button("Cancel, back to an example", key="doctor-cancel", on_click=cancel)
        memory.work.wait(_POLL_S)
        st.rerun()
    if memory.work.given_up:  # by another look of the same session
        st.rerun()
    error = memory.work.error
    if error is not None:
        if isinstance(error, ValueError):
            return str(error)
        raise error
    assert memory.done is not None, "the work is done"
    return memory.done[1]


def _examine(memory: DoctorSession, key: object, roles: Roles, settings: DoctorSettings, report: Report) -> None:
    report(0.0)
    found = examine_own(memory.files, roles, settings, lambda done, total, check: report(done / total))
    memory.done = (key, found)


def _show(examined: Examined, names: dict[str, str], narrow: bool, options: str, about: str = "") -> None:
    """The report, its pictures, and what can be kept; `options`: of the command that gives the same report, `about`: what
    was looked at."""
    report, theme = examined.report, current_theme()
    with st.container(key="doctor-summary"):
        st.markdown(summary(report.lines))
        if about:
            st.markdown(about)
    with st.container(key="doctor-show", horizontal=True):
        with st.container(key="doctor-report"):
            looked = f"Looked at {report.words}"
            if report.images < report.of_images:
                looked += f" At most {thousands(MOST_VALUES)} values of a tensor are looked at here, of images at even distances."
            st.caption(looked)
            st.html(lines_html(report.lines, theme, folded=narrow))
        if examined.pictures is not None:
            with st.container(key="doctor-charts"):
                show_charts(examined.pictures, theme, narrow)
    with keep_row():
        record = report_record(report, names)
        st.download_button(
            "Report (JSON)",
            json.dumps(record, indent=1, ensure_ascii=False) + "\n",
            file_name="doctor.json",
            mime="application/json",
            key="doctor-json",
            on_click="ignore",
        )
        st.download_button(
            "Report (CSV)",
            lines_csv(report.lines),
            file_name="doctor.csv",
            mime="text/csv",
            key="doctor-csv",
            on_click="ignore",
        )
        if examined.file:
            st.download_button(
                "These tensors (.safetensors)",
                examined.file,
                file_name=names["indices"],
                mime="application/octet-stream",
                key="doctor-tensors",
                on_click="ignore",
            )
        slides_box(partial(doctor_slides, examined, current_settings().example, theme))
    files = " ".join(f"--{role} {shlex.quote(name)}" for role, name in names.items())
    st.caption("The same report at the command line:")
    st.code(f"python -m rfsq doctor {files}{options} --json doctor.json", language="bash", wrap_lines=True)
