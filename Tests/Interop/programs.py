"""The programs under test and what they need, as processes that end with the test."""

import json
import os
import random
import re
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import requests

from certificates import Certificate
from waiting import PATIENCE, eventually

ROOT = Path(__file__).resolve().parent.parent.parent
STARTUP = 30.0  # Seconds.


def binaries() -> Path:
    """Where the built executables are: BIN_DIR, or where `swift build` puts them."""
    if "BIN_DIR" in os.environ:
        return Path(os.environ["BIN_DIR"]).resolve()
    command = ["swift", "build", "--show-bin-path", "--package-path", str(ROOT)]
    return Path(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip())


def example_binaries() -> Path:
    """Where the built example apps are: EXAMPLES_BIN_DIR, or where `make examples` puts them."""
    return Path(os.environ.get("EXAMPLES_BIN_DIR", ROOT / ".build" / "examples" / "debug")).resolve()


def free_port() -> int:
    """A port where nothing listens, outside the range from which the system takes ports by itself."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """A process whose output is kept."""

    def __init__(
        self,
        name: str,
        command: List[str],
        folder: Path,
        environment: Optional[Dict[str, str]] = None,
        working_directory: Optional[Path] = None,
    ) -> None:
        self.name = name
        self._output = tempfile.NamedTemporaryFile(dir=folder, prefix=f"{name}-", suffix=".log", delete=False)
        self.process = subprocess.Popen(
            command,
            cwd=working_directory or folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    @property
    def output(self) -> str:
        return Path(self._output.name).read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def until(self, what: str, condition, within: float = STARTUP):
        """Waits for the condition as long as the process runs."""

        def holds_or_over():
            return condition() or not self.is_running

        eventually(f"{self.name}: {what}", holds_or_over, within)
        answer = condition()
        assert answer, f"{self.name} ended with {self.process.returncode} before: {what}\n{self.output}"
        return answer

    def wait_until_ready(self) -> None:
        """Waits until it serves."""

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def exit_status(self, within: float = PATIENCE) -> int:
        return self.process.wait(timeout=within)

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        if self.is_running:
            self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ends it as an operator would, and by force if that is not enough."""
        if self.is_running:
            self.process.terminate()
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} does not end on SIGTERM\n{self.output}") from None
        finally:
            self._output.close()


class SocketServer(Program):
    """bench-server or conformance-server."""

    def __init__(
        self,
        executable: Path,
        folder: Path,
        port: int,
        loops: int,
        arguments: List[str],
        certificate: Optional[Certificate],
    ) -> None:
        command = [str(executable), "--port", str(port), "--loops", str(loops), *arguments]
        if certificate:
            command += ["--tls-certificate", str(certificate.chain), "--tls-key", str(certificate.key)]
        super().__init__(executable.name, command, folder)
        self.port = port
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"

    def wait_until_ready(self) -> None:
        self.until("listens", lambda: accepts(self.port))


class FeatureServer(Program):
    """feature-server, whose namespaces show what clients can see."""

    def __init__(self, executable: Path, folder: Path, port: int, options: Dict[str, Any]) -> None:
        command = [str(executable), "--port", str(port), "--client-files", str(ROOT / "Browser")]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-")] + ([] if value is True else [str(value)])
        super().__init__(executable.name, command, folder)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def wait_until_ready(self) -> None:
        self.until("listens", lambda: accepts(self.port))


class Example(Program):
    """One of the apps that are packages of their own, e.g. `Chat`. It runs where its reader runs it."""

    def __init__(self, package: str, executable: Path, folder: Path, port: int) -> None:
        command = [str(executable), str(port)]
        super().__init__(package, command, folder, working_directory=ROOT / "Examples" / package)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def wait_until_ready(self) -> None:
        self.until("listens", lambda: accepts(self.port))


class MaxServer(Program):
    """maxserver, on a port of its choice unless `--port` is given."""

    def __init__(
        self,
        executable: Path,
        folder: Path,
        arguments: List[str],
        settings: Dict[str, Optional[str]],
        certificate: Optional[Certificate],
    ) -> None:
        # Only what a test sets: neither the settings of whoever runs the tests, nor those of a file.
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment.update({"PORT": "0", "HOST": "127.0.0.1", "BROWSER_FILES": str(ROOT / "Browser")})
        if certificate:
            environment.update({"TLS_CERTIFICATE": str(certificate.chain), "TLS_KEY": str(certificate.key)})
        environment.update(settings)
        environment = {name: value for name, value in environment.items() if value is not None}
        command = [str(executable), "serve", *arguments]
        self.verify = str(certificate.chain) if certificate else True
        super().__init__("maxserver", command, folder, environment)

    def wait_until_ready(self) -> None:
        scheme, port = self.until("says where it serves", self._address_in_log)
        self.port = int(port)
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.until("is healthy", lambda: self.health()["status"] in ("ok", "degraded"))

    def _address_in_log(self) -> Optional[Tuple[str, str]]:
        found = re.search(r"serving on (https?)://\S+:(\d+)", self.output)
        return found.group(1, 2) if found else None

    @property
    def log(self) -> List[dict]:
        """The lines that were logged; anything else in the output is a failure."""
        return [json.loads(line) for line in self.output.splitlines()]

    def has_logged(self, text: str, level: Optional[str] = None) -> bool:
        return any(text in line["msg"] and level in (None, line["level"]) for line in self.log)

    def line(self, text: str) -> dict:
        """The first line with this text."""
        return next(line for line in self.log if text in line["msg"])

    def get(self, path: str, **options) -> requests.Response:
        return requests.get(self.url + path, timeout=PATIENCE, **{"verify": self.verify, **options})

    def health(self) -> dict:
        return self.get("/health").json()

    def redis_health(self) -> dict:
        return self.health()["checks"]["redis"]


class Redis(Program):
    """A Redis of its own, with nothing saved."""

    def __init__(self, folder: Path, port: int, password: Optional[str]) -> None:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "no"]
        command += ["--requirepass", password] if password else []
        super().__init__("redis-server", command, folder)
        self.port = port
        self._password = ["--no-auth-warning", "-a", password] if password else []
        self.url = f"redis://127.0.0.1:{port}/0"

    def wait_until_ready(self) -> None:
        self.until("is ready", lambda: "Ready to accept connections" in self.output)

    def cli(self, *arguments: str, input: Optional[str] = None) -> str:
        command = ["redis-cli", "-p", str(self.port), *self._password, *arguments]
        done = subprocess.run(
            command, check=True, input=input, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return done.stdout.strip()

    def publish_bytes(self, channel: str, message: bytes) -> None:
        """Publishes bytes that are no text, and makes sure that somebody got them."""
        command = ["redis-cli", "-p", str(self.port), *self._password, "-x", "PUBLISH", channel]
        done = subprocess.run(command, check=True, input=message, stdout=subprocess.PIPE)
        assert done.stdout.strip() not in (b"0", b""), f"nobody is subscribed to {channel}"

    def publish(self, channel: str, message) -> None:
        """Publishes text as it is, anything else as JSON, and makes sure that somebody got it."""
        text = message if isinstance(message, str) else json.dumps(message)
        # From standard input, because no command line is as long as the longest message.
        receivers = self.cli("-x", "PUBLISH", channel, input=text)
        assert receivers != "0", f"nobody is subscribed to {channel}"


def stop_all(programs: List[Program]) -> None:
    """Stops them in the order that is safe, and complains when all are stopped."""
    problems = []
    for program in reversed(programs):
        try:
            program.stop()
        except AssertionError as problem:
            problems.append(str(problem))
    assert not problems, "\n".join(problems)
