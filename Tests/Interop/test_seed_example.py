"""The JavaScript example of the MAX backend's own documentation, as it stands there, in a browser.

It is at home on `http://localhost:8000`: the browser is told that this is where the server under test is.
"""

from typing import Any, List, Tuple

import pytest

from page_server import PageServer
from programs import free_port
from waiting import eventually

# Of its first line, `import { io } from 'socket.io-client';`, a page without a bundler has a script's element instead.
EXAMPLE = """
const socket = io('http://localhost:8000', {
  path: '/socket.io/'
});

socket.on('connect', () => {
  console.log('Connected to MAX realtime server');
});

socket.on('market:update', (data) => {
  console.log('Market update:', data);
});

socket.on('sector:candle_update', (data) => {
  console.log('Candle update:', data);
});

socket.on('discussion:new_message', (data) => {
  console.log('New message:', data);
});

socket.on('agent:status_update', (data) => {
  console.log('Agent status:', data);
});
"""

# What the documentation shows of each channel, and what its client says on its console.
MESSAGES = {
    "market_updates": ("Market update:", {"sectorId": "tech-001", "value": 1250.50, "timestamp": "2025-01-15T10:30:00.000Z"}),
    "sector_candles": (
        "Candle update:",
        {
            "sectorId": "tech-001",
            "candle": {
                "timestamp": "2025-01-15T10:30:00.000Z",
                "value": 1250.50, "open": 1245.00, "high": 1255.00, "low": 1240.00, "close": 1250.50,
            },
        },
    ),
    "discussion_messages": (
        "New message:",
        {
            "discussionId": "disc-123",
            "message": {
                "id": "msg-456",
                "content": "I think we should buy more tech stocks",
                "authorId": "agent-789",
                "authorName": "TradingBot",
                "timestamp": "2025-01-15T10:30:00.000Z",
                "type": "text",
            },
        },
    ),
    "agent_status": ("Agent status:", {"agentId": "agent-789", "sectorId": "tech-001", "status": "active"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def browser_arguments(port) -> List[str]:
    return [f"--host-resolver-rules=MAP localhost:8000 127.0.0.1:{port}"]


@pytest.fixture
def redis(start_redis):
    return start_redis()


@pytest.fixture
def app():
    """An app elsewhere, which has the client from the server."""
    server = PageServer("http://localhost:8000")
    yield server
    server.close()


@pytest.fixture
def server(start_maxserver, redis, app, port):
    server = start_maxserver("--port", str(port), REDIS_URL=redis.url, CORS_ORIGINS=app.origin)
    eventually("Redis is there", lambda: server.health()["status"] == "ok")
    return server


@pytest.fixture
def page(browser, server, app):
    context = browser.new_context()
    page = context.new_page()
    page.goto(app.origin)
    yield page
    context.close()


class Console:
    """What a page says: the first word of each line, and the value beside it."""

    def __init__(self, page) -> None:
        self._page, self._messages = page, []
        page.on("console", lambda message: self._messages.append(message))

    def until(self, count: int) -> List[Tuple[str, Any]]:
        # Its messages come while the page is waited for.
        eventually(f"{count} lines", lambda: self._page.wait_for_timeout(10) or len(self._messages) >= count)
        lines = [[argument.json_value() for argument in message.args] for message in self._messages]
        return [(line[0], line[1] if len(line) > 1 else None) for line in lines]


def test_shows_all_that_is_published(redis, page):
    console = Console(page)
    page.evaluate(f"() => {{ {EXAMPLE} }}")
    assert console.until(1) == [("Connected to MAX realtime server", None)]
    for channel, (_, payload) in MESSAGES.items():
        redis.publish(channel, payload)
    assert console.until(5)[1:] == list(MESSAGES.values())


def test_shows_what_the_publish_helpers_send(redis, page):
    """They leave out what they were not given; the server adds the time."""
    console = Console(page)
    page.evaluate(f"() => {{ {EXAMPLE} }}")
    console.until(1)
    redis.publish("market_updates", {"sectorId": "tech-001", "indexValue": 1250.50})
    message = {"id": "msg-456", "content": "Hello!", "authorId": "agent-789", "timestamp": "2025-01-15T10:30:00.000Z"}
    redis.publish("discussion_messages", {"discussionId": "disc-123", "message": message})
    (_, update), (said, discussion) = console.until(3)[1:]
    assert update.pop("timestamp").endswith("Z")
    assert update == {"sectorId": "tech-001", "indexValue": 1250.5}
    assert (said, discussion["discussionId"]) == ("New message:", "disc-123")
    assert message.items() <= discussion["message"].items()
