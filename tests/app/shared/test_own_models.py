"""A viewer's own models: their names, and their place beside the zoo's."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rfsq.app.routes import SCRIPT
from rfsq.app.shared.own_models import own_name
from rfsq.model.archive import checkpoint_bytes, open_checkpoint


def texts(page: AppTest) -> str:
    return " ".join(str(block.value) for block in (*page.markdown, *page.caption, *page.info)) + " ".join(
        block.proto.body for block in page.get("html")
    )


def test_own_models_get_a_name_that_is_free(tiny_own: bytes) -> None:
    def script(content: bytes) -> None:
        import streamlit as st

        from rfsq.app.shared.own_models import add_own
        from rfsq.model.archive import open_checkpoint

        st.session_state["names"] = [*st.session_state.get("names", []), add_own(open_checkpoint(content))]

    page = AppTest.from_function(script, args=(tiny_own,)).run().run()
    assert page.session_state["names"] == ["my-rfsq-4x1024-scale-run-3"] * 2, "the same weights are kept once"


@pytest.fixture
def tiny_own() -> bytes:
    from dataclasses import replace

    from rfsq.model.model import QuantizedAutoencoder
    from rfsq.model.zoo import ZOO

    config = replace(ZOO["rfsq-4x1024-scale"], name=own_name("rfsq-4x1024-scale", 3), hidden=(4, 4))
    return checkpoint_bytes(QuantizedAutoencoder(config).eval(), {})


def test_an_own_model_stands_beside_the_zoos_in_compare_and_bad_files_are_refused(
    tiny_own: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rfsq.model.checkpoint import save_checkpoint
    from rfsq.model.model import QuantizedAutoencoder
    from rfsq.model.zoo import ZOO

    model = open_checkpoint(tiny_own).model
    model.config = ZOO["rfsq-4x1024-scale"]
    zoo = QuantizedAutoencoder(open_checkpoint(tiny_own).info.config)
    from dataclasses import replace

    zoo.config = replace(ZOO["rfsq-4x1024-scale"], hidden=(4, 4))
    save_checkpoint(zoo, tmp_path / "rfsq-4x1024-scale.safetensors", training={})
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    page = AppTest.from_file(str(SCRIPT), default_timeout=120)
    page.query_params["size"] = "128"
    page.run()
    uploader = next(box for box in page.get("file_uploader") if "own model" in box.label)
    uploader.set_value(("model.zip", tiny_own, "application/zip")).run()
    assert not page.exception
    assert page.session_state["models"] == ["my-rfsq-4x1024-scale-run-3", "rfsq-4x1024-scale"]
    assert "my RFSQ 4×1024 scale, run 3" in texts(page) and "no .rfsq file" in texts(page)
    uploader = next(box for box in page.get("file_uploader") if "own model" in box.label)
    uploader.set_value(("model.zip", tiny_own[:-30], "application/zip")).run()
    assert [error.value for error in page.error] == ["This file is damaged, or not a zip of a model."]
    assert page.session_state["models"][0] == "my-rfsq-4x1024-scale-run-3"
