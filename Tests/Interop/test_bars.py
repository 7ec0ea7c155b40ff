"""`maxserver bars` as processes: bars that are made up, read from a file, and published once more."""

import asyncio
import re
import signal

import pytest
import requests
import socketio

from programs import Program, free_port
from prometheus import Page
from waiting import PATIENCE, eventually, eventually_async

MINUTE = 60_000
START = 1_736_937_000_000  # 2025-01-15T10:30:00Z
ROWS = 100_000


class Bars(Program):
    """`maxserver bars generate`, or another of the commands that run until they are told to end."""

    def __init__(self, executable, folder, words, settings):
        environment = {"PATH": "/usr/bin:/bin", "HOST": "127.0.0.1", "BAR_GENERATOR_PORT": "0", **settings}
        super().__init__("bars-" + words[0], [str(executable), "bars", *words], folder, environment)

    def get(self, path: str) -> requests.Response:
        port = self.until("tells its port", lambda: re.search(r"health on http://\S+:(\d+)", self.output))[1]
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE)

    def health(self) -> requests.Response:
        return self.get("/health")

    def metrics(self) -> Page:
        return Page(self.get("/metrics").text)


@pytest.fixture
def start_bars(bin_dir, tmp_path, started):
    def start(*words, **settings) -> Bars:
        started.append(Bars(bin_dir / "maxserver", tmp_path, words, settings))
        return started[-1]

    return start


class Listener:
    """A client that hears of bars."""

    def __init__(self, *rooms: str) -> None:
        self.client = socketio.AsyncClient()
        self.rooms = rooms
        self.bars = []
        self.client.on("bar:update", self.bars.append)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_) -> None:
        await self.client.disconnect()

    async def listen(self, server) -> "Listener":
        await self.client.connect(server.url, transports=["websocket"], wait_timeout=PATIENCE)
        await self.client.call("subscribe", {"rooms": list(self.rooms)}, timeout=PATIENCE)
        return self


class TestGenerate:
    def test_reaches_clients_through_redis(self, start_redis, start_maxserver, start_bars):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url, LOG_LEVEL="debug")
        eventually("the server listens", lambda: server.redis_health()["status"] == "ok")
        assert "Bar subscriber started for pattern: bars:*" in server.output

        async def story():
            async with Listener("bars:BTC:1", "bars:ETH:5") as listener:
                await listener.listen(server)
                # One for each set of symbols.
                for symbol in ["BTC", "ETH"]:
                    start_bars(
                        "generate", REDIS_URL=redis.url, BAR_GENERATOR_SYMBOLS=symbol, BAR_GENERATOR_INTERVAL="0.05")
                series = lambda: {(one["symbol"], one["resolution"]) for one in listener.bars}
                await eventually_async("bars of both", lambda: series() == {("BTC", "1"), ("ETH", "5")})
                assert set(listener.bars[0]["bar"]) == {"time", "open", "high", "low", "close", "volume"}
                assert '"Broadcasted bar for bars:BTC:1"' in server.output

        asyncio.run(story())

    def test_tells_its_health_and_ends_when_told(self, start_redis, start_bars):
        redis = start_redis()
        bars = start_bars("generate", REDIS_URL=redis.url, BAR_GENERATOR_INTERVAL="0.05", LOG_LEVEL="debug")
        eventually("it publishes", lambda: bars.health().json()["published"] > 10)
        answer = bars.health()
        health = answer.json()
        assert answer.status_code == 200 and health["status"] == "ok" and health["dropped"] == 0
        assert health["redis"]["status"] == "ok" and health["redis"]["latency_ms"] > 0
        assert health["last_publish"].endswith("Z")
        assert "Bar generator started for symbols: ['AAPL', 'GOOGL', 'MSFT']" in bars.output
        eventually("it tells what it published", lambda: '"Published to bars:AAPL:1"' in bars.output)
        bars.signal(signal.SIGTERM)
        assert bars.exit_status() == 0 and '"closed"' in bars.output

    def test_goes_on_while_redis_is_away(self, start_redis, start_bars):
        port = free_port()
        bars = start_bars("generate", REDIS_URL=f"redis://127.0.0.1:{port}", BAR_GENERATOR_INTERVAL="0.05")
        eventually("it drops bars", lambda: bars.health().json()["dropped"] > 0)
        answer = bars.health()
        assert answer.status_code == 503 and answer.json()["redis"]["status"] == "down"
        redis = start_redis(port=port)
        eventually("it publishes", lambda: bars.health().json()["published"] > 0)
        assert bars.health().status_code == 200
        redis.kill()
        eventually("it knows that Redis is gone", lambda: bars.health().status_code == 503)
        bars.signal(signal.SIGINT)
        assert bars.exit_status() == 0

    def test_sends_a_past_compressed(self, start_redis, start_maxserver, start_bars):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url)
        eventually("the server listens", lambda: server.redis_health()["status"] == "ok")
        settings = {"BAR_GENERATOR_SYMBOLS": "BTC", "BAR_GENERATOR_RESOLUTIONS": "1", "BAR_COMPRESSION": "gzip"}
        bars = start_bars("generate", REDIS_URL=redis.url, BAR_GENERATOR_INTERVAL="3600", **settings)
        # Less the one of this minute, if that has only begun.
        eventually("it publishes", lambda: bars.health().json()["published"] >= 239)
        stored = lambda: server.get("/api/bars/BTC?resolution=1&limit=5000").json()["data"]
        eventually("all are stored", lambda: len(stored()) >= 239)
        messages = server.health()["messages"]
        assert messages["received"] <= 2 and messages["unreadable"] == 0

    def test_has_figures_for_prometheus(self, start_redis, start_bars):
        port = free_port()
        bars = start_bars("generate", REDIS_URL=f"redis://127.0.0.1:{port}", BAR_GENERATOR_INTERVAL="0.05")
        eventually("it drops bars", lambda: bars.metrics().value("bars_total", result="dropped") > 0)
        page = bars.metrics()
        assert set(page.families) == {f"maxserver_{name}" for name in ["bars_total", "bus_up", "bus_connects_total"]}
        assert page.value("bars_total", result="published") == page.value("bus_up") == 0
        start_redis(port=port)
        eventually("it publishes", lambda: bars.metrics().value("bars_total", result="published") > 10)
        page = bars.metrics()
        assert page.value("bus_up") == page.value("bus_connects_total") == 1

    def test_a_server_goes_on_where_it_was(self, start_maxserver):
        def stored(server):
            return server.get("/api/bars/AAPL?resolution=1&limit=5000").json()["data"]

        server = start_maxserver(BAR_GENERATOR_INTERVAL="0.05")
        eventually("there is a past", lambda: len(stored(server)) >= 240)
        server.stop()
        server = start_maxserver(BAR_GENERATOR_INTERVAL="0.05")
        eventually("it goes on", lambda: server.health()["messages"]["received"] > 20)
        bars = stored(server)
        assert len(bars) < 250
        for last, bar in zip(bars, bars[1:]):
            assert bar["time"] == last["time"] + MINUTE and bar["open"] == last["close"]


