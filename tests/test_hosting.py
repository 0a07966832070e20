"""The recipe for a public host names files, pages and settings that there are."""

import re
from fnmatch import fnmatch

from paths import ROOT

from rfsq.app.pages import PAGES

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROXY = (ROOT / "tools" / "hosting" / "haproxy.cfg").read_text(encoding="utf-8")
COMPOSE = (ROOT / "tools" / "hosting" / "compose.yaml").read_text(encoding="utf-8")
DOCS = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")


def test_all_that_the_image_copies_is_there_and_not_ignored() -> None:
    copied = re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE)
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")]
    assert {"app.py", "rfsq", "checkpoints", ".streamlit"} <= set(copied)
    for name in copied:
        assert (ROOT / name).exists() and any(fnmatch(name, pattern) for pattern in kept), name


def test_the_proxy_counts_every_page() -> None:
    listed = re.search(r"acl opens_page path (.+)", PROXY)
    assert listed is not None
    assert {path.strip("/") for path in listed[1].split()} == {page.path for page in PAGES}


def test_settings_are_given_where_they_are_read_and_documented() -> None:
    read = set(re.findall(r"\$\{([A-Z_]+)\}", PROXY))
    assert read and all(re.search(rf"\b{name}: ", COMPOSE) for name in read)
    image = set(re.findall(r"\$\{?([A-Z_]+)", DOCKERFILE.split("WORKDIR")[1])) | {"RFSQ_CACHE", "OMP_NUM_THREADS"}
    assert all(f"`{name}`" in DOCS for name in image), image
    assert "read_only: true" in COMPOSE and "USER 65534" in DOCKERFILE
