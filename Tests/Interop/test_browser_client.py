"""socket.io-client in a browser, in pages other than the dashboard: of other origins, and with compression."""

import re
from typing import Dict, List

import pytest
import requests
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from page_server import PageServer
from programs import ROOT, free_port
from waiting import PATIENCE, eventually

SEND = """async ([url, method, body, options]) => {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body), ...options });
    return [answer.status, (await answer.json()).data?.name ?? null, answer.headers.get("Location")];
}"""

CONNECT = """([url, options]) => {
    const socket = io(url, { reconnection: false, timeout: 10_000, ...options });
    const seen = window.seen = { transports: [], events: [], error: null };
    socket.io.on("open", () => {
        const engine = socket.io.engine;
        seen.transports.push(engine.transport.name);
        engine.on("upgrade", (transport) => seen.transports.push(transport.name));
    });
    socket.on("connect_error", (error) => { seen.error = error.message; });
    socket.onAny((name) => seen.events.push(name));
    window.socket = socket;
}"""


class Client:
    """A page with socket.io-client in it, and what the browser says about it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.console: List[str] = []
        self.handshakes: List[dict] = []
        page.on("console", lambda message: self.console.append(message.text))
        self._developer = page.context.new_cdp_session(page)
        self._developer.on("Network.webSocketHandshakeResponseReceived", self._handshaken)
        self._developer.send("Network.enable")

    def _handshaken(self, event: dict) -> None:
        self.handshakes.append(event["response"])

    def connect(self, url: str, **options) -> None:
        self.page.evaluate(CONNECT, [url, options])

    def until(self, what: str):
        """Waits for a condition in the words of the page; `seen` is what it has seen."""
        try:
            return self.page.wait_for_function(what, timeout=PATIENCE * 1_000).json_value()
        except PlaywrightTimeout:
            seen = self.page.evaluate("window.seen")
            raise AssertionError(f"not {what}: {seen}\n{self.complaints}") from None

    def header(self, name: str, direction: str = "headers") -> str:
        """Of the last WebSocket's handshake: of the answer, or of the `requestHeaders`."""
        eventually("there is a WebSocket", lambda: self.page.wait_for_timeout(10) or self.handshakes)
        headers: Dict[str, str] = self.handshakes[-1][direction]
        return {key.lower(): value for key, value in headers.items()}.get(name, "")

    @property
    def complaints(self) -> str:
        return "\n".join(self.console)


@pytest.fixture
def client(browser):
    context = browser.new_context()
    yield Client(context.new_page())
    context.close()