def line(number: int, symbol: str = "AAPL") -> str:
    return f"{START + number * MINUTE},{100 + number % 7},110,90,{100 + number % 5},{number},{symbol},1\n"


HEADER = "time,open,high,low,close,volume,symbol,resolution\n"


class TestImport:
    def test_stores_a_file_once_and_again(self, run_maxserver, start_maxserver, tmp_path):
        (tmp_path / "bars.csv").write_text(HEADER + "".join(map(line, range(ROWS))))
        for _ in range(2):
            done = run_maxserver("bars", "import", "bars.csv")
            assert done.returncode == 0, done.stderr
            assert "bars.csv: 100,000 rows read, 100,000 stored, 0 bad lines in " in done.stdout
        server = start_maxserver(BAR_GENERATOR_SYMBOLS="X")
        answer = server.get("/api/bars/AAPL?resolution=1&limit=5000&to=2025-12-31").json()["data"]
        last = ROWS - 1
        assert len(answer) == 5_000 and answer[-1] == {
            "time": START + last * MINUTE, "open": 100 + last % 7, "high": 110, "low": 90, "close": 100 + last % 5,
            "volume": last,
        }  # fmt: skip

    def test_tells_bad_lines_and_stores_the_others(self, run_maxserver, tmp_path):
        (tmp_path / "bars.csv").write_text(HEADER + "".join([line(0), *["bad\r\n"] * 25, line(1)]))
        done = run_maxserver("bars", "import", "bars.csv")
        assert done.returncode == 1
        assert "line 3: it has 1 fields, and the header 8\n" in done.stderr and "line 23:" not in done.stderr
        assert "5 more bad lines are not shown" in done.stdout
        assert "2 rows read, 2 stored, 25 bad lines" in done.stdout

    def test_checks_without_storing(self, run_maxserver, tmp_path):
        (tmp_path / "bars.csv").write_text("time,open,high,low,close\n2025-01-15T10:30:00Z,1,2,1,2\n")
        done = run_maxserver("bars", "import", "bars.csv", "--dry-run", "--symbol", "A", "--resolution", "D")
        assert done.returncode == 0 and "1 rows read, nothing stored (dry run), 0 bad lines" in done.stdout
        assert not (tmp_path / "max.db").exists()
        refused = run_maxserver("bars", "import", "bars.csv")
        assert refused.returncode == 1 and "--symbol" in refused.stderr and not (tmp_path / "max.db").exists()
        missing = run_maxserver("bars", "import", "none.csv")
        assert missing.returncode == 1 and "cannot read none.csv: No such file" in missing.stderr


