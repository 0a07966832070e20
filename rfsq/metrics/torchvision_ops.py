"""Make `import torchvision` work beside a CPU-only torch.

The package registry's torchvision wheel is compiled for CUDA. Beside a CPU build of torch its compiled operators do not
load, and torchvision (hence lpips, hence torchmetrics where torchvision is installed) stops at import with "operator
torchvision::nms does not exist". Nothing here uses those operators; only their signatures must be known.
"""

import importlib.util
import threading
from pathlib import Path

import torch

# The two operators torchvision refers to at import time, whether or not its compiled part has loaded.
_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_LIBRARY_SUFFIXES = (".so", ".pyd", ".dylib")

_lock = threading.Lock()
_libraries: list[torch.library.Library] = []  # a schema lives as long as the Library that defined it


def ensure_loadable() -> None:
    """Call before the first import of torchvision, lpips or torchmetrics; any number of times, from any thread.

    Without torchvision, or with a build that matches torch, nothing is changed: the compiled operators are loaded as
    torchvision itself would. Otherwise the missing signatures are declared, without an implementation, so calling such
    an operator still fails.
    """
    with _lock:
        if not _missing_operators():
            return
        folder = _torchvision_folder()
        if folder is None:
            return
        _load_compiled_operators(folder)
        missing = _missing_operators()
        if missing:
            # A fragment, because a "DEF" library would claim the namespace and fail if another package declared part.
            library = torch.library.Library("torchvision", "FRAGMENT")
            for name in missing:
                library.define(_SCHEMAS[name])
            _libraries.append(library)


def _missing_operators() -> list[str]:
    return [name for name in _SCHEMAS if not hasattr(torch.ops.torchvision, name)]


def _torchvision_folder() -> Path | None:
    """Where torchvision is installed, found without importing it; None if it is not."""
    spec = importlib.util.find_spec("torchvision")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _load_compiled_operators(folder: Path) -> None:
    for path in sorted(folder.glob("_C*")):
        if path.suffix in _LIBRARY_SUFFIXES:
            try:
                torch.ops.load_library(path)
            except OSError:  # built for another torch: the case this module exists for
                continue