class TestPagesOfOtherOrigins:
    @pytest.fixture
    def open_elsewhere(self, client, start_maxserver):
        """Opens a page of another origin beside a server: `open_elsewhere(lambda origin: {"CORS_ORIGINS": …})`."""
        pages = []

        def open(settings):
            port = str(free_port())
            pages.append(PageServer(f"http://127.0.0.1:{port}"))
            server = start_maxserver("--port", port, **settings(pages[-1].origin))
            client.page.goto(pages[-1].origin)
            return server

        yield open
        for page in pages:
            page.close()

    @pytest.mark.parametrize("options", [{}, {"withCredentials": True}], ids=["", "credentials"])
    def test_that_are_listed_connect_and_upgrade(self, open_elsewhere, client, options):
        server = open_elsewhere(lambda origin: {"CORS_ORIGINS": f"https://app.example, {origin}"})
        client.connect(server.url, **options)
        client.until("seen.events.includes('connected') && seen.transports.length == 2")
        assert client.page.evaluate("seen.transports") == ["polling", "websocket"]
        assert client.page.evaluate("socket.timeout(5000).emitWithAck('subscribe', {rooms: ['all']})")["ok"]
        assert client.complaints == ""

    def test_that_are_listed_may_send_fields_of_their_own(self, open_elsewhere, client):
        """Browsers ask first, with OPTIONS."""
        server = open_elsewhere(lambda origin: {"CORS_ORIGINS": origin})
        client.connect(server.url, transports=["polling"], extraHeaders={"X-Token": "1"}, withCredentials=True)
        client.until("seen.events.includes('connected')")
        assert client.complaints == ""

    @pytest.mark.parametrize("options", [{}, {"credentials": "include"}], ids=["", "credentials"])
    def test_that_are_listed_read_and_write_over_rest(self, open_elsewhere, client, options):
        server = open_elsewhere(lambda origin: {"CORS_ORIGINS": origin})

        def send(path, method, body=None):
            return client.page.evaluate(SEND, [server.url + path, method, body, options])

        sector = {"id": "s", "name": "S", "symbol": "S"}
        assert send("/api/sectors", "POST", sector) == [201, "S", "/api/sectors/s"]
        assert send("/api/sectors/s", "PATCH", {"name": "T"}) == [200, "T", None]
        assert send("/api/sectors/s", "GET")[:2] == [200, "T"]
        assert send("/api/sectors/s", "DELETE")[0] == 200
        assert send("/api/sectors/s", "GET")[0] == 404

    def test_that_are_not_listed_write_nothing_over_rest(self, open_elsewhere, client):
        """Nor with a request that browsers send without asking."""
        server = open_elsewhere(lambda origin: {})
        for body in ("text", "new Blob([text])", "new Blob([text], {type: 'text/plain'})"):
            client.page.evaluate(
                f"""async (url) => {{
                    const text = JSON.stringify({{ id: "s", name: "S", symbol: "S" }});
                    await fetch(url, {{ method: "POST", mode: "no-cors", body: {body} }});
                }}""",
                f"{server.url}/api/sectors",
            )
        sectors = requests.get(f"{server.url}/api/sectors", timeout=PATIENCE).json()["data"]
        assert sectors == []
        with pytest.raises(PlaywrightError, match="Failed to fetch"):
            client.page.evaluate(SEND, [f"{server.url}/api/sectors", "POST", {}, {}])
        with pytest.raises(PlaywrightError, match="Failed to fetch"):
            client.page.evaluate("(url) => fetch(url)", f"{server.url}/api/sectors")

    def test_may_be_all(self, open_elsewhere, client):
        server = open_elsewhere(lambda origin: {"CORS_ORIGINS": "*"})
        client.connect(server.url)
        client.until("seen.events.includes('connected') && seen.transports.length == 2")
        assert client.complaints == ""

    def test_that_are_all_get_no_credentials(self, open_elsewhere, client):
        server = open_elsewhere(lambda origin: {"CORS_ORIGINS": "*"})
        client.connect(server.url, transports=["polling"], withCredentials=True)
        assert client.until("seen.error") == "xhr poll error"
        assert "Access-Control-Allow-Origin" in client.complaints and "credentials" in client.complaints

    @pytest.mark.parametrize("is_listed", [True, False])
    def test_that_are_listed_may_read_the_client(self, open_elsewhere, client, is_listed):
        """As modules and scripts with `integrity` have to be."""
        server = open_elsewhere(lambda origin: {"CORS_ORIGINS": origin if is_listed else "https://app.example"})
        read = f"fetch('{server.url}/socket.io/socket.io.min.js').then((answer) => answer.ok, () => false)"
        assert client.page.evaluate(read) == is_listed

    @pytest.mark.parametrize("origins", [None, "https://app.example"], ids=["nothing set", "another"])
    def test_that_are_not_listed_cannot_poll(self, open_elsewhere, client, origins):
        server = open_elsewhere(lambda origin: {"CORS_ORIGINS": origins})
        client.connect(server.url)
        assert client.until("seen.error") == "xhr poll error"
        assert "blocked by CORS policy" in client.complaints
        assert client.page.evaluate("seen.events") == []

    def test_that_are_not_listed_cannot_open_websockets(self, open_elsewhere, client):
        server = open_elsewhere(lambda origin: {"CORS_ORIGINS": "https://app.example"})
        client.connect(server.url, transports=["websocket"])
        assert client.until("seen.error") == "websocket error"
        assert "Unexpected response code: 403" in client.complaints
        assert server.health()["connections"] == 0
        assert 'errors_total{code="4",context="INVALID_ORIGIN"} 1\n' in server.get("/metrics").text

    def test_open_websockets_when_no_origins_are_set(self, open_elsewhere, client):
        """As with Node: browsers leave WebSockets to the server, and the server was told nothing."""
        server = open_elsewhere(lambda origin: {})
        client.connect(server.url, transports=["websocket"])
        client.until("seen.events.includes('connected')")

    def test_of_the_same_host_are_other_origins_by_their_port(self, open_elsewhere, client):
        server = open_elsewhere(lambda origin: {"CORS_ORIGINS": origin.rsplit(":", 1)[0]})
        client.connect(server.url, transports=["websocket"])
        assert client.until("seen.error") == "websocket error"

    @pytest.mark.parametrize(
        "origins, host",
        [
            (None, "127.0.0.1"),
            ("*", "127.0.0.1"),
            ("https://app.example", "127.0.0.1"),
            ("https://app.example", "localhost"),
        ],
    )
    def test_pages_of_the_server_itself_always_connect(self, start_maxserver, client, origins, host):
        server = start_maxserver(CORS_ORIGINS=origins)
        url = server.url.replace("127.0.0.1", host)
        client.page.goto(url)
        for transports in (["websocket"], ["polling", "websocket"]):
            client.connect(url, transports=transports, forceNew=True)
            client.until(f"seen.events.includes('connected') && seen.transports.length == {len(transports)}")
        assert client.complaints == ""

    def test_pages_over_https_of_the_server_itself_always_connect(self, start_maxserver, browser, certificate):
        server = start_maxserver(certificate=certificate, CORS_ORIGINS="https://app.example")
        context = browser.new_context(ignore_https_errors=True)
        try:
            client = Client(context.new_page())
            client.page.goto(server.url)
            client.connect(server.url, transports=["websocket"], forceNew=True)
            client.until("seen.events.includes('connected')")
        finally:
            context.close()


