"""Which quantizer is meant: `FILE.py:NAME` or `package.module:NAME`, with options."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from rfsq.quantizers.foreign.errors import ForeignError, foreign_code
from rfsq.quantizers.foreign.manner import guessed_dim


@dataclass(frozen=True)
class Reference:
    """A quantizer by its place and options. Raises ForeignError for a text of another form.

    >>> Reference("mine.py:Mine", {"levels": [8, 5]}).text
    'mine.py:Mine {"levels": [8, 5]}'
    """

    place: str  # FILE.py:NAME or package.module:NAME
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        module, colon, name = self.place.rpartition(":")
        if not colon or not module or not name.isidentifier():
            raise ForeignError(f"{self.place!r} is not of the form FILE.py:NAME or package.module:NAME")

    @classmethod
    def parse(cls, place: str, options: str = "") -> Reference:
        """With options as a JSON object. Raises ForeignError."""
        try:
            values = json.loads(options) if options else {}
        except (ValueError, RecursionError) as error:
            raise ForeignError(f"the options of {place} are not JSON: {error}") from error
        if not isinstance(values, dict):
            raise ForeignError(f'the options of {place} must be a JSON object such as {{"levels": [8, 5]}}')
        return cls(place, values)

    @property
    def text(self) -> str:
        """As people write it: the place, and the options if there are any."""
        return f"{self.place} {json.dumps(dict(self.options))}" if self.options else self.place

    @property
    def name(self) -> str:
        """A short name for tables: that of the class, with the values of its options."""
        values = ",".join(json.dumps(value, separators=(",", ":")) for value in self.options.values())
        return self.place.rpartition(":")[2] + (f"({values})" if values else "")

    def make(self, dim: int | None) -> nn.Module:
        """Run the code that is named, and make the quantizer, for latents of `dim` channels (None: whatever it takes).

        Raises ForeignError for whatever fails in it, with the place in that code.
        """
        found = self._find()
        if isinstance(found, nn.Module):
            if self.options:
                raise ForeignError(f"{self.place} is a module that is made already, so it takes no options")
            return deepcopy(found)
        if not callable(found):
            raise ForeignError(f"{self.place} is {type(found).__name__}, and no class, function or nn.Module")
        options = dict(self.options)
        if dim is not None and "dim" not in options and _asks_for_dim(found):
            options["dim"] = dim
        with foreign_code(f"making {self.place}"):
            made = found(**options)
        if isinstance(made, nn.Module):
            return made
        if not callable(made):
            raise ForeignError(f"{self.place} makes {type(made).__name__}, which cannot be called with latents")
        return Called(made)

    def dim(self) -> int | None:
        """Channels that the options or the quantizer itself name, if they do. Raises ForeignError as `make` does."""
        if isinstance(stated := self.options.get("dim"), int):
            return stated
        found = self._find()
        if not isinstance(found, nn.Module) and callable(found) and _asks_for_dim(found):
            return None
        return guessed_dim(self.make(None))

    def _find(self) -> Any:
        module, _, name = self.place.rpartition(":")
        with foreign_code(f"importing {self.place}"):
            loaded = _load_file(Path(module)) if module.endswith(".py") else _load_module(module)
            try:
                return getattr(loaded, name)
            except AttributeError as error:
                raise ForeignError(f"there is no {name} in {module}") from error


class Called(nn.Module):
    """An object that is called with latents, as a module with the attributes and methods of that object."""

    def __init__(self, called: Callable[..., Any]) -> None:
        super().__init__()
        self.called = called

    def forward(self, z: Tensor) -> Any:
        return self.called(z)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "called" or name.startswith("__"):  # it is just being copied
                raise
            return getattr(self.called, name)


def package_of(module: nn.Module) -> str | None:
    """The package, with its version, that the class of a quantizer comes from; None where it stands in a file."""
    theirs = module.called if isinstance(module, Called) else module
    names = packages_distributions().get(type(theirs).__module__.partition(".")[0])
    return f"{names[0]} {version(names[0])}" if names else None


def _load_file(path: Path) -> Any:
    path = path.resolve()
    if not path.is_file():
        raise ForeignError(f"there is no file {path.name} at {path.parent}")
    name = f"rfsq_own_{path.stem}_{abs(hash(str(path)))}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, "a .py file has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    sys.path.insert(0, str(path.parent))  # as when Python runs the file: its neighbours can be imported
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(str(path.parent))
    return module


def _load_module(name: str) -> Any:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise ForeignError(f"there is no module {error.name}; is its package installed?") from error
        raise
    finally:
        sys.path.remove(str(Path.cwd()))


def _asks_for_dim(found: Any) -> bool:
    """Whether a class or function has a parameter `dim` that must be given."""
    try:
        parameter = inspect.signature(found).parameters.get("dim")
    except (TypeError, ValueError):
        return False
    return parameter is not None and parameter.default is parameter.empty
