"""Where the repository and its checkpoints are, for every test that starts a program or reads a shipped file."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINTS = ROOT / "checkpoints"
