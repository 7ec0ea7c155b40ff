"""What a browser loads: types, validators, and what is said of files that are not there."""

import json

import pytest
import requests

from programs import ROOT

PAGE = ["/", "/style.css", "/favicon.svg", "/js/main.js", "/js/theme-boot.js"]
CLIENT = ["/socket.io/socket.io.js", "/socket.io/socket.io.min.js"]
CHART = "/vendor/lightweight-charts.js"


@pytest.fixture
def server(start_maxserver):
    return start_maxserver()


def test_have_their_types(server):
    types = {
        "/": "text/html; charset=utf-8",
        "/index.html": "text/html; charset=utf-8",
        "/style.css": "text/css; charset=utf-8",
        "/favicon.svg": "image/svg+xml",
        "/js/main.js": "text/javascript; charset=utf-8",
        "/health": "application/json",
        CHART: "text/javascript; charset=utf-8",
        **{file: "application/javascript; charset=utf-8" for file in CLIENT},
    }
    assert {path: server.get(path).headers["Content-Type"] for path in types} == types


def test_are_not_looked_for_below_api(server):
    """What the REST interface does not have is said in its own form, and everything else as text."""
    for method in ("GET", "POST", "DELETE"):
        answer = requests.request(method, server.url + "/api/none", data=b"x", timeout=10)
        assert answer.status_code == 404 and answer.json()["error"]["code"] == "NOT_FOUND"
    answer = requests.put(server.url + "/api/sectors", data=b"x", timeout=10)
    assert answer.status_code == 405 and answer.json()["success"] is False
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    answer = requests.post(server.url + "/none", data=b"x", timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", [*PAGE, CHART, *CLIENT])
def test_are_sent_once(server, path):
    first = server.get(path)
    assert first.status_code == 200 and first.content
    assert first.headers["Cache-Control"] == ("public, max-age=0" if path in CLIENT else "no-cache")
    tag = first.headers["ETag"]
    again = server.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    changed = server.get(path, headers={"If-None-Match": '"another"'})
    assert (changed.status_code, changed.content) == (200, first.content)


@pytest.mark.parametrize("tags", ['"another", {}', "W/{}", "*"], ids=["one of a list", "weak", "any"])
def test_validators_are_compared_as_http_says(server, tags):
    """RFC 9110, 13.1.2: a list, compared weakly, or any."""
    tag = server.get("/").headers["ETag"]
    assert server.get("/", headers={"If-None-Match": tags.format(tag)}).status_code == 304


def test_the_client_is_tagged_with_its_version_and_compressed(server):
    version = json.loads((ROOT / "Browser" / "versions.json").read_text())["socket.io"]
    file = (ROOT / "Browser" / "socket.io.min.js").read_bytes()
    for coding in ("gzip", "deflate", "identity"):
        answer = server.get("/socket.io/socket.io.min.js", headers={"Accept-Encoding": coding})
        assert answer.headers["ETag"] == f'"{version}"'
        assert answer.headers.get("Content-Encoding", "identity") == coding
        assert answer.content == file
        length = int(answer.headers["Content-Length"])
        assert length == len(file) if coding == "identity" else length < len(file) / 2


@pytest.mark.parametrize("path", ["/nothing", "/js", "/js/", "/js/nothing.js", "/health/", "/vendor/nothing.js"])
def test_what_is_not_there_is_404(server, path):
    answer = server.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/../Package.swift", "/js/../../index.html", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/.env"]
)
def test_nothing_outside_is_served(server, path):
    with requests.Session() as session:
        request = session.prepare_request(requests.Request("GET", server.url + "/"))
        request.url = server.url + path  # As it stands, dots and all.
        assert session.send(request).status_code == 404


def test_the_page_may_be_asked_for_with_a_query(server):
    assert server.get("/?transports=polling").content == server.get("/").content


def test_head_is_get_without_a_body(server):
    head, get = requests.head(server.url, timeout=10), server.get("/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get.content))


def test_missing_libraries_say_how_to_get_them(start_maxserver, tmp_path):
    (tmp_path / "empty").mkdir()
    server = start_maxserver(BROWSER_FILES=str(tmp_path / "empty"))
    assert server.has_logged("make browser-files", "warning")
    assert server.get("/").status_code == 200
    for library in [CHART, *CLIENT]:
        answer = server.get(library)
        assert answer.status_code == 404 and "make browser-files" in answer.text
