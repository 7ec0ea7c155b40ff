"""Measures bench-server beside the bare system calls, and beside other Socket.IO servers, run by run in turn.

    make bench                                        # everything, about half an hour
    make bench ARGS="--rounds 3 echo connect"         # scenarios whose names have one of these in them
    make bench ARGS="--python"                        # beside python-socketio on uvicorn and uvloop
    make bench ARGS="--peer 'node=node server.js {port}'"

CPU time comes from the kernel's accounting of the whole process. Figures are medians; only those of one run compare.
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

from .results import Results
from .scenarios import SCENARIOS, Scenario
from .servers import BENCHMARKS, ROOT, Failed, Server, run, tls_options

PYTHON = Server("python-socketio", f"{shlex.quote(sys.executable)} {BENCHMARKS}/peers/python-socketio.py {{port}}")


def main() -> int:
    options = parse()
    wanted = [s for s in SCENARIOS if not options.scenario or any(part in s.name for part in options.scenario)]
    if not wanted:
        print("no scenario has that in its name; there are:", *(s.name for s in SCENARIOS), sep="\n  ")
        return 2
    ours = build()
    peers = [PYTHON] * options.python + [peer(text) for text in options.peer]
    results = Results(options.rounds, options.seconds, ["ours", "floor", *(p.name for p in peers)])
    print(results.header(), flush=True)
    for scenario in wanted:
        measure(scenario, ours, peers, results)
        print(results.row(scenario), flush=True)
    results.write(options.out / "latest.json")
    from .plot import draw  # Late: it takes a second to load.

    draw(options.out / "latest.json", options.out / "latest.svg")
    print(f"\nwritten: {options.out}/latest.json, latest.md and latest.svg")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=…", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each server and scenario (5)")
    parser.add_argument("--seconds", type=float, default=2, help="how long each is measured (2)")
    parser.add_argument("--python", action="store_true", help="adds python-socketio")
    parser.add_argument(
        "--peer", action="append", default=[], metavar="NAME=COMMAND",
        help="adds a server; {port} in its command is where it listens. README.md says what it has to answer")
    parser.add_argument("--out", type=Path, default=BENCHMARKS / "results", help="where the files go (results)")
    parser.add_argument("scenario", nargs="*", help="a part of a scenario's name")
    return parser.parse_args()


def peer(text: str) -> Server:
    name, found, command = text.partition("=")
    if not found or "{port}" not in command:
        sys.exit(f"--peer wants NAME=COMMAND with {{port}} in it, not {text!r}")
    return Server(name, command)


def build() -> Server:
    subprocess.run(["make", "--silent", "-C", BENCHMARKS], check=True)
    swift = ["swift", "build", "-c", "release", "--product", "bench-server"]
    subprocess.run(swift, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    folder = subprocess.run([*swift, "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return Server("ours", f"{folder.stdout.strip()}/bench-server --port {{port}}")


def measure(scenario: Scenario, ours: Server, peers: list[Server], results: Results) -> None:
    """The servers take turns, so that a machine that slows down slows all of them."""
    results.scenarios.append(scenario)
    options = scenario.server.replace("{tls}", tls_options(ROOT / ".build") if "{tls}" in scenario.server else "")
    servers = [(ours, options)]
    if scenario.floor:
        servers.append((Server("floor", f"{BENCHMARKS}/floor {{port}} {scenario.floor}"), ""))
    if scenario.peers:
        servers += [(peer, "") for peer in peers]
    for _ in range(options_rounds(scenario, results)):
        for server, options in list(servers):
            try:
                seconds = scenario.seconds or results.seconds
                loops = 2 if "--loops 2" in options else 1
                results.add(scenario, server.name, run(server, options, scenario.load, seconds, loops))
            except Failed as failure:
                results.fail(scenario, server.name, str(failure))
                servers.remove((server, options))


def options_rounds(scenario: Scenario, results: Results) -> int:
    """Long runs need fewer rounds."""
    return results.rounds if (scenario.seconds or 0) <= results.seconds else min(results.rounds, 2)


sys.exit(main())
