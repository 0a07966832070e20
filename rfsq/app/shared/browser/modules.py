"""ES modules of several files as one script, because Streamlit takes one: nothing is built, installed or fetched.

The script carries the sources, without their comments, as text; `loader.js` makes each a module of the page, what it imports before itself.
The files stay ordinary modules for editors, type checks and tests.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

_LOADER = Path(__file__).with_name("loader.js")
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/)[\s\S])*\*/|//.*)[ \t]*$", re.MULTILINE)
_IMPORT = re.compile(r'^((?:import|export)\b[^"\';()]*?\bfrom\s*|import\s*)"([^"\n]+)"', re.MULTILINE)


def bundle(folder: Path, entry: str) -> str:
    """The module `entry` (a path below `folder`) and all that it imports, as the text of one module.

    Imports are relative and stand at the beginning of a line: `import { el } from "./elements.js";`.
    Raises ValueError for an import of anything else, of a file outside `folder`, and for imports in a circle.
    """
    folder = folder.resolve()
    sources: dict[str, str] = {}
    _collect(folder, (folder / entry).resolve(), (), sources)
    modules = [{"name": name, "source": source} for name, source in sources.items()]
    call = f"export default await load({json.dumps(modules, ensure_ascii=False, indent=0)});"
    return f"{_code(_LOADER.read_text(encoding='utf-8'))}\n{call}\n"


def _collect(folder: Path, file: Path, importers: tuple[str, ...], sources: dict[str, str]) -> str:
    """Put the file's source into `sources`, after those it imports; returns its name there."""
    if not file.is_relative_to(folder):
        raise ValueError(f"{importers[-1]} imports {file.name} from outside {folder.name}")
    name = file.relative_to(folder).as_posix()
    if name in importers:
        raise ValueError(f"imports go in a circle: {' → '.join((*importers, name))}")
    if name in sources:
        return name
    if not file.is_file():
        raise ValueError(f"{importers[-1] if importers else 'the page'} imports {name}, which does not exist")

    def link(found: re.Match[str]) -> str:
        target = found[2]
        if not target.startswith(("./", "../")):
            raise ValueError(f"{name} imports {target!r}; only files beside it can be imported")
        return f'{found[1]}"module:{_collect(folder, (file.parent / target).resolve(), (*importers, name), sources)}"'

    sources[name] = _IMPORT.sub(link, _code(file.read_text(encoding="utf-8")))
    return name


def _code(source: str) -> str:
    """Without comments that have lines of their own, half of the text: it travels with every message of its component.
    All lines keep their numbers."""
    return _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), source)
