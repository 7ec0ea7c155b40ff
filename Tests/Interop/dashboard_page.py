"""The dashboard page as tests use it, and messages that fill it."""

import os
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path

import requests
from playwright.sync_api import Page, expect

from cable import Cable
from waiting import PATIENCE, eventually

expect.set_options(timeout=PATIENCE * 1_000)

START = 1_697_097_600  # Seconds: where made bars begin.
# An hour ago: what is older than a day has no day.
_HOUR_AGO = datetime.now(timezone.utc).replace(second=0, microsecond=0) - timedelta(hours=1)


class Dashboard:
    """The page, and what a person reads off it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints = []
        self._was_cut_off = False
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message) -> None:
        # The browser says what it could not reach, and the page what it was reading when it was cut off.
        is_expected = self._was_cut_off and ("net::ERR" in message.text or message.text == "Failed to fetch")
        if message.type in ("error", "warning") and not is_expected:
            self.complaints.append(message.text)

    def open(self, url: str) -> "Dashboard":
        self.page.goto(url)
        expect(self.page.locator("#connection-state")).to_have_text("Connected")
        return self

    def shows_sector(self, sector: str, value: str) -> None:
        expect(self.field("sector", sector, "value")).to_have_attribute("data-value", value)

    def shows_candle(self, value: float) -> None:
        """Waits until the small line of the only sector ends with a value above all before."""
        points = self.page.locator('#sector-rows polyline')
        eventually(
            "the candle is there",
            lambda: self.page.wait_for_timeout(20) or (points.get_attribute("points") or "").endswith(",2.0"))

    def field(self, kind: str, key: str, field: str):
        return self.page.locator(f'[data-{kind}="{key}"] [data-field="{field}"]')

    def is_on(self, transport: str) -> None:
        expect(self.page.locator("#transport")).to_have_text(transport)

    @property
    def transports_seen(self) -> str:
        return self.page.locator("body").get_attribute("data-transports-seen")

    @property
    def chart(self):
        return self.page.locator("#chart")

    @property
    def bars(self) -> int:
        return int(self.chart.get_attribute("data-bars"))

    def shows_bars(self, count: int, first: int, last: int) -> None:
        """Waits for so many bars in the chart, from one start to another, in seconds."""
        expect(self.chart).to_have_attribute("data-bars", str(count))
        expect(self.chart).to_have_attribute("data-first-time", str(first))
        expect(self.chart).to_have_attribute("data-last-time", str(last))

    def choose_symbol(self, text: str) -> None:
        """Types into the field of the symbol, and presses Enter."""
        self.page.locator("#symbol").click()
        self.page.locator("#symbol").fill(text)
        self.page.keyboard.press("Enter")

    def choose_resolution(self, resolution: str) -> None:
        self.page.locator(f'#chart-resolutions [data-resolution="{resolution}"]').click()

    def is_cut_off(self, cable: Cable) -> None:
        """Cuts the cable, and waits until the page knows."""
        self._was_cut_off = True
        cable.cut()
        expect(self.page.locator("body")).not_to_have_attribute("data-connection", "connected")

    @property
    def title(self):
        return self.page.locator("#chart-title")


class Held:
    """Answers to a request of the page, which come when they are told to."""

    def __init__(self, page, pattern: str) -> None:
        self._page = page
        self._answers = []
        page.route(pattern, lambda route: self._answers.append((route, route.fetch())))

    def wait(self) -> None:
        eventually("the answer is on its way", lambda: self._page.wait_for_timeout(20) or self._answers)

    @property
    def count(self) -> int:
        return len(self._answers)

    def release(self) -> None:
        for route, answer in self._answers:
            route.fulfill(response=answer)


def made(server, what: str, **fields) -> None:
    assert requests.post(f"{server.url}/api/{what}", json=fields, timeout=PATIENCE).status_code == 201


def candle(minute: int, value: float) -> dict:
    timestamp = (_HOUR_AGO + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"sectorId": "tech-001", "candle": {"timestamp": timestamp, "value": value}}


def bar(time: int, close: float, symbol: str = "AAPL") -> dict:
    """As a feed sends it that leaves the resolution to the channel's name."""
    values = {"open": 150.0, "high": max(152.0, close), "low": min(149.0, close), "close": close}
    return {"symbol": symbol, "bar": {"time": time, **values, "volume": 1_000_000}}


def bars(symbol: str, count: int, step: int = 60, first: int = 0) -> list:
    """So many bars behind those before `first`, each a step of seconds behind the other."""
    return [bar((START + step * number) * 1_000, 150, symbol) for number in range(first, first + count)]


def store(server, redis, channel: str, messages: list) -> None:
    """Publishes bars, and waits until they are stored."""
    _, symbol, resolution = channel.split(":")
    redis.publish(channel, messages)
    path = f"/api/bars/{symbol}?resolution={resolution}&limit=5000"
    times = {message["bar"]["time"] for message in messages}
    eventually("they are stored", lambda: times <= {one["time"] for one in server.get(path).json()["data"]})


def walk(symbol: str, count: int) -> list:
    """Bars that wander, always the same ones."""
    chance = random.Random(symbol)
    bars, close = [], 150.0
    for minute in range(count):
        open, close = close, round(close + chance.uniform(-0.5, 0.5), 2)
        values = {"open": open, "high": max(open, close) + 0.1, "low": min(open, close) - 0.1, "close": close}
        values |= {"time": (START + 60 * minute) * 1_000, "volume": chance.randrange(100, 2_000)}
        bars.append({"symbol": symbol, "bar": values})
    return bars


def discussion(id: str, content: str, author: str = "Ada", at: str = "2025-01-15T10:30:00.000Z") -> dict:
    message = {"id": id, "content": content, "authorId": "a-1", "authorName": author}
    message |= {"timestamp": at, "type": "text"}
    return {"discussionId": "d-1", "message": message}


def pictures(default: Path) -> Path:
    """The folder for pictures to look at."""
    folder = Path(os.environ.get("SCREENSHOTS", default))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
