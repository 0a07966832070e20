"""Files of measurements are read in one way: what is wrong with one is a sentence that names it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from rfsq.evidence.stored import ResultsError, load_stored, read_stored, write_stored

PLAIN = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats(allow_nan=False, allow_infinity=False)
    | strategies.text(max_size=200),
    lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(strategies.text(), inner, max_size=4),
    max_leaves=30,
)


def values(record: Any) -> list[float]:
    found: list[float] = record["values"]
    if len(found) != 2:
        raise ValueError(f"{len(found)} values are not two")
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.json"
    path.write_text('{"format": 3, "values": [1.5, 2]}')
    return path


def test_a_whole_file_is_read_and_a_missing_one_is_none(file: Path) -> None:
    assert read_stored(file, values, format=3) == load_stored(file, values, format=3) == [1.5, 2]
    missing = file.with_name("other.json")
    assert load_stored(missing, values, format=3) is None
    with pytest.raises(ResultsError, match=r"^other\.json cannot be read \(No such file or directory\)\.$"):
        read_stored(missing, values, format=3)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is damaged (it is not valid JSON)"),
        (b"\xff\xfe\x00", "is damaged (it is not text)"),
        (b"[" * 100_000, "is damaged ("),
        (b"[]", "is damaged ("),
        (b"3", "is damaged ("),
        (b'{"values": [1, 2]}', "is damaged (it lacks 'format')"),
        (b'{"format": 4, "values": [1, 2]}', "is of format 4, and this program reads format 3"),
        (b'{"format": "' + b"x" * 1000 + b'"}', "and this program reads format 3"),
        (b'{"format": 3}', "is damaged (it lacks 'values')"),
        (b'{"format": 3, "values": 5}', "is damaged ("),
        (b'{"format": 3, "values": [1]}', "is damaged (1 values are not two)"),
        (b'{"format": 3, "values": [1, NaN]}', "is damaged (NaN is not a finite number)"),
        (b'{"format": 3, "values": [1, -Infinity]}', "is damaged (-Infinity is not a finite number)"),
        (b'{"format": 3, "values": [1, 1e999]}', "is damaged (1e999 is not a finite number)"),
        (b'{"format": 3, "values": [1, ' + b"9" * 5000 + b"]}", "is damaged ("),
    ],
)
def test_whatever_is_wrong_is_one_short_sentence(file: Path, content: bytes, sentence: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ResultsError) as caught:
        load_stored(file, values, format=3)
    words = str(caught.value)
    assert words.startswith("mine.json ") and sentence in words and words.endswith(".") and len(words) < 200


def test_a_file_larger_than_its_limit_is_not_read(file: Path) -> None:
    file.write_text(json.dumps({"format": 3, "values": [1, 2], "more": " " * 2**20}))
    with pytest.raises(ResultsError, match="is larger than 1 MiB"):
        read_stored(file, values, format=3, limit=2**20)
    assert read_stored(file, values, format=3, limit=2**21) == [1, 2]


def test_what_a_stranger_wrote_is_quoted_in_plain_characters(file: Path) -> None:
    def quote(record: Any) -> None:
        raise ValueError(record["text"])

    file.write_text(json.dumps({"format": 3, "text": "\x1b[31m" + "long " * 100}))
    with pytest.raises(ResultsError) as caught:
        read_stored(file, quote, format=3)
    assert str(caught.value).isprintable() and "…" in str(caught.value)


def test_a_file_need_not_say_its_format_where_its_reader_asks_for_none(file: Path) -> None:
    file.write_text('{"values": [1, 2]}')
    assert read_stored(file, values, format=None) == [1, 2]


@settings(max_examples=40)
@given(PLAIN)
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "written.json"
    write_stored(path, {"values": value}, format=3)
    assert read_stored(path, lambda record: record["values"], format=3) == value


def test_a_row_and_a_list_of_numbers_are_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "written.json"
    row = {"name": "[a, {b}]", "size": 3.5, "interval": (1.0, 2.0)}
    scores = [0.5] * 10_000
    write_stored(path, {"rows": [row, row], "scores": {"psnr_db": scores, "ssim": scores}}, format=3)
    line = '{"name": "[a, {b}]", "size": 3.5, "interval": [1.0, 2.0]}'
    assert path.read_text().splitlines() == [
        "{",
        ' "format": 3,',
        ' "rows": [',
        f"  {line},",
        f"  {line}",
        " ],",
        ' "scores": {',
        f'  "psnr_db": {json.dumps(scores)},',
        f'  "ssim": {json.dumps(scores)}',
        " }",
        "}",
    ]


def test_a_number_that_is_not_finite_is_refused_and_the_file_stays(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_stored(file, {"values": [float("nan"), 1.0]}, format=3)
    assert file.read_bytes() == before
