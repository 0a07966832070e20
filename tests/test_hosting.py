"""The recipe for a public host names files, pages and settings that there are."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from paths import ROOT
from server import free_port

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
    image = set(re.findall(r"\$\{?([A-Z_]+)", DOCKERFILE.split("WORKDIR")[1])) | {
        "RFSQ_CACHE",
        "RFSQ_STORE_MB",
        "OMP_NUM_THREADS",
    }
    assert all(f"`{name}`" in DOCS for name in image), image
    assert "read_only: true" in COMPOSE and "USER 65534" in DOCKERFILE


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[str]:
    """The address of the proxy before two servers that answer with their names."""
    if (haproxy := shutil.which("haproxy")) is None:
        pytest.skip("needs haproxy")
    servers = []
    for name in ("one", "two"):

        class Named(BaseHTTPRequestHandler):
            body = name.encode()

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(self.body)))
                self.end_headers()
                self.wfile.write(self.body)

            def log_message(self, *_: object) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Named))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
    port = free_port()
    addresses = {
        f"APP_{name}": f"127.0.0.1:{server.server_port}" for name, server in zip(("ONE", "TWO"), servers, strict=True)
    }
    process = subprocess.Popen(
        [haproxy, "-db", "-f", str(ROOT / "tools" / "hosting" / "haproxy.cfg")],
        env={"PORT": str(port), **addresses},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 20
        while ask(f"{url}/_stcore/health")[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()
        for server in servers:
            server.shutdown()


def ask(url: str, cookie: str = "") -> tuple[int, str, str]:
    """Status, body and cookie of an answer; status 0 where nobody answers."""
    request = urllib.request.Request(url, headers={"Cookie": cookie} if cookie else {})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode(), (answer.headers["Set-Cookie"] or "").partition(";")[0]
    except urllib.error.HTTPError as error:
        return error.code, "", ""
    except OSError:
        return 0, "", ""


def test_an_address_that_opens_too_many_pages_is_told_so_and_other_requests_are_not_counted(proxied: str) -> None:
    statuses = [ask(f"{proxied}/lab")[0] for _ in range(40)]
    assert statuses[0] == 200 and statuses.count(429) >= 8, "30 pages in 10 seconds, and those of the start"
    assert ask(f"{proxied}/talk")[0] == 429
    assert all(ask(f"{proxied}/pictures/{number}")[0] == 200 for number in range(40))


def test_a_visitor_stays_with_one_process_and_visitors_are_spread(proxied: str) -> None:
    first = [ask(f"{proxied}/pictures/x") for _ in range(6)]
    assert {body for _, body, _ in first} == {"one", "two"}
    for _, body, cookie in first:
        assert ask(f"{proxied}/pictures/y", cookie)[:2] == (200, body)
