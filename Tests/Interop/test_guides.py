"""The guides to MaxServer hold: every command, every answer, the page's script and the file of routes."""

import json
import subprocess
from typing import List

import pytest
import socketio

import guide
from page_server import PageServer
from programs import free_port
from waiting import PATIENCE, eventually

# What the guides call so is under test.
SHELL = """
set -e
curl() {{ command curl --fail-with-body "$@" || [ $? = 22 ]; }}
redis-cli() {{ command redis-cli -p {redis} "$@"; }}
maxserver() {{ PORT={port} {maxserver} "$@"; }}
{text}
"""


@pytest.fixture
def redis(start_redis):
    return start_redis()


@pytest.fixture
def run(bin_dir, tmp_path, redis):
    """Runs a command of a guide against a server, and returns what it prints."""

    def run(server, command: guide.Command) -> str:
        text = command.text.replace("localhost:8000", f"127.0.0.1:{server.port}")
        script = SHELL.format(
            redis=redis.port, port=server.port, maxserver=bin_dir / "maxserver", text=text
        )
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, f"{command.text}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def browser_arguments(port) -> List[str]:
    return [f"--host-resolver-rules=MAP localhost:8000 127.0.0.1:{port}"]


def follow(name: str, server, run) -> None:
    """Does what a guide says. What only asks is asked until what was said before is stored."""
    for command in guide.commands(name):
        if command.answer is None:
            run(server, command)
        elif command.changes_something:
            answer = run(server, command)
            assert guide.fits(json.loads(answer), command.answer), f"{command.text}\n{answer}"
        else:
            eventually(
                f"the answer to {command.text}",
                lambda: guide.fits(json.loads(run(server, command)), command.answer),
            )


def test_rest(start_maxserver, run):
    follow("rest.md", start_maxserver(), run)


class TestChannels:
    @pytest.fixture
    def server(self, start_maxserver, redis, tmp_path):
        """With the routes that the guide shows."""
        routes = next(text for text in guide.blocks("channels.md", "json") if text.startswith("["))
        (tmp_path / "routes.json").write_text(routes)
        server = start_maxserver(REDIS_URL=redis.url, ROUTES_FILE="routes.json")
        eventually("Redis is there", lambda: server.redis_health()["status"] == "ok")
        return server

    def test_ways_to_publish(self, server, run):
        follow("channels.md", server, run)
        eventually("all came", lambda: server.health()["messages"]["received"] == 4)
        assert server.health()["messages"]["unreadable"] == 0
        bars = server.get("/api/bars/AAPL?resolution=1&from=1736937000000&to=1736937000000")
        eventually("the bar is stored", lambda: bars.json()["data"])

    def test_of_ones_own(self, server, redis):
        client, heard = socketio.Client(), []
        client.on("*", lambda event, data: heard.append((event, data)))
        client.connect(server.url)
        order = {"order": {"id": "o-1"}, "state": "new"}
        redis.publish("orders:fx", order)
        redis.publish("orders:fx", {**order, "state": "filled"})
        eventually("both came", lambda: server.health()["messages"]["received"] == 2)
        for room in ("topic:orders-fx", "topic:order-o-1"):
            joined = client.call("subscribe", {"rooms": [room, "topic:quotes"]}, timeout=PATIENCE)["rooms"][0]
            assert joined["snapshot"] == [{"event": "order:update", "data": {**order, "state": "filled"}}]
        for price in range(20):
            redis.publish("quotes:EUR", {"price": price})
        eventually("the last price came", lambda: ("quote", {"price": 19}) in heard)
        assert ("quote", {"price": 0}) in heard and len([event for event, _ in heard if event == "quote"]) < 20
        client.disconnect()


class TestLive:
    @pytest.fixture
    def page(self, start_maxserver, redis, port, browser):
        app = PageServer("http://localhost:8000")
        server = start_maxserver("--port", str(port), REDIS_URL=redis.url, CORS_ORIGINS=app.origin)
        eventually("Redis is there", lambda: server.redis_health()["status"] == "ok")
        context = browser.new_context()
        page = context.new_page()
        page.goto(app.origin)
        yield page
        context.close()
        app.close()

    def test_script(self, page, redis):
        lines: List[list] = []
        page.on("console", lambda line: lines.append([argument.json_value() for argument in line.args]))

        def until_said(*expected: list) -> None:
            # Its messages come while the page is waited for.
            eventually(
                f"the page says {expected}",
                lambda: page.wait_for_timeout(10) or all(line in lines for line in expected),
            )

        bar = {"open": 243.1, "high": 243.6, "low": 242.9, "close": 243.4, "volume": 1200}
        bars = [{"symbol": "AAPL", "resolution": "1", "bar": {"time": 60_000 * i, **bar}} for i in range(3)]
        script = "\n".join(guide.blocks("live.md", "js"))
        redis.publish("bars:AAPL:1", bars[0])
        redis.publish("agent_status", {"agentId": "a-7", "sectorId": "tech-001", "status": "active"})
        page.evaluate(f"() => {{ {script}; Object.assign(window, {{ socket, others }}); }}")
        until_said(
            ["Connected to MAX realtime server"],
            ["start afresh", "bars:AAPL:1"], ["start afresh", "sector:tech-001"], ["bar:update", bars[0]],
        )  # fmt: skip
        redis.publish("bars:AAPL:1", bars[1])
        until_said(["bar:update", bars[1]])
        page.evaluate("others()")
        until_said(["history", 2], ["presence", 1])

        lines.clear()
        page.evaluate("socket.disconnect()")
        redis.publish("bars:AAPL:1", bars[2])
        page.evaluate("socket.connect()")
        until_said(["bar:update", bars[2]])
        assert not [line for line in lines if line[0] == "start afresh"]
