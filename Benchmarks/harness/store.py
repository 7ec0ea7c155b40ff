"""Stores the same candles in Postgres and SQLite: as the server does, as a COPY, and as asyncpg's `executemany`.

    make bench-store
    make bench-store ARGS="--rows 200000 --rounds 5"

The ways take turns, each begins with an empty table. CPU time is that of the client's process, and of all of the server's.
"""

import argparse
import asyncio
import json
import os
import pwd
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import asyncpg

from .servers import BENCHMARKS, ROOT, free_port

UPSERT = """
    INSERT INTO sector_candles (sector_id, "timestamp", value, open, high, low, close, volume)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (sector_id, "timestamp") DO UPDATE SET value = excluded.value, open = excluded.open,
        high = excluded.high, low = excluded.low, close = excluded.close, volume = excluded.volume"""
TICK = os.sysconf("SC_CLK_TCK")
BATCH = 200  # Rows of one executemany.


def main() -> int:
    options = parse()
    binary = build()
    with postgres() as server:
        ways = {
            "ours, Postgres": lambda: ours(binary, server.url, options.rows, server),
            "COPY (asyncpg)": lambda: asyncio.run(other(server, options.rows, copy)),
            f"executemany (asyncpg, {BATCH} rows)": lambda: asyncio.run(other(server, options.rows, executemany)),
            "ours, SQLite": lambda: sqlite(binary, options.rows),
        }
        runs = {name: [] for name in ways}
        for _ in range(options.rounds):
            for name, run in ways.items():
                asyncio.run(drop(server.url))
                runs[name].append(run())
    lines = table(runs)
    print("\n".join(lines))
    folder = BENCHMARKS / "results"
    (folder / "store.md").write_text("\n".join(lines) + "\n")
    (folder / "store.json").write_text(json.dumps({"rows": options.rows, "runs": runs}, indent=1) + "\n")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-store ARGS=…", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=500_000, help="rows of each run (500,000)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each way (3)")
    return parser.parse_args()


def build() -> Path:
    swift = ["swift", "build", "-c", "release", "--product", "bench-store"]
    subprocess.run(swift, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    folder = subprocess.run([*swift, "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(folder.stdout.strip()) / "bench-store"


def table(runs: dict[str, list[dict]]) -> list[str]:
    lines = [
        "| way | rows a second | client CPU, µs a row | server CPU, µs a row |", "|---|---:|---:|---:|"]
    for name, list_of_runs in runs.items():
        rate, client, server = (
            statistics.median(run[key] for run in list_of_runs) for key in ("rate", "client", "server"))
        lines.append(f"| {name} | {rate:,.0f} | {client:.2f} | {server:.2f} |")
    return lines


# MARK: the ways


def ours(binary: Path, url: str, rows: int, server=None) -> dict:
    before = server.cpu() if server else 0
    done = subprocess.run([binary, url, "--rows", str(rows)], check=True, capture_output=True, text=True)
    after = server.cpu() if server else 0
    report = json.loads(done.stdout)
    if report["rows"] != rows or report["dropped"] or report["failed"]:
        sys.exit(f"not all rows were stored: {report}")
    return {
        "rate": rows / report["seconds"], "client": report["client_cpu_us_per_row"],
        "server": (after - before) / rows * 1e6}


def sqlite(binary: Path, rows: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        return ours(binary, f"sqlite:///{folder}/candles.db", rows)


def candle(number: int, start=datetime(2025, 1, 15, 10, tzinfo=timezone.utc)) -> tuple:
    price = 100 + number % 997 / 10
    time_of = start + timedelta(minutes=number // 100)
    return f"sector-{number % 100}", time_of, price, price - 1, price + 1, price - 2, price, 1_000.0


async def executemany(connection, rows: int) -> None:
    for start in range(0, rows, BATCH):
        await connection.executemany(UPSERT, [candle(number) for number in range(start, min(start + BATCH, rows))])


async def copy(connection, rows: int) -> None:
    await connection.copy_records_to_table("sector_candles", records=(candle(number) for number in range(rows)))


async def other(server, rows: int, way) -> dict:
    connection = await asyncpg.connect(server.url)
    await connection.execute(TABLE)
    start, used, cpu = time.monotonic(), time.process_time(), server.cpu()
    await way(connection, rows)
    seconds, client, spent = time.monotonic() - start, time.process_time() - used, server.cpu() - cpu
    await connection.close()
    return {"rate": rows / seconds, "client": client / rows * 1e6, "server": spent / rows * 1e6}


TABLE = """
    CREATE TABLE IF NOT EXISTS sector_candles (
        sector_id TEXT NOT NULL, "timestamp" TIMESTAMPTZ NOT NULL, value DOUBLE PRECISION NOT NULL,
        open DOUBLE PRECISION, high DOUBLE PRECISION, low DOUBLE PRECISION, close DOUBLE PRECISION,
        volume DOUBLE PRECISION, PRIMARY KEY (sector_id, "timestamp"))"""


async def drop(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("DROP TABLE IF EXISTS sector_candles")
    await connection.execute("CHECKPOINT")
    await connection.close()


# MARK: Postgres


class Cluster:
    def __init__(self, process: subprocess.Popen, port: int):
        self.process = process
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def cpu(self) -> float:
        """Seconds that the server and its processes have used, those that ended too."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except (OSError, IndexError):
                continue
            if int(fields[1]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
            elif stat.parent.name == str(self.process.pid):
                ticks += sum(int(field) for field in fields[11:15])
        return ticks / TICK


@contextmanager
def postgres():
    """A server of its own with the defaults of the distribution, `fsync` included."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [Path(shutil.which("postgres") or "").parent]
    user = pwd.getpwnam("postgres") if os.getuid() == 0 else None  # It refuses to run as root.
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        run_as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        subprocess.run(
            [programs[-1] / "initdb", "-D", data, "-U", "postgres", "-A", "trust"], check=True, capture_output=True,
            **run_as)
        port = free_port()
        process = subprocess.Popen(
            [programs[-1] / "postgres", "-D", data, "-p", str(port), "-k", folder], stderr=subprocess.DEVNULL, **run_as)
        try:
            until_listening(port)
            yield Cluster(process, port)
        finally:
            process.terminate()
            process.wait()


def until_listening(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            time.sleep(0.5)  # It listens a moment before it serves.
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("Postgres does not listen")


sys.exit(main())
