"""What the tests are given: programs that are started for one test, and stopped whatever happens."""

import os
import re
import shutil
import subprocess
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, ContextManager, List, Optional

import pytest
from playwright.sync_api import Browser, sync_playwright

import programs
from browser_sockets import Tab
from cable import Cable
from certificates import Certificate, make_certificate
from dashboard_page import Dashboard
from postgres import Postgres
from programs import Example, FeatureServer, MaxServer, Program, Redis, SocketServer
from transports import TRANSPORTS
from waiting import PATIENCE, eventually

_started = pytest.StashKey[List[Program]]()


@pytest.fixture(scope="session")
def bin_dir() -> Path:
    folder = programs.binaries()
    for name in ("maxserver", "bench-server", "conformance-server", "feature-server"):
        assert (folder / name).is_file(), f"{folder} has no {name}: build first, with `swift build`"
    return folder


@pytest.fixture
def started(request, tmp_path):
    """The programs of this test, in the order of their start. Their output is shown if the test fails."""
    request.node.stash[_started] = []
    yield request.node.stash[_started]
    programs.stop_all(request.node.stash[_started])


def launched(program: Program, started: List[Program]) -> Program:
    # Noted before it is waited for: one that never gets ready has to be stopped too.
    started.append(program)
    program.wait_until_ready()
    return program


@pytest.fixture
def free_port() -> int:
    return programs.free_port()


@pytest.fixture
def start_maxserver(bin_dir, tmp_path, started) -> Callable[..., MaxServer]:
    """`start_maxserver("--loops", "1", REDIS_URL=…)`: options, and settings in the environment; None for none."""

    def start(
        *arguments: str,
        folder: Path = tmp_path,
        certificate: Optional[Certificate] = None,
        **settings: Optional[str],
    ) -> MaxServer:
        executable = bin_dir / "maxserver"
        return launched(MaxServer(executable, folder, list(arguments), settings, certificate), started)

    return start


@pytest.fixture
def run_maxserver(bin_dir, tmp_path):
    """Runs it to its end: `run_maxserver("serve", PORT="x")`. TimeoutExpired if it starts to serve instead."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [bin_dir / "maxserver", *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PORT": "0", **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    return run


@pytest.fixture
def start_server(bin_dir, tmp_path, started) -> Callable[..., SocketServer]:
    """`start_server("bench-server", loops=2)`; a certificate and further options for conformance-server."""

    def start(
        name: str, *arguments: str, loops: int = 1, port: int = 0, certificate: Optional[Certificate] = None
    ) -> SocketServer:
        port = port or programs.free_port()
        server = SocketServer(bin_dir / name, tmp_path, port, loops, list(arguments), certificate)
        return launched(server, started)

    return start


@pytest.fixture
def start_features(bin_dir, tmp_path, started) -> Callable[..., FeatureServer]:
    """`start_features(recovery=5_000)`: with the options of feature-server, which has the client's files."""

    def start(port: int = 0, **options) -> FeatureServer:
        server = FeatureServer(bin_dir / "feature-server", tmp_path, port or programs.free_port(), options)
        return launched(server, started)

    return start


@pytest.fixture(scope="module")
def run_features(bin_dir, tmp_path_factory, request) -> Callable[..., ContextManager[FeatureServer]]:
    """`with run_features(…) as server`: the same for all tests of a module, which leave nothing in it."""

    @contextmanager
    def run(**options):
        folder = tmp_path_factory.mktemp("features")
        server = FeatureServer(bin_dir / "feature-server", folder, programs.free_port(), options)
        request.node.stash.setdefault(_started, []).append(server)
        try:
            server.wait_until_ready()
            yield server
        finally:
            programs.stop_all([server])

    return run


@pytest.fixture(scope="module")
def features(run_features) -> FeatureServer:
    """A server that has all features and no options."""
    with run_features() as server:
        yield server


@pytest.fixture
def lay_cable() -> Callable[[FeatureServer], Cable]:
    """`lay_cable(server)`: another way to it, which can be cut."""
    cables = []

    def lay(server: FeatureServer) -> Cable:
        cables.append(Cable(server.port))
        return cables[-1]

    yield lay
    for cable in cables:
        cable.close()


@pytest.fixture
def start_example(tmp_path, started) -> Callable[[str], Example]:
    """`start_example("GameLobby")`"""

    def start(package: str) -> Example:
        # Executables are named in lower case, with hyphens.
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", package).lower()
        executable = programs.example_binaries() / name
        assert executable.is_file(), f"there is no {executable}: build first, with `make examples`"
        return launched(Example(package, executable, tmp_path, programs.free_port()), started)

    return start


@pytest.fixture
def certificate(tmp_path) -> Certificate:
    return make_certificate(tmp_path)


@pytest.fixture
def start_redis(tmp_path, started) -> Callable[..., Redis]:
    def start(port: int = 0, password: Optional[str] = None) -> Redis:
        return launched(Redis(tmp_path, port or programs.free_port(), password), started)

    return start


@pytest.fixture
def start_postgres(tmp_path, started) -> Callable[[], Postgres]:
    def start() -> Postgres:
        postgres = Postgres(tmp_path)
        started.append(postgres)
        postgres.start()
        return postgres

    return start


@pytest.fixture(scope="module")
def browser_arguments() -> List[str]:
    """What the browser is started with; for modules to say otherwise."""
    return []


# Of a module, because asyncio cannot run beside it: modules have either a browser or asyncio.
@pytest.fixture(scope="module")
def browser(browser_arguments) -> Browser:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, "no Chromium found: install the package chromium, or name its executable in CHROMIUM"
    with sync_playwright() as playwright:
        # Without a sandbox, because tests run as root in containers, on pages of our own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *browser_arguments])
        yield browser
        browser.close()


@pytest.fixture
def redis(start_redis) -> Redis:
    return start_redis()


@pytest.fixture
def server(start_maxserver, redis) -> MaxServer:
    """A server that is subscribed to Redis."""
    server = start_maxserver(REDIS_URL=redis.url)
    eventually("the server listens to Redis", lambda: server.redis_health()["status"] == "ok")
    return server


@pytest.fixture
def dashboard(browser):
    """The dashboard page on a desk, which complains of nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    dashboard = Dashboard(context.new_page())
    yield dashboard
    context.close()
    assert dashboard.complaints == []


@pytest.fixture(scope="module", params=TRANSPORTS, ids=TRANSPORTS)
def transport(request):
    """How to connect, and the transport that it must come to."""
    return TRANSPORTS[request.param]


@pytest.fixture
def new_tab(browser, transport) -> Callable[[FeatureServer], Tab]:
    """`new_tab(server)`: a page of the server's own, whose client uses the transport."""
    contexts = []

    def open(server: FeatureServer) -> Tab:
        contexts.append(browser.new_context())
        return Tab(contexts[-1].new_page(), server.url, transport)

    yield open
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def features_tab(browser, features, transport) -> Tab:
    context = browser.new_context()
    yield Tab(context.new_page(), features.url, transport)
    context.close()


@pytest.fixture
def tab(features_tab) -> Tab:
    """A page of the server that has all features and no options."""
    yield features_tab
    features_tab.end_sockets()


@pytest.fixture
def room() -> str:
    """The name of a room that nobody is in."""
    return f"room {uuid.uuid4()}"


BROWSERS = [
    "chromium", "chromium-browser", "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]  # fmt: skip


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for program in [one for node in item.listchain() for one in node.stash.get(_started, [])]:
            # The end tells most.
            report.sections.append((f"output of {program.name}", program.output[-20_000:]))
    return report
