"""Examples in docstrings run, and print what they say."""

import doctest
import importlib

import pytest
from imports import MODULES

WITH_EXAMPLES = [module for module, path in sorted(MODULES.items()) if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_the_examples_of_a_module_give_what_they_print(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted and not result.failed


def test_the_main_modules_have_examples() -> None:
    quantizers = {f"rfsq.quantizers.{name}" for name in ("fsq", "lfq", "vq", "residual")}
    models = {f"rfsq.model.{name}" for name in ("config", "library", "rate")}
    assert set(WITH_EXAMPLES) >= quantizers | models | {"rfsq.metrics.image", "rfsq.photos.pixels"}
