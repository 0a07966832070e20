"""The package as others install it: a wheel, built from the source archive, in a fresh environment, in another folder."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from paths import CHECKPOINTS, ROOT
from PIL import Image
from server import free_port, wait_until_healthy
from smooth import smooth_photo
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from websockets.sync.client import connect

from rfsq.commands.cli import COMMANDS
from rfsq.model.zoo import ZOO
from rfsq.photos.read import read_image

pytestmark = pytest.mark.slow

MODEL = "rfsq-4x1024-layernorm"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that comes out of the unpacked source archive, so that the archive is known to be whole, too."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder), "--target"]
    subprocess.run([*build, "sdist"], cwd=ROOT, check=True, capture_output=True)
    [archive] = folder.glob("rfsq-*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    subprocess.run(
        [*build, "wheel"], cwd=folder / archive.name.removesuffix(".tar.gz"), check=True, capture_output=True
    )
    [wheel] = folder.glob("rfsq-*.whl")
    return wheel


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the fresh environment's programs. What rfsq needs is lent by the environment of the tests."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(programs / "python"),
            "install",
            "--no-deps",
            "--no-index",
            wheel,
        ],
        check=True,
        capture_output=True,
    )
    [packages] = home.glob("lib/python*/site-packages") or home.glob("Lib/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def environment() -> dict[str, str]:
    """As a stranger's: nothing points to this repository."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "RFSQ_CHECKPOINTS")}


def run(programs: Path, arguments: Sequence[str], folder: Path) -> str:
    command = [str(programs / arguments[0]), *arguments[1:]]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_of_the_package_and_every_checkpoint(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        inside = {name for name in file.namelist() if name.startswith("rfsq/")}
    package = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rfsq").rglob("*") if path.is_file()}
    expected = {name for name in package if "__pycache__" not in name}
    shipped = (path for path in CHECKPOINTS.rglob("*") if path.is_file())
    expected |= {f"rfsq/shipped/{path.relative_to(ROOT).as_posix()}" for path in shipped}
    assert inside == expected | {"rfsq/shipped/app.py", "rfsq/shipped/.streamlit/config.toml"}


def test_the_installed_package_is_the_one_that_runs(programs: Path, tmp_path: Path) -> None:
    where = run(programs, ["python", "-c", "import rfsq; print(rfsq.__file__)"], tmp_path)
    assert Path(where.strip()).is_relative_to(programs.parent)


def test_the_command_has_every_subcommand(programs: Path, tmp_path: Path) -> None:
    words = run(programs, ["rfsq", "--help"], tmp_path).split()
    assert words[:2] == ["usage:", "rfsq"] and set(COMMANDS) <= set(words)


def test_all_models_are_found_and_a_picture_comes_out_as_in_the_repository(programs: Path, tmp_path: Path) -> None:
    run(programs, ["rfsq", "models", "--json", "models.json"], tmp_path)
    records = json.loads((tmp_path / "models.json").read_text())
    assert {record["model"]: record["file"] for record in records} == {name: f"{name}.safetensors" for name in ZOO}
    Image.fromarray(smooth_photo(48, 64, 0)).save(tmp_path / "photo.png")
    arguments = ["reconstruct", "photo.png", "installed.png", "--model", MODEL, "--device", "cpu"]
    run(programs, ["rfsq", *arguments], tmp_path)
    arguments[2] = "cloned.png"
    subprocess.run(
        [sys.executable, "-m", "rfsq", *arguments],
        cwd=tmp_path,
        env={**environment(), "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    assert (read_image(tmp_path / "installed.png") == read_image(tmp_path / "cloned.png")).all()


@pytest.fixture(scope="module")
def app(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The installed app, started in an empty folder: HOST:PORT."""
    folder = tmp_path_factory.mktemp("elsewhere")
    port, log = free_port(), folder / "output.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(programs / "rfsq"), "app", f"--server.port={port}", "--server.address", "127.0.0.1"],
            cwd=folder,
            env=environment(),
            stdout=output,
            stderr=output,
        )
    wait_until_healthy(process, f"http://127.0.0.1:{port}", log)
    yield f"127.0.0.1:{port}"
    process.terminate()
    assert process.wait(20) is not None


def test_the_app_starts_with_its_options_shows_a_page_and_has_its_theme(app: str) -> None:
    theme, finished = first_page(app)
    wanted = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert finished == ForwardMsg.FINISHED_SUCCESSFULLY
    assert theme.base_font_size == wanted["baseFontSize"]
    assert theme.light.primary_color == wanted["light"]["primaryColor"]
    assert theme.dark.primary_color == wanted["dark"]["primaryColor"]


def first_page(app: str) -> tuple[CustomThemeConfig, int]:
    """Open the app's first page as a browser does: the theme that it is told, and how the page's run ended."""
    with connect(f"ws://{app}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as socket:
        question = BackMsg()
        question.rerun_script.query_string = ""
        socket.send(question.SerializeToString())
        theme = CustomThemeConfig()
        while True:
            message = ForwardMsg.FromString(socket.recv(timeout=120))
            if message.HasField("new_session"):
                theme = message.new_session.custom_theme
            if message.HasField("delta"):
                assert message.delta.new_element.WhichOneof("type") != "exception", message.delta.new_element.exception
            if message.WhichOneof("type") == "script_finished" and (
                message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                return theme, message.script_finished
