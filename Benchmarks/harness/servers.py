"""Starts a server, drives it with the load generator, and reads off what it cost."""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
ROOT = BENCHMARKS.parent
LOAD = BENCHMARKS / "sioload"
PINS = sys.platform == "linux" and (os.cpu_count() or 1) > 1


@dataclass(frozen=True)
class Server:
    """`{port}` in the command is where it is to listen."""

    name: str
    command: str

    def line(self, port: int, options: str = "") -> list[str]:
        return shlex.split(self.command.replace("{port}", str(port))) + shlex.split(options)


class Failed(Exception):
    """A run that says nothing."""


def tls_options(folder: Path) -> str:
    """A certificate for this machine, and bench-server's options for it."""
    certificate, key = folder / "bench.pem", folder / "bench.key"
    if not certificate.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
             "-subj", "/CN=localhost", "-out", certificate, "-keyout", key], check=True, capture_output=True)
    return f"--tls-certificate {certificate} --tls-key {key}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(server: Server, options: str, load: str, seconds: float, loops: int = 1) -> dict[str, float]:
    """One run: the server on core 0 (with its loops: on all), the load generator on core 1."""
    port = free_port()
    command = server.line(port, options)
    if PINS and loops == 1:
        command = ["taskset", "-c", "0", *command]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        wait_until_listening(port, process)
        return drive(process.pid, port, load, seconds, loops)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_listening(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failed(f"the server ended: {process.stderr.read()[-300:].strip()}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise Failed("the server does not listen")


def drive(pid: int, port: int, load: str, seconds: float, loops: int) -> dict[str, float]:
    scheme = "https" if "--tls" in load.split() else "http"
    command = [
        str(LOAD), "--url", f"{scheme}://127.0.0.1:{port}", "--server-pid", str(pid), "--seconds", str(seconds),
        *load.split(),
    ]
    if PINS and loops == 1:
        command += ["--cpu", "1", "--spin"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120)
    except subprocess.TimeoutExpired:
        raise Failed("the load generator did not come to an end") from None
    if done.returncode != 0:
        raise Failed(done.stderr.strip().split("\n")[0])
    return figures(json.loads(done.stdout))


def figures(report: dict) -> dict[str, float]:
    """What the load generator's report says, under the names that scenarios use."""
    if report["failed"] or report["errors"] or report["stalled"] or report.get("missing"):
        raise Failed(
            f"{report['failed']} connections failed, {report['errors']} errors, {report.get('missing', 0)} missing")
    if not report["ops"]:
        raise Failed("not one operation was over in that time")
    latency = report["latency_us"]
    read = {
        "cpu": report["server_cpu_us_per_op"],
        "user": report["server_user_us_per_op"],
        "rate": report["per_s"],
        "p50": latency["p50"],
        "p99": latency["p99"],
        "growth": report["server_rss_kb_end"] / max(report["server_rss_kb_before"], 1),
    }
    if "hold_server_cpu_us_per_conn_s" in report:
        read["held"] = report["hold_server_cpu_us_per_conn_s"]
        read["load"] = read["held"] * report["ready"] / 10_000
    if report["rss_bytes_per_conn"] is not None:
        read["bytes"] = report["rss_bytes_per_conn"]
    return read
