"""Modules of several files as one script: all that is imported travels, in an order in which each can be made."""

import json
import re
from pathlib import Path

import pytest

from rfsq.app.shared.browser.component import APP
from rfsq.app.shared.browser.modules import bundle

ENTRIES = ("viewer/viewer.js", "lab/plane.js", "lab/factors.js", "shared/guided_steps.js", "how_it_works/explorer.js")


def written(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder


def test_what_is_imported_comes_before_its_importer_and_only_once(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        main='import { a } from "./left.js";\nimport {\n  b,\n} from "./right.js";\nexport default a + b;\n',
        left='export { one as a } from "./base.js";\n',
        right='import { one } from "./base.js";\nexport const b = one; // import "./not.js" in a comment\n',
        base="export const one = 1;\n",
        unused="export const two = 2;\n",
    )
    script = bundle(folder, "main.js")
    assert re.findall(r'"name": "(\w+)\.js"', script) == ["base", "left", "right", "main"]
    assert script == bundle(folder, "main.js")


def test_comments_stay_at_home_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    source = (
        "// What it is.\n/**\n * @param {number} a\n */\nexport const f = (/** @type {number} */ a) => a; // and why\n"
        'const link = "https://example.org";\n  /** one line */\n  /** @type {F} */ (f)(1);\nexport default f; /** end */\n'
    )
    (name, sent), *_ = re.findall(
        r'"name": ("[^"]+"),\n"source": (".*")', bundle(written(tmp_path, main=source), "main.js")
    )
    lines, kept = source.split("\n"), json.loads(sent).split("\n")
    assert json.loads(name) == "main.js" and len(kept) == len(lines)
    assert {number: line for number, line in enumerate(kept) if line} == {n: lines[n] for n in (4, 5, 7, 8)}


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (
            {"main": 'import "./a.js";\n', "a": 'import { x } from "./b.js";\n', "b": 'import "./a.js";\n'},
            "a.js → b.js",
        ),
        ({"main": 'import x from "lodash";\n'}, "only files beside it"),
        ({"main": 'import x from "https://example.org/x.js";\n'}, "only files beside it"),
        ({"main": 'import x from "../x.js";\n'}, "from outside"),
        ({"main": 'import x from "./x.js";\n'}, "does not exist"),
        ({}, "does not exist"),
    ],
)
def test_what_cannot_travel_is_refused_with_a_sentence(sources: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        bundle(written(tmp_path, **sources), "main.js")


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_import_of_the_app_is_found(entry: str) -> None:
    """No statement is left that a browser could not follow: each names a module that comes before it."""
    script = bundle(APP, entry)
    assert not re.search(r'\\n(import|export)\b[^"]*?from \\"[^m]', script)
    names = re.findall(r'"name": "([^"]+)"', script)
    for place, source in zip(range(len(names)), script.split('"name": ')[1:], strict=True):
        assert set(re.findall(r'\\"module:([^"\\]+)\\"', source)) <= set(names[:place])
