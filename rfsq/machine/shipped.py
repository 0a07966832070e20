"""Where the things are that come with the package and are no code of it: trained models, the app's script and look.

In a clone they stand at its top level. A wheel carries them in `rfsq/shipped`; pyproject.toml says which.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """The path of `checkpoints` or `app.py`, whether or not it is there."""
    installed = _PACKAGE / "shipped"
    return (installed if installed.is_dir() else _PACKAGE.parent) / name
