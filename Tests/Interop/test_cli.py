"""The command line of maxserver: options, environment, `.env`, and how it ends."""

import asyncio
import json
import os
import re
import signal
import subprocess

import pytest
import requests
import socketio

from programs import ROOT, accepts
from waiting import PATIENCE, eventually_async


class TestHelp:
    @pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"], ["serve", "--help"], []])
    def test_lists_every_setting(self, run_maxserver, arguments):
        done = run_maxserver(*arguments)
        assert done.returncode == 0 and done.stderr == ""
        for option, variable in OPTIONS.items():
            (line,) = [line for line in done.stdout.splitlines() if line.startswith(f"  --{option} ")]
            assert line.split()[1] == variable and len(line.split()) > 4
        assert "/health" in done.stdout and "/metrics" in done.stdout

    @pytest.mark.parametrize("argument", ["--version", "version"])
    def test_version(self, run_maxserver, start_maxserver, argument):
        done = run_maxserver(argument)
        assert done.returncode == 0
        assert done.stdout == f"maxserver {start_maxserver().health()['version']}\n"


OPTIONS = {
    "host": "HOST",
    "port": "PORT",
    "loops": "LOOPS",
    "log-level": "LOG_LEVEL",
    "redis-url": "REDIS_URL",
    "database-url": "DATABASE_URL",
    "migrations": "MIGRATIONS",
    "tls-certificate": "TLS_CERTIFICATE",
    "tls-key": "TLS_KEY",
    "cors-origins": "CORS_ORIGINS",
    "trusted-proxies": "TRUSTED_PROXIES",
    "max-connections": "MAX_CONNECTIONS",
    "max-per-address": "MAX_SESSIONS_PER_ADDRESS",
    "compression": "WEBSOCKET_COMPRESSION",
    "browser-files": "BROWSER_FILES",
}


class TestMistakes:
    @pytest.mark.parametrize(
        "arguments, said",
        [
            (["serve", "--prot", "9000"], "did you mean --port?"),
            (["serve", "--redis-uri", "redis://localhost"], "did you mean --redis-url?"),
            (["serve", "--port"], "--port needs a value"),
            (["serve", "9000"], 'unexpected "9000"'),
            (["sevre"], 'unknown command "sevre"'),
            (["bars", "imprt"], 'unknown command "bars imprt"'),
        ],
    )
    def test_in_usage_exit_with_64(self, run_maxserver, arguments, said):
        done = run_maxserver(*arguments)
        assert done.returncode == 64 and done.stdout == ""
        line, more = done.stderr.splitlines()
        assert said in line and more == "maxserver --help tells more"

    @pytest.mark.parametrize(
        "settings",
        [
            {"PORT": "eighty"},
            {"PORT": "65536"},
            {"PORT": ""},
            {"LOOPS": "0"},
            {"LOG_LEVEL": "loud"},
            {"REDIS_URL": "localhost:6379"},
            {"REDIS_URL": "redis://:secret@host:port"},
            {"DATABASE_URL": "max.db"},
            {"DATABASE_URL": "postgresql://ann:secret@host:port/max"},
            {"BAR_GENERATOR_INTERVAL": "0"},
            {"BAR_GENERATOR_RESOLUTIONS": "7"},
            {"CORS_ORIGINS": "app.example"},
            {"CORS_ORIGINS": "https://app.example,https://*.example"},
            {"CORS_ORIGINS": "https://app.example/page"},
            {"TRUSTED_PROXIES": "proxy.example"},
            {"TRUSTED_PROXIES": "loopback 10.0.0.0/33"},
            {"MAX_CONNECTIONS": "0"},
            {"MAX_CONNECTIONS": "many"},
            {"MAX_CONNECTIONS": "99999999999999999999"},
            {"MAX_SESSIONS_PER_ADDRESS": "0"},
            {"MAX_SESSIONS_PER_ADDRESS": "-1"},
            {"WEBSOCKET_COMPRESSION": "gzip"},
            {"TLS_KEY": "key.pem"},
        ],
        ids=str,
    )
    def test_in_settings_exit_with_78(self, run_maxserver, settings):
        done = run_maxserver("serve", **settings)
        assert done.returncode == 78
        (line,) = done.stderr.splitlines()
        assert line.startswith("maxserver: ") and next(iter(settings)) in line and "secret" not in line

    def test_in_options_are_those_of_settings(self, run_maxserver):
        done = run_maxserver("serve", "--max-connections", "0", MAX_CONNECTIONS="7")
        assert done.returncode == 78
        assert done.stderr == 'maxserver: MAX_CONNECTIONS is a number from 1 to 10000000, not "0"\n'

    @pytest.mark.parametrize("loops", ["1", "2"])
    def test_a_port_in_use_exits_with_1(self, run_maxserver, start_maxserver, loops):
        other = start_maxserver(LOOPS=loops)
        done = run_maxserver("serve", "--port", str(other.port), HOST="127.0.0.1", LOOPS=loops)
        assert done.returncode == 1
        assert f"127.0.0.1:{other.port}" in done.stderr and "in use" in done.stderr

    def test_an_address_of_another_machine_exits_with_1(self, run_maxserver):
        done = run_maxserver("serve", "--host", "192.0.2.1")
        assert done.returncode == 1
        assert "192.0.2.1" in done.stderr


