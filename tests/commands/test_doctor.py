"""`rfsq doctor` at the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from rfsq.commands.cli import main
from rfsq.quantizers.foreign.fit import STEPS

BROKEN = Path(__file__).resolve().parents[1] / "broken_quantizers.py"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_the_doctor_of_a_quantizer_says_in_json_what_it_prints(tmp_path: Path, capsys) -> None:
    np.save(tmp_path / "z.npy", np.random.default_rng(0).normal(size=(16, 3, 8, 8)).astype(np.float32))
    report = tmp_path / "report.json"
    place = f"{BROKEN}:ForgetfulDecoder"
    assert main(["doctor", "--quantizer", place, "--latents", str(tmp_path / "z.npy"), "--json", str(report)]) == 1
    record = json.loads(report.read_text())
    assert record["bits_per_token"] == 12 and record["latents"] == "16 images of z.npy"
    assert record["package"] is None and record["fit"].startswith("nothing to train")
    [red] = [line for line in record["lines"] if line["verdict"] == "red"]
    assert red["check"] == "decode = quantized" and red["cure"]
    assert "1 red, " in (shown := capsys.readouterr().out) and red["value"][:30] in shown


@pytest.mark.slow
def test_what_is_trained_is_trained_for_as_long_as_a_bench_does_and_the_lines_say_so(tmp_path: Path, capsys) -> None:
    pytest.importorskip("vector_quantize_pytorch")
    np.save(tmp_path / "z.npy", np.random.default_rng(0).normal(size=(16, 3, 8, 8)).astype(np.float32))
    place, report = f"{EXAMPLES}/sim_vq.py:sim_vq", tmp_path / "report.json"
    arguments = ["--quantizer", place, "--quantizer-options", '{"codes": 16}', "--latents", str(tmp_path / "z.npy")]
    main(["doctor", *arguments, "--json", str(report)])
    record = json.loads(report.read_text())
    assert record["package"].startswith("vector-quantize-pytorch ") and f"{STEPS} steps of 4096 tokens" in record["fit"]
    samples = {line["check"]: line["sample"] for line in record["lines"]}
    for check in ("codebook use", "entropy, bits"):
        assert samples[check].endswith(f"; after {STEPS} steps of training")
    assert f"({record['package']})" in capsys.readouterr().out


def test_the_doctor_of_tensors_runs_no_code(tmp_path: Path, capsys) -> None:
    np.save(tmp_path / "i.npy", np.arange(512).reshape(2, 1, 16, 16) % 16)
    assert main(["doctor", "--indices", str(tmp_path / "i.npy"), "--codebook-size", "16"]) == 0
    assert "0 red, 0 yellow" in capsys.readouterr().out


def test_tensors_of_any_layout_give_one_report(tmp_path: Path, capsys) -> None:
    draw = np.random.default_rng(0)
    z = draw.normal(size=(2, 16, 16, 3)).astype(np.float32)
    np.save(tmp_path / "z.npy", z)
    np.save(tmp_path / "i.npy", draw.integers(0, 64, size=(2, 256)))
    report = tmp_path / "report.json"
    files = ["--indices", str(tmp_path / "i.npy"), "--latents", str(tmp_path / "z.npy")]
    assert main(["doctor", *files, "--levels", "4,4,4", "--json", str(report)]) == 0
    record = json.loads(report.read_text())
    assert (record["channels"], record["stages"], record["codebook_sizes"]) == ("last", "none", [64])
    assert (
        record["indices"] == files[1]
        and "512 tokens of 2 images, 3 channels (last axis) and 1 index" in capsys.readouterr().out
    )
    assert {"dead levels", "channels"} <= {line["check"] for line in record["lines"]}
    assert main(["doctor", *files, "--channels", "first"]) == 2
    assert "do not fit 2 images of 16×3 tokens" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("", "say what to look at"),
        ("--quantizer a.py:A --indices i.npy", "either --quantizer"),
        ("--quantizer a.py", "FILE.py:NAME"),
        ("--quantizer-options {}", "follows the --quantizer"),
        ("--quantizer a.py:A --quantizer-options {", "not JSON"),
        ("--quantizer a.py:A --time-limit 0", "at least 1"),
        ("--indices nowhere.npy", "nowhere.npy"),
        ("--quantizer a.py:A --levels 8,8", "belong to --indices"),
        ("--indices nowhere.npy --channels middle", "invalid choice"),
    ],
)
def test_wrong_arguments_end_in_a_sentence(arguments: str, sentence: str, capsys) -> None:
    try:
        assert main(["doctor", *arguments.split()]) == 2
    except SystemExit as ended:
        assert ended.code == 2
    error = capsys.readouterr().err
    assert sentence in error and "Traceback" not in error
