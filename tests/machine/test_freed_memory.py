"""Freed memory goes back to the system: in a real process, where glibc's malloc would keep it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from rfsq.machine import freed_memory

BLOCKS = """
import ctypes, os
from rfsq.machine.freed_memory import give_back_freed
malloc, free = ctypes.CDLL(None).malloc, ctypes.CDLL(None).free
malloc.restype, malloc.argtypes, free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
blocks = [malloc(100_000) for _ in range(2000)]
for block in blocks:
    ctypes.memset(block, 1, 100_000)
for block in blocks[:-1]:
    free(block)  # the last one stays in use, so that malloc itself shrinks nothing
kept = resident_mb()
given = give_back_freed()
left = resident_mb()
print(kept, left, given, ctypes.string_at(blocks[-1], 100_000) == bytes([1]) * 100_000)
"""


def has_trim() -> bool:
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")


@pytest.mark.skipif(not has_trim(), reason="glibc's malloc is what is measured")
def test_200_mb_that_were_freed_go_back_and_what_is_in_use_stays() -> None:
    clean = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD" and "MALLOC" not in name}
    made = subprocess.run(
        [sys.executable, "-c", BLOCKS], env=clean, capture_output=True, text=True, check=True, timeout=300
    )
    kept, left, given, whole = made.stdout.split()
    assert float(kept) - float(left) > 150, f"{kept} MB before, {left} MB after"
    assert (given, whole) == ("True", "True")


def test_where_malloc_is_not_glibcs_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    freed_memory._trim.cache_clear()
    monkeypatch.setattr(freed_memory.ctypes, "CDLL", lambda name: SimpleNamespace())
    assert freed_memory.give_back_freed() is False
    freed_memory._trim.cache_clear()
    monkeypatch.setattr(freed_memory.sys, "platform", "darwin")
    assert freed_memory.give_back_freed() is False
    freed_memory._trim.cache_clear()