class TestSettings:
    def test_from_the_environment(self, start_maxserver, free_port):
        server = start_maxserver(HOST="127.0.0.1", PORT=str(free_port), LOOPS="1")
        assert server.port == free_port
        assert server.line("serving on")["loops"] == "1"

    def test_from_a_file(self, start_maxserver, tmp_path):
        (tmp_path / ".env").write_text("# ours\nexport LOOPS=2\nLOG_LEVEL='debug'\nBAR_GENERATOR_SYMBOLS=BTC # one\n")
        server = start_maxserver()
        assert server.line("serving on")["loops"] == "2"
        assert server.has_logged("['BTC']")

    def test_a_line_of_the_file_that_says_nothing_is_told(self, start_maxserver, tmp_path):
        (tmp_path / ".env").write_text("LOOPS=1\nthis is not a setting\n")
        server = start_maxserver()
        assert server.has_logged("line 2 of the .env file", "warning")

    def test_the_command_line_beats_the_environment_beats_the_file(self, start_maxserver, tmp_path):
        (tmp_path / ".env").write_text("LOOPS=3\nBAR_GENERATOR_SYMBOLS=FILE\nPORT=1\n")
        server = start_maxserver("--loops=1", LOOPS="2", BAR_GENERATOR_SYMBOLS="ENVIRONMENT")
        assert server.line("serving on")["loops"] == "1"
        assert server.has_logged("['ENVIRONMENT']")

    def test_any_host(self, start_maxserver):
        server = start_maxserver(HOST="0.0.0.0")
        assert accepts(server.port)
        assert server.has_logged("serving on http://localhost:")

    def test_the_browser_files_of_the_working_directory_are_found(self, start_maxserver, tmp_path):
        (tmp_path / "Browser").symlink_to(ROOT / "Browser")
        server = start_maxserver(BROWSER_FILES=None)
        assert server.get("/socket.io/socket.io.js").status_code == 200


class TestEnd:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    @pytest.mark.parametrize("transport", ["polling", "websocket"])
    def test_disconnects_clients_and_exits_with_0(self, start_maxserver, number, transport):
        server = start_maxserver()

        async def story():
            client = socketio.AsyncClient(reconnection=False)
            gone = []
            client.on("disconnect", gone.append)
            await client.connect(server.url, transports=[transport])
            server.signal(number)
            await eventually_async("the client heard of it", lambda: gone)

        asyncio.run(story())
        assert server.exit_status() == 0
        assert server.log[-1]["msg"] == "closed"
        assert not accepts(server.port)

    def test_is_quick_with_an_idle_browser_connection(self, start_maxserver):
        """Browsers keep connections open for later; those hold nothing up."""
        server = start_maxserver()
        with requests.Session() as session:
            assert session.get(server.url + "/health").status_code == 200
            server.signal(signal.SIGTERM)
            assert server.exit_status(within=5) == 0

    def test_lets_the_next_one_have_the_port(self, start_maxserver):
        first = start_maxserver()
        first.stop()
        second = start_maxserver("--port", str(first.port))
        assert second.health()["status"] == "ok"


class TestStandardError:
    """Who reads the log may be slow, or gone; clients must not notice."""

    @pytest.fixture
    def server(self, bin_dir, tmp_path):
        """A server whose log is a pipe, and where it serves."""
        process = subprocess.Popen(
            [bin_dir / "maxserver", "serve"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PORT": "0", "HOST": "127.0.0.1", "LOG_LEVEL": "debug", "LOOPS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            first = next(line for line in process.stderr if b"serving on" in line)
            yield process, re.search(r"http://[^:]+:\d+", first.decode()).group()
        finally:
            process.kill()
            process.wait()
            process.stderr.close()

    def test_that_was_closed_ends_nothing(self, server):
        process, url = server
        process.stderr.close()
        self.connect(url, times=3)
        assert requests.get(url + "/health", timeout=PATIENCE).json()["connections"] == 3
        process.terminate()
        assert process.wait(timeout=PATIENCE) == 0

    def test_that_nobody_reads_holds_nothing_up(self, server):
        """As much is logged as no pipe holds, and when it is read again the log says how much it lacks."""
        process, url = server
        self.connect(url, times=600)
        assert requests.get(url + "/health", timeout=PATIENCE).json()["connections"] == 600
        log = self.waiting_lines(process)
        self.connect(url, times=1)
        log += self.waiting_lines(process)
        lost = sum(int(line["lines"]) for line in log if line["msg"] == "lines of this log were lost")
        connected = sum(line["msg"] == "connected" for line in log)
        assert lost > 0 and lost + connected == 601

    @staticmethod
    def waiting_lines(process) -> list:
        """What stands in the pipe now; it ends with a whole line."""
        os.set_blocking(process.stderr.fileno(), False)
        return [json.loads(line) for line in process.stderr.read().splitlines()]

    @staticmethod
    def connect(url: str, times: int) -> None:
        """Sockets that the server has logged."""
        with requests.Session() as session:
            for _ in range(times):
                path = f"{url}/socket.io/?EIO=4&transport=polling"
                opened = session.get(path, timeout=PATIENCE).text
                path += f"&sid={json.loads(opened[1:])['sid']}"
                assert session.post(path, data="40", timeout=PATIENCE).text == "ok"
