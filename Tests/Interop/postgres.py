"""A Postgres of a test's own, which it may end and freeze."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import List, Optional

from programs import Program, free_port
from waiting import PATIENCE

FAST = signal.SIGINT  # Statements are broken off and clients told.
IMMEDIATE = signal.SIGQUIT  # As a crash would: nobody is told, and the next start recovers.


def _user() -> Optional[pwd.struct_passwd]:
    """Who runs it when we are root, because Postgres refuses to."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def _program(name: str) -> str:
    """Debian has a folder for each version, and Homebrew may keep them off the path."""
    places = [("/usr/lib/postgresql", "*"), ("/opt/homebrew/opt", "postgresql*"), ("/usr/local/opt", "postgresql*")]
    found = [path for home, version in places for path in Path(home).glob(f"{version}/bin/{name}")]
    newest = max(found, key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))], default=None)
    program = newest or shutil.which(name)
    assert program, f"there is no {name}: install PostgreSQL"
    return str(program)


class Postgres:
    """A cluster in a folder of its own. It is among the programs of a test, and may start several times."""

    name = "postgres"

    def __init__(self, output_folder: Path) -> None:
        self.port = free_port()
        self.url = f"postgresql://postgres:secret@127.0.0.1:{self.port}/postgres"
        # Not below the test's own folder, into which no other user may look.
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-test-"))
        self._output_folder = output_folder
        self._user = _user()
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._server: Optional[Program] = None
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"]
        self._run("initdb", "-D", str(self.folder / "data"), *options)

    def _command(self, program: str) -> List[str]:
        if not self._user:
            return [_program(program)]
        ids = [f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}"]
        return ["setpriv", *ids, "--clear-groups", "--", _program(program)]

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command(program), *arguments],
            cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{program} failed:\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Starts it, or starts it again, and waits until it takes connections."""
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
            "fsync": "off", "shared_buffers": "16MB", "max_connections": 200,
        }  # fmt: skip
        command = [*self._command("postgres"), "-D", str(self.folder / "data")]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._server = Program(self.name, command, self._output_folder, working_directory=self.folder)
        self._server.until("is ready", lambda: "ready to accept connections" in self.output)

    @property
    def output(self) -> str:
        return self._server.output if self._server else ""

    def end(self, how: signal.Signals) -> None:
        """Ends it and waits for the end."""
        self._server.signal(how)
        self._server.exit_status()

    def freeze(self) -> None:
        """Lets it stand still, with all its processes: connections stay, nothing is answered."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        server = self._server.process.pid
        children = subprocess.run(["pgrep", "-P", str(server)], stdout=subprocess.PIPE, text=True).stdout.split()
        for process in [server, *map(int, children)]:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass  # It has ended by itself.

    def query(self, sql: str) -> List[List[str]]:
        """What a statement answers, row by row."""
        output = self._run("psql", "-qAtX", "-F", "\t", "-d", self.url, "-c", sql)
        return [line.split("\t") for line in output.splitlines()]

    def stop(self) -> None:
        """Ends it for good."""
        try:
            if self._server and self._server.is_running:
                self.thaw()
                self._server.signal(IMMEDIATE)
                self._server.process.wait(timeout=PATIENCE)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
