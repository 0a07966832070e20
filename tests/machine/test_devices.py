"""Devices: auto takes the best there is, and a missing one is named in one sentence."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from rfsq.machine.devices import DeviceError, available_devices, cpu_threads, describe_device, pick_device, synchronize


@pytest.fixture
def without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.usefixtures("without_gpu")
def test_without_a_gpu_auto_is_the_cpu() -> None:
    assert available_devices() == ("cpu",)
    assert pick_device() == pick_device("cpu") == torch.device("cpu")
    for name in ("cuda", "mps"):
        with pytest.raises(DeviceError, match=f"^This machine has no {name} device; it has cpu.$"):
            pick_device(name)  # type: ignore[arg-type]


def test_auto_takes_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert available_devices() == ("cuda", "cpu")
    assert pick_device() == torch.device("cuda") and pick_device("cpu") == torch.device("cpu")


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(DeviceError, match="no tpu device"):
        pick_device("tpu")  # type: ignore[arg-type]


def test_the_cpu_is_described_with_its_threads() -> None:
    for count, words in ((1, "CPU, 1 thread"), (2, "CPU, 2 threads")):
        with cpu_threads(count):
            assert describe_device(torch.device("cpu")) == words
    synchronize(torch.device("cpu"))


def threads_of_a_new_thread() -> int:
    with ThreadPoolExecutor(1) as other:
        return other.submit(torch.get_num_threads).result()


def test_cpu_threads_are_changed_for_the_caller_alone_and_put_back() -> None:
    before, everyone = torch.get_num_threads(), threads_of_a_new_thread()
    with pytest.raises(RuntimeError, match="inside"), cpu_threads(before + 2):
        assert torch.get_num_threads() == before + 2 and threads_of_a_new_thread() == everyone
        with cpu_threads(1):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == before + 2
        raise RuntimeError("inside")
    assert torch.get_num_threads() == before and threads_of_a_new_thread() == everyone


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_is_described_by_its_name() -> None:
    device = pick_device("cuda")
    assert describe_device(device) == torch.cuda.get_device_name(device)
    synchronize(device)
