"""The message to the plane, and what it reports."""

from __future__ import annotations

import numpy as np

from rfsq.app.lab.plane import PlaneState, plane_payload, with_report
from rfsq.app.lab.settings import LabSettings
from rfsq.app.shared.browser.envelope import unpack
from rfsq.teaching.lab import Stack, draw, fit_stack, run_stack


def test_the_plane_gets_the_samples_and_the_codes_of_every_stage() -> None:
    run = run_stack(fit_stack(Stack("fsq", "scale", 4, 3), draw("ring", 300, 0)), draw("ring", 200, 1))
    payload = plane_payload(run, "scale", LabSettings(stage=2, probe=150), source_key="ring", command=5)
    assert payload == plane_payload(run, "scale", LabSettings(stage=2, probe=150), source_key="ring", command=5)
    kind, header, body = unpack(payload)
    assert kind == "PLAN"
    assert header["command"] == 5 and header["state"] == {"stage": 2, "phase": "enters", "magnify": False, "probe": 150}
    first = np.frombuffer(body, "<f4", 400).reshape(200, 2)
    indices = np.frombuffer(body, np.uint8, 600, 1600).reshape(3, 200)
    left = first.astype(np.float64)
    for stage, row in zip(header["stages"], indices, strict=True):
        left = left - np.array(stage["codes"])[row]
    np.testing.assert_allclose(left, run.stages[-1].left, atol=1e-5)


def test_a_report_of_the_plane_never_leads_beyond_the_stack() -> None:
    settings = with_report(LabSettings(stages=3), PlaneState(8, "left", True, 17))
    assert (settings.stage, settings.phase, settings.magnify, settings.probe) == (3, "left", True, 17)
