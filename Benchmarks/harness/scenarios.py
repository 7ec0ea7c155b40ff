"""What is measured: the load, the floor that does the same work, and the budget."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """`figure(of)` may be at most (or, with `at_least`, at least) `limit`. `of(server, metric, scenario)` is a median."""

    text: str
    limit: float
    figure: Callable
    at_least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Scenario:
    name: str
    load: str
    """The load generator's options."""
    floor: str | None = None
    """The method of the floor program that makes the system calls which this work needs, if it can."""
    server: str = ""
    """Options of bench-server."""
    peers: bool = True
    """Whether other servers can run it: not if it needs an option of the server."""
    metric: str = "cpu"
    """What the table shows: `cpu` µs per operation, `bytes` per connection, `p50` or `p99` in µs, `growth`, `rate`, or
    of connections that are held: `held` µs per connection and second, `load` per cent of a core."""
    budgets: tuple[Budget, ...] = ()
    seconds: float | None = None


def ratio(limit: float) -> Budget:
    return Budget(f"≤ {limit} × floor", limit, lambda of: of("ours", "cpu") / of("floor", "cpu"))


def cpu(limit: float) -> Budget:
    return Budget(f"≤ {limit} µs", limit, lambda of: of("ours", "cpu"))


def memory(limit: float) -> Budget:
    return Budget(f"≤ {limit:,.0f} bytes", limit, lambda of: of("ours", "bytes"))


def latency(metric: str, limit: float) -> Budget:
    return Budget(f"{metric} ≤ {limit} × floor", limit, lambda of: of("ours", metric) / of("floor", metric))


def beside(scenario: str, limit: float, metric: str = "cpu", what: str = "") -> Budget:
    """Against another scenario of the same run."""
    return Budget(
        f"{what or metric} ≤ {limit} × “{scenario}”", limit,
        lambda of: of("ours", metric) / of("ours", metric, scenario))


ROOM = "fan-out to 1,000"
SMALL = "one room of 10"
AT_50K = "fan-out at 50,000/s"
ONE_LOOP = "unread fan-out, one loop"
# Four clients read for all: so the load generator leaves both cores to the server.
UNREAD = "--mode fanout --conns 1000 --witnesses 4 --warmup 0.2"

SCENARIOS = [
    # Fan-out: one message to everyone in a room; an operation is a delivery.
    Scenario(ROOM, "--mode fanout --conns 1000", "send", budgets=(ratio(1.15),)),
    Scenario("fan-out to 1,000, 2 KB", "--mode fanout --conns 1000 --payload 2048", "send", budgets=(ratio(1.15),)),
    Scenario("fan-out to 5,000", "--mode fanout --conns 5000", "send", budgets=(ratio(1.15),)),
    Scenario("fan-out to 5,000, 2 KB", "--mode fanout --conns 5000 --payload 2048", "send", budgets=(ratio(1.15),)),
    Scenario("fan-out at 10,000/s", "--mode fanout --conns 1000 --rate 10000", "send"),
    Scenario(AT_50K, "--mode fanout --conns 1000 --rate 50000", "send", metric="p99", budgets=(latency("p99", 1.3),)),
    Scenario("fan-out at 100,000/s", "--mode fanout --conns 1000 --rate 100000", "send", metric="p99"),
    Scenario("fan-out, bursts of 25", "--mode fanout --conns 1000 --burst 25", "coalesce", budgets=(ratio(2),)),
    Scenario("fan-out, bursts of 100", "--mode fanout --conns 1000 --burst 100", "coalesce", budgets=(ratio(2),)),
    Scenario("fan-out, binary", "--mode fanout --conns 1000 --binary", "send"),
    Scenario("fan-out, a slow reader", "--mode fanout --conns 1000 --rate 50000 --slow 1", metric="p99",
             budgets=(beside(AT_50K, 1.05, "p99"),)),
    Scenario("fan-out, deflate", "--mode fanout --conns 1000 --payload 2048 --compress", server="--compression",
             peers=False),
    Scenario("fan-out, TLS", "--mode fanout --conns 1000 --tls", server="{tls}", peers=False),
    Scenario("fan-out, two loops", "--mode fanout --conns 1000", server="--loops 2", peers=False),
    Scenario(ONE_LOOP, UNREAD, peers=False, metric="rate", seconds=1),
    Scenario("unread fan-out, two loops", UNREAD, server="--loops 2", peers=False, metric="rate", seconds=1,
             budgets=(Budget(f"≥ 1.8 × “{ONE_LOOP}”", 1.8, lambda of: of("ours", "rate") / of("ours", "rate", ONE_LOOP),
                             at_least=True),)),
    Scenario(SMALL, "--mode fanout --conns 10"),
    Scenario("10,000 rooms of 10", "--mode fanout --conns 1000 --rooms 10000 --rooms-each 100",
             budgets=(beside(SMALL, 1.1),)),
    # A round trip: an event whose ack brings its arguments back.
    Scenario("echo", "--mode echo --conns 100", "send", budgets=(ratio(1.2),)),
    Scenario("echo × 16", "--mode echo --conns 100 --inflight 16", "coalesce", budgets=(cpu(0.6),)),
    Scenario("echo, alone", "--mode echo --conns 1", "send", metric="p50", budgets=(latency("p50", 1.3),)),
    Scenario("echo × 16, async handler", "--mode echo --conns 100 --inflight 16 --event echo-async"),
    Scenario("echo × 16, typed handler", "--mode echo --conns 100 --inflight 16 --event echo-typed"),
    Scenario("echo × 16, namespace", "--mode echo --conns 100 --inflight 16 --nsp /chat",
             budgets=(beside("echo × 16", 1.1),)),
    Scenario("polling echo", "--mode polling --conns 100", budgets=(cpu(14),)),
    Scenario("broadcast with acks", "--mode acks --conns 1000"),
    Scenario("join and leave", "--mode echo --event rooms --conns 10 --ops-per-trip 2000", budgets=(cpu(1),)),
    # Connections.
    Scenario("connect", "--mode churn --conns 50", "send", budgets=(cpu(45),)),
    Scenario("polling, upgrade", "--mode upgrade --conns 50"),
    Scenario("idle, 10,000", "--mode idle --conns 10000", "send", metric="bytes", budgets=(memory(3_000),)),
    Scenario("idle, no heartbeat due", "--mode idle --conns 10000", server="--ping-interval 600", peers=False,
             metric="held", seconds=5,
             budgets=(Budget("≤ 0.05 µs a second", 0.05, lambda of: of("ours", "held")),)),
    Scenario("idle, a heartbeat a second", "--mode idle --conns 10000", server="--ping-interval 1", peers=False,
             metric="held", seconds=5),
    Scenario("100,000 heartbeats armed", "--mode idle --conns 1", server="--armed-heartbeats 100000", peers=False,
             metric="load", seconds=5, budgets=(Budget("≤ 1 % of a core", 1, lambda of: of("ours", "load")),)),
    Scenario("memory after 100,000", "--mode churn --conns 50", metric="growth", seconds=10,
             budgets=(Budget("RSS ≤ 1.2 × start", 1.2, lambda of: of("ours", "growth")),)),
]
