"""Streams are the same on every machine, and as the specification says."""

import os
import subprocess
import sys

import numpy as np
import pytest
from made_streams import LAYOUTS, decode, encode, golden
from paths import ROOT

from rfsq.codec.entropy import coder as coder_module


class ReferenceCategorical:
    """What rfsq/codec/bitstream.md, section 5, says of probabilities."""

    def __init__(self, counts: np.ndarray, perfect: bool) -> None:
        scale = (2**24 - len(counts)) / float(counts.sum())
        before = [float(counts[:i].sum()) for i in range(len(counts))]
        self.bounds = [int(c * scale) + i for i, c in enumerate(before)] + [2**24]


class ReferenceAnsCoder:
    """What it says of decoding, in Python's whole numbers."""

    def __init__(self, words: np.ndarray) -> None:
        self.words, self.state = [int(word) for word in words], 0
        self._refill()

    def _refill(self) -> None:
        while self.state < 2**32 and self.words:
            self.state = self.state << 32 | self.words.pop()

    def decode(self, model: ReferenceCategorical, count: int) -> np.ndarray:
        symbols = []
        for _ in range(count):
            q = self.state % 2**24
            symbols.append(next(i for i, bound in enumerate(model.bounds[1:]) if q < bound))
            low, high = model.bounds[symbols[-1] : symbols[-1] + 2]
            self.state = (high - low) * (self.state >> 24) + q - low
            self._refill()
        return np.array(symbols, np.int32)

    def is_empty(self) -> bool:
        return self.state == 0 and not self.words


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("coding", ["uniform", "static", "context"])
def test_golden_streams_stay_as_they_are(name: str, coding: str) -> None:
    indices, streams, tables = golden(name, coding)
    assert encode(LAYOUTS[name], tables, coding, indices) == streams
    assert np.array_equal(decode(LAYOUTS[name], tables, coding, streams, indices.shape[1:]), indices)


@pytest.mark.parametrize("coding", ["uniform", "static", "context"])
def test_the_specification_is_enough_to_decode_golden_streams(coding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    indices, streams, tables = golden("turns", coding)
    monkeypatch.setattr(coder_module, "Categorical", ReferenceCategorical)
    monkeypatch.setattr(coder_module, "AnsCoder", ReferenceAnsCoder)
    assert np.array_equal(decode(LAYOUTS["turns"], tables, coding, streams, indices.shape[1:]), indices)


@pytest.mark.slow
def test_streams_do_not_depend_on_the_number_of_threads() -> None:
    program = (
        "import sys; sys.path[:0] = ['tests']; from made_streams import *; import hashlib; "
        "indices, streams, tables = golden('wide', 'context'); big = np.tile(indices, (1, 9, 9)); "
        "print(hashlib.sha256(b''.join(encode(LAYOUTS['wide'], tables, 'context', big))).hexdigest())"
    )
    root = ROOT
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"OMP_NUM_THREADS": threads, "PYTHONPATH": str(root)},
        ).stdout
        for threads in ("1", "3")
    }
    assert len(digests) == 1 and len(digests.pop().strip()) == 64