class TestTheServersOwnClient:
    """The files below the server's path, as with Node's `serveClient`."""

    @pytest.mark.parametrize("file", ["socket.io.js", "socket.io.min.js"])
    def test_connects(self, start_maxserver, client, file):
        server = start_maxserver()
        client.page.goto(f"{server.url}/health")  # Without a script of its own.
        with client.page.expect_response(f"**/{file}") as loaded:
            client.page.add_script_tag(url=f"/socket.io/{file}")
        assert loaded.value.header_value("content-encoding") == "gzip"
        client.connect(server.url)
        client.until("seen.events.includes('connected') && seen.transports.length == 2")

    def test_is_fetched_once(self, start_maxserver, client):
        """After that the server only says that it is the same."""
        server = start_maxserver()
        statuses = []
        client.page.goto(f"{server.url}/health")
        client.page.on("response", lambda response: statuses.append(response.status))
        for _ in range(3):
            client.page.reload()
            client.page.add_script_tag(url="/socket.io/socket.io.min.js")
        assert [status for status in statuses if status == 304] == [304, 304], statuses


class TestCompression:
    @pytest.fixture
    def open_beside(self, client):
        """Opens a page of a server that has none, with socket.io-client in it."""

        def open(server) -> None:
            # Its answer to "not found", because the browser asks where a page comes from that was made up.
            client.page.goto(server.url)
            client.page.add_script_tag(path=ROOT / "Browser" / "socket.io.min.js")

        return open

    @pytest.mark.parametrize(
        "setting, transports, is_agreed",
        [
            ("on", ["websocket"], True),
            ("on", ["polling", "websocket"], True),
            ("off", ["polling", "websocket"], False),
            (None, ["websocket"], False),
        ],
    )
    def test_is_agreed_on_when_it_is_on(self, start_maxserver, client, setting, is_agreed, transports):
        server = start_maxserver(WEBSOCKET_COMPRESSION=setting)
        client.page.goto(server.url)
        client.connect(server.url, transports=transports, forceNew=True)
        client.until("seen.events.includes('connected')")
        assert "permessage-deflate" in client.header("sec-websocket-extensions", "requestHeaders")
        answer = client.header("sec-websocket-extensions")
        assert re.match(r"permessage-deflate(;|$)", answer) if is_agreed else answer == ""

    @pytest.mark.parametrize("text", ["words", "chance", "unicode"])
    def test_brings_large_messages_whole_both_ways(self, start_server, client, open_beside, text):
        server = start_server("conformance-server", "--compression")
        open_beside(server)
        client.connect(server.url, transports=["websocket"])
        client.until("seen.transports.length == 1 && socket.connected")
        assert "permessage-deflate" in client.header("sec-websocket-extensions")
        assert client.page.evaluate(ECHO, TEXTS[text]) == [True] * 5
        assert client.page.evaluate("socket.connected")

    def test_brings_bytes_and_small_messages_between_large_ones(self, start_server, client, open_beside):
        server = start_server("conformance-server", "--compression")
        open_beside(server)
        client.connect(server.url)
        client.until("seen.transports.length == 2 && socket.connected")
        assert client.page.evaluate(ECHO_BYTES) == [True] * 20

    def test_brings_live_bars(self, start_maxserver, client):
        """With the past in the answer to the subscription, which is long."""
        server = start_maxserver(WEBSOCKET_COMPRESSION="on", BAR_GENERATOR_INTERVAL="0.05")
        client.page.goto(server.url)
        client.connect(server.url, transports=["websocket"], forceNew=True)
        eventually(
            "the server, which has just started, has made the past",
            lambda: len(client.page.evaluate(SUBSCRIBE)["rooms"][0]["snapshot"]) > 100)
        client.until("seen.events.filter((name) => name == 'bar:update').length > 20")
        assert client.complaints == ""


# Each about 200 KB of UTF-8.
TEXTS = {
    "words": "'the quick brown fox jumps over the lazy dog. '.repeat(4_500)",
    "chance": "Array.from({length: 200_000}, () => String.fromCharCode(32 + 94 * Math.random())).join('')",
    "unicode": "'žluťoučký kůň – 日本語 – 👩‍👩‍👧 '.repeat(4_000)",
}
SUBSCRIBE = "socket.timeout(10_000).emitWithAck('subscribe', {rooms: ['bars:AAPL:1']})"
ECHO = """async (source) => {
    const answers = [];
    for (let turn = 0; turn < 5; turn++) {
        const text = eval(source);
        answers.push(socket.timeout(10_000).emitWithAck("message-with-ack", text).then((back) => back === text));
    }
    return Promise.all(answers);
}"""
ECHO_BYTES = """async () => {
    const answers = [];
    for (let turn = 0; turn < 20; turn++) {
        const bytes = new Uint8Array(turn % 2 ? 50_000 : 3).map((_, place) => turn * place);
        const isSame = (back) => {
            const seen = new Uint8Array(back);
            return seen.length == bytes.length && seen.every((byte, place) => byte == bytes[place]);
        };
        answers.push(socket.timeout(10_000).emitWithAck("message-with-ack", bytes).then(isSame));
    }
    return Promise.all(answers);
}"""
