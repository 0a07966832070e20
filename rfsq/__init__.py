"""RFSQ Lab: residual finite scalar quantization of images, to see, compare and measure.

    from rfsq import load_model, read_image, to_pixels, to_tensor
    photo = to_tensor(read_image("photo.jpg"))
    picture = to_pixels(load_model("rfsq-4x1024-layernorm").reconstruct(photo, stages=2))
"""

from rfsq.checkpoint import available_models, load_checkpoint, load_model, save_checkpoint
from rfsq.configs import ZOO, ModelConfig, TrainConfig
from rfsq.images import ImageError, read_image, to_pixels, to_tensor, write_png
from rfsq.model import QuantizedAutoencoder
from rfsq.quantizers import FSQ, LFQ, VQ, QuantizerOutput, Residual

__all__ = [
    "FSQ", "LFQ", "VQ", "ZOO", "ImageError", "ModelConfig", "QuantizedAutoencoder", "QuantizerOutput", "Residual",
    "TrainConfig", "available_models", "load_checkpoint", "load_model", "read_image", "save_checkpoint", "to_pixels",
    "to_tensor", "write_png",
]
__version__ = "0.1.0"
