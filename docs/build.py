"""Build the guide and the API reference from the docstrings: `make docs` writes build/docs/index.html.

Works without network. A warning of the generator (a module that does not import, an annotation that it cannot read) and
a link of the guide to a file that is not there end with an error.
"""

from __future__ import annotations

import ast
import re
import shutil
import sys
import warnings
from pathlib import Path
from pydoc import locate

import pdoc

from rfsq import __version__

DOCS = Path(__file__).resolve().parent
HTML = DOCS.parent / "build" / "docs"
_PACKAGE = DOCS.parent / "rfsq"
_NOT_FOR_IMPORT = ("app", "commands", "__main__")  # pages and commands are used, not imported


def modules() -> list[str]:
    """Names of the modules to document, without those that the generator finds by itself.

    It looks into a package only if that does not say with `__all__` what it shows; then it finds what is named there, a
    module that has the name of its function too.
    """
    found = []
    for path in sorted(_PACKAGE.rglob("*.py")):
        module = path.parent if path.name == "__init__.py" else path.with_suffix("")
        parts = module.relative_to(_PACKAGE.parent).parts
        above = module.parent / "__init__.py"
        text = above.read_text(encoding="utf-8") if above.exists() else ""
        shown = re.search(r"^__all__ = (\[[^]]*\])", text, re.MULTILINE)
        hidden = not above.exists() or (shown is not None and parts[-1] not in ast.literal_eval(shown[1]))
        if hidden and not set(_NOT_FOR_IMPORT) & set(parts[1:2]):
            found.append(".".join(parts))
    return found


def guide() -> str:
    """The text of the first page; links to files of the repository fit the folder that the page is in."""
    text = (DOCS / "guide.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((\.\./[^)#]*)", text)
    if missing := [link for link in links if not (DOCS / link).exists()]:
        raise ValueError(f"docs/guide.md links to what is not there: {', '.join(missing)}")
    return text.replace("](../", "](../../")


def build(folder: Path) -> None:
    """Write the reference to `folder`, replacing what is in it. Raises ValueError if anything was warned of."""
    pdoc.render.configure(docformat="markdown", footer_text=f"rfsq {__version__}", template_directory=DOCS / "template")
    pdoc.render.env.globals["guide"] = guide()
    shutil.rmtree(folder, ignore_errors=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pdoc.pdoc(*modules(), output_directory=folder)
    messages = [str(one.message) for one in caught if "pdoc" in Path(one.filename).parts]
    if ours := [message for message in messages if not _is_of_named_tuple(message)]:
        raise ValueError("\n".join(["the generator warns:", *ours]))


def _is_of_named_tuple(message: str) -> bool:
    """Whether the warning is of a NamedTuple's constructor, whose annotations Python itself puts out of reach."""
    found = re.search(r"type annotation .* for (rfsq[\w.]*)\.__init__", message)
    named = locate(found[1]) if found else None
    return isinstance(named, type) and issubclass(named, tuple)


if __name__ == "__main__":
    try:
        build(HTML)
    except ValueError as error:
        sys.exit(str(error))
    print(f"docs: {HTML / 'index.html'}")
