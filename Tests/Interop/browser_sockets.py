"""socket.io-client in a page, unmodified and as the server itself serves it, driven from here."""

from pathlib import Path
from typing import Any, List

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from waiting import PATIENCE

DRIVER = Path(__file__).with_name("browser_sockets.js")


class BrowserSocket:
    """A socket in the page. Bytes are bytes here, and ArrayBuffers there."""

    def __init__(self, page: Page, number: int) -> None:
        self._page = page
        self._number = number

    def js(self, expression: str, *values) -> Any:
        """What an expression is in which `socket` is this one, and `values` are these."""
        return self._evaluate(f"({{socket}}, ...values) => ({expression})", *values)

    def _evaluate(self, function: str, *values) -> Any:
        script = f"""async ([number, values]) =>
            interop.shown(await ({function})(interop.of(number), ...interop.meant(values)))"""
        return _from_page(self._page.evaluate(script, [self._number, _to_page(list(values))]))

    def until(self, condition: str, *values) -> None:
        """Waits for an expression in which `story`, `events`, `socket` are this one's, and `values` are these."""
        script = f"""([number, values]) => {{
            const {{ socket, story, events }} = interop.of(number);
            return {condition};
        }}"""
        try:
            self._page.wait_for_function(
                script, arg=[self._number, _to_page(list(values))], timeout=PATIENCE * 1_000, polling=10
            )
        except PlaywrightTimeout:
            raise AssertionError(f"not {condition}: {self.story} {str(self.events)[:2_000]}") from None

    def open_beside(self, namespace: str) -> "BrowserSocket":
        """A socket that begins to connect to another namespace on the same connection."""
        script = "([number, namespace]) => interop.openBeside(number, namespace)"
        return BrowserSocket(self._page, self._page.evaluate(script, [self._number, namespace]))

    def connect_beside(self, namespace: str) -> "BrowserSocket":
        """A socket that is connected to another namespace on the same connection."""
        socket = self.open_beside(namespace)
        socket.until("socket.connected")
        return socket

    # What it does.

    def emit(self, name: str, *values) -> None:
        self._page.evaluate(
            "([number, name, values]) => interop.emit(number, name, values)",
            [self._number, name, _to_page(list(values))],
        )

    def call(self, name: str, *values, timeout: float = PATIENCE) -> Any:
        """What the server answers: a list if it has several arguments, None if it has none. Or `NoAnswer`."""
        answer = _from_page(
            self._page.evaluate(
                "([number, time, name, values]) => interop.call(number, time, name, values)",
                [self._number, timeout * 1_000, name, _to_page(list(values))],
            )
        )
        if isinstance(answer, str):
            raise NoAnswer(answer)
        return answer[0] if len(answer) == 1 else answer or None

    def answer(self, name: str, function: str) -> None:
        """Answers an event with what a function in the page makes of its arguments; never if that is undefined."""
        self._page.evaluate(
            f"""([number, name]) => interop.of(number).socket.on(name, (...values) => {{
                const answer = values.pop();
                const result = ({function})(...values);
                if (result !== undefined) answer(result);
            }})""",
            [self._number, name],
        )

    def disconnect(self) -> None:
        self.js("void socket.disconnect()")

    def connect(self) -> None:
        self.js("void socket.connect()")

    # What it went through.

    @property
    def story(self) -> List[str]:
        """`connect`, reasons of disconnecting, and `connect_error: ` with the message."""
        return self._evaluate("({story}) => story")

    @property
    def steps(self) -> List[str]:
        """The story without the times that it could not connect."""
        return [step for step in self.story if not step.startswith("connect_error")]

    @property
    def events(self) -> List[list]:
        """Names and arguments, in the order in which they came; not those that want an answer."""
        return self._evaluate("({events}) => events")

    def values(self, name: str) -> list:
        """Of the events of a name: the argument, or the list of them."""
        return [event[1] if len(event) == 2 else event[1:] for event in self.events if event[0] == name]

    def await_events(self, name: str, count: int) -> list:
        self.until(f"events.filter(([name]) => name === {name!r}).length >= {count}")
        return self.values(name)

    @property
    def error(self) -> dict:
        return self._evaluate("({error}) => error")

    @property
    def recovered(self) -> List[bool]:
        """Whether it was recovered, for each time that it connected."""
        return self._evaluate("({recovered}) => recovered")

    @property
    def id(self) -> str:
        return self.js("socket.id")

    @property
    def transport(self) -> str:
        return self.js("socket.io.engine.transport.name")


class NoAnswer(Exception):
    """The client gave an event up, in its words."""


class Tab:
    """A page of the server's own, with its client in it."""

    def __init__(self, page: Page, url: str, transport) -> None:
        self._page = page
        self._url = url
        self._transports, self._final = transport
        page.add_init_script(path=DRIVER)
        page.goto(url)

    def end_sockets(self) -> None:
        """Leaves nothing to the next test."""
        self._page.evaluate("interop.end()")

    def open(self, namespace: str = "/", **options) -> BrowserSocket:
        """A socket that begins to connect, with a connection of its own."""
        options = {
            "transports": self._transports, "forceNew": True, "reconnection": False, "timeout": 10_000,
            "reconnectionDelay": 20, "reconnectionDelayMax": 100, **options,
        }  # fmt: skip
        script = "([url, options]) => interop.open(url, options)"
        return BrowserSocket(self._page, self._page.evaluate(script, [self._url + namespace, options]))

    def connect(self, namespace: str = "/", **options) -> BrowserSocket:
        """A socket that is connected, on the transport that it comes to."""
        socket = self.open(namespace, **options)
        socket.until(f"socket.connected && socket.io.engine.transport.name === '{self._final}'")
        return socket

    def leave(self) -> None:
        """Goes to a page without sockets; this one is gone with all that it had."""
        self._page.goto("about:blank")

    def block(self, milliseconds: int) -> None:
        """Lets nothing run in the page for a time."""
        self._page.evaluate("(time) => { for (const end = Date.now() + time; Date.now() < end; ); }", milliseconds)


def _to_page(value):
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, (list, tuple)):
        return [_to_page(element) for element in value]
    if isinstance(value, dict):
        return {key: _to_page(member) for key, member in value.items()}
    return value


def _from_page(value):
    if isinstance(value, list):
        return [_from_page(element) for element in value]
    if isinstance(value, dict):
        if set(value) == {"bytes"}:
            return bytes.fromhex(value["bytes"])
        return {key: _from_page(member) for key, member in value.items()}
    return value