class TestReplay:
    @pytest.fixture
    def stored(self, run_maxserver, tmp_path):
        """Twenty minutes of two symbols."""
        text = "".join(line(number, symbol) for symbol in ["B", "A"] for number in range(20))
        (tmp_path / "bars.csv").write_text(HEADER + text)
        assert run_maxserver("bars", "import", "bars.csv").returncode == 0

    def test_reaches_clients_in_order(self, stored, start_redis, start_maxserver, run_maxserver):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url, DATABASE_URL="sqlite::memory:")
        eventually("the server listens", lambda: server.redis_health()["status"] == "ok")

        async def story():
            async with Listener("bars:A:1", "bars:B:1") as listener:
                await listener.listen(server)
                # A minute in 5 ms.
                words = ["--from=2025-01-15T10:32:00Z", "--to=2025-01-15T10:41:00Z", "--speed=12000"]
                run = lambda: run_maxserver("bars", "replay", *words, REDIS_URL=redis.url)
                done = await asyncio.to_thread(run)
                assert done.returncode == 0, done.stderr
                assert "20 bars published, until 2025-01-15T10:41:00.000Z in " in done.stdout
                times = lambda symbol: [one["bar"]["time"] for one in listener.bars if one["symbol"] == symbol]
                expected = [START + number * MINUTE for number in range(2, 12)]
                await eventually_async("all came", lambda: times("A")[-1:] == times("B")[-1:] == expected[-1:])
                # Of one bar only the last word counts, and bars of one room are never mixed up.
                assert times("A") == times("B") == expected

        asyncio.run(story())

    def test_sends_batches_compressed(self, stored, start_redis, start_maxserver, run_maxserver):
        redis = start_redis()
        server = start_maxserver(REDIS_URL=redis.url, DATABASE_URL="sqlite::memory:")
        eventually("the server listens", lambda: server.redis_health()["status"] == "ok")
        words = ["--from=2025-01-15", "--to=2025-01-16", "--speed=0", "--bar-compression=gzip"]
        done = run_maxserver("bars", "replay", *words, REDIS_URL=redis.url)
        assert done.returncode == 0 and "40 bars published" in done.stdout, done.stderr
        bars = lambda symbol: server.get(f"/api/bars/{symbol}?resolution=1").json()["data"]
        eventually("all are stored", lambda: len(bars("A")) == len(bars("B")) == 20)
        assert server.health()["messages"]["received"] == 2

    def test_ends_when_told(self, stored, start_redis, start_bars):
        redis = start_redis()
        words = ["--from=2025-01-15", "--to=2025-01-16", "--speed=1"]
        bars = start_bars("replay", *words, REDIS_URL=redis.url)
        eventually("it publishes", lambda: "cmdstat_publish:calls=2" in redis.cli("INFO", "commandstats"))
        bars.signal(signal.SIGTERM)
        assert bars.exit_status() == 0
        assert "2 bars published, until 2025-01-15T10:30:00.000Z, then told to end" in bars.output

    def test_goes_through_a_server_where_there_is_no_redis(self, stored, start_maxserver, run_maxserver):
        server = start_maxserver(DATABASE_URL="sqlite::memory:", BAR_GENERATOR_SYMBOLS="X")
        words = ["--from=2025-01-15", "--to=2025-01-16", "--speed=0", "--symbols=A"]

        async def story():
            async with Listener("bars:A:1") as listener:
                await listener.listen(server)
                done = await asyncio.to_thread(lambda: run_maxserver("bars", "replay", *words, "--url", server.url))
                assert done.returncode == 0 and "20 bars published" in done.stdout, done.stderr
                last = START + 19 * MINUTE
                await eventually_async("the last came", lambda: [one["bar"]["time"] for one in listener.bars][-1:] == [last])

        asyncio.run(story())

    def test_needs_a_store_and_a_way(self, stored, run_maxserver, tmp_path):
        words = ["bars", "replay", "--from=2025-01-15", "--to=2025-01-16"]
        refused = run_maxserver(*words, DATABASE_URL="sqlite:///none.db")
        assert refused.returncode == 1 and "there is no database at none.db" in refused.stderr
        assert not (tmp_path / "none.db").exists()
        refused = run_maxserver(*words, PORT=str(free_port()))
        assert refused.returncode == 1 and "nothing was published" in refused.stderr
        refused = run_maxserver(*words, REDIS_URL=f"redis://127.0.0.1:{free_port()}")
        assert refused.returncode == 1 and "nothing is replayed: Redis at" in refused.stderr
