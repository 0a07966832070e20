"""Models by name: of the zoo, of a stack around one of its networks, or a file."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from rfsq.model.checkpoint import Checkpoint, CheckpointError, checkpoint_files, load_checkpoint, zoo_checkpoint
from rfsq.model.fitted import Progress, fit_stack_to
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.stack import parse_stack_name
from rfsq.model.zoo import ZOO
from rfsq.style.wording import listed


def open_model(name: str, progress: Progress | None = None) -> Checkpoint:
    """A model by its name and what is known about it. Raises CheckpointError with one sentence.

    The name is one of the zoo, that of a fitted stack (`continuous-5.fsq-2-s4-scale`, see `rfsq.model.stack`), which is
    then fitted, or the path of a .safetensors file. `progress` is called with the share of a fit that is done.
    """
    if name.endswith(".safetensors"):
        return load_checkpoint(Path(name))
    try:
        stack = parse_stack_name(name)
        return fit_stack_to(*stack, progress) if stack else load_checkpoint(_existing(name))
    except CheckpointError:
        raise
    except ValueError as error:
        raise CheckpointError(f"No model can be called {name!r}: {error}.") from error


def _existing(name: str) -> Path:
    """The weights of a name that is no file's; raises CheckpointError with the nearest names where nothing has it."""
    is_path = Path(name).name != name
    if name in ZOO or is_path or {f"{name}.safetensors", f"{name}.json"} & checkpoint_files():
        return zoo_checkpoint(name)
    near = get_close_matches(name, ZOO, n=3)
    nearest = f" the nearest {'name is' if len(near) == 1 else 'names are'} {listed(near)};" if near else ""
    raise CheckpointError(
        f"No model is called {name!r};{nearest} `rfsq models` lists all, and a .safetensors file is named by its path."
    )


def load_model(name: str) -> QuantizedAutoencoder:
    """A model by its name, ready for use: in eval mode, float32, on the CPU.

    The name is one of the zoo (`available_models()` lists those that are here), that of a stack fitted to one of its
    networks, or the path of a .safetensors file. Raises CheckpointError, a ValueError, with one sentence.

    >>> model = load_model("rfsq-4x1024-layernorm")
    >>> model.num_stages, model.stride, model.rate(height=256, width=256).bits_per_token
    (4, 4, 40.0)
    """
    return open_model(name).model


def weights_path(name: str) -> Path:
    """A model's weights by its name in the zoo, or by the path of its .safetensors file.

    Of a fitted stack it is where they would be: its tables stand there.
    """
    return Path(name) if name.endswith(".safetensors") else zoo_checkpoint(name)
