"""RFSQ Lab: residual finite scalar quantization of images, to see, compare and measure.

    from rfsq import load_model, read_image, to_pixels, to_tensor
    photo = to_tensor(read_image("photo.jpg"))
    picture = to_pixels(load_model("rfsq-4x1024-layernorm").reconstruct(photo, stages=2))

Names are imported when they are first used, so `rfsq.quantizers` needs torch and NumPy alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rfsq.model.checkpoint import available_models, load_checkpoint, save_checkpoint
    from rfsq.model.config import ModelConfig
    from rfsq.model.library import load_model
    from rfsq.model.model import QuantizedAutoencoder
    from rfsq.model.zoo import ZOO
    from rfsq.photos.errors import ImageError
    from rfsq.photos.pixels import to_pixels, to_tensor
    from rfsq.photos.read import read_image
    from rfsq.photos.write import write_png
    from rfsq.quantizers import FSQ, LFQ, VQ, QuantizerOutput, Residual
    from rfsq.training.config import TrainConfig

_HOMES = {
    "rfsq.model.checkpoint": ("available_models", "load_checkpoint", "save_checkpoint"),
    "rfsq.model.library": ("load_model",),
    "rfsq.model.config": ("ModelConfig",),
    "rfsq.model.model": ("QuantizedAutoencoder",),
    "rfsq.photos.errors": ("ImageError",),
    "rfsq.photos.pixels": ("to_pixels", "to_tensor"),
    "rfsq.photos.read": ("read_image",),
    "rfsq.photos.write": ("write_png",),
    "rfsq.model.zoo": ("ZOO",),
    "rfsq.quantizers": ("FSQ", "LFQ", "VQ", "QuantizerOutput", "Residual"),
    "rfsq.training.config": ("TrainConfig",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "FSQ",
    "LFQ",
    "VQ",
    "ZOO",
    "ImageError",
    "ModelConfig",
    "QuantizedAutoencoder",
    "QuantizerOutput",
    "Residual",
    "TrainConfig",
    "available_models",
    "load_checkpoint",
    "load_model",
    "read_image",
    "save_checkpoint",
    "to_pixels",
    "to_tensor",
    "write_png",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'rfsq' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value
