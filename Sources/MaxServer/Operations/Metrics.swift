import Database
import SocketIO

/// `GET /metrics`: the server's figures in the text format of Prometheus. Labels are few and fixed.
struct Metrics: Sendable {
    /// Rooms that are told one by one; all others are in the total.
    private static let rooms = 20

    let io: SocketServer
    let bus: any Bus
    let database: any Database
    let ingress: Ingress
    let recorder: MarketRecorder
    let arrivals: ArrivalRecorder

    func response() async -> HTTPResponse {
        var page = PrometheusPage()
        Self.add(await io.engine.metrics(), to: &page)
        addMessages(to: &page)
        Self.add(bus.health, bus.counts, to: &page)
        addStore(to: &page)
        addArrivals(to: &page)
        return page.response
    }

    private func addMessages(to page: inout PrometheusPage) {
        let counts = ingress.counts
        page.family("bus_messages_total", .counter, "Messages of the bus, by what became of them")
        for (result, count) in [
            ("received", counts.received), ("unreadable", counts.unreadable + bus.health.tooLong),
            ("unrouted", counts.unrouted),
        ] { page.sample(count, ["result": result]) }
        page.family(
            "broadcasts_total", .counter, "Events for rooms, sent or without a client to send them to")
        page.sample(counts.emitted, ["result": "sent"])
        page.sample(counts.unheard, ["result": "unheard"])
        let topics = ingress.topics.largest(Self.rooms)
        page.family("topics", .gauge, "Rooms that have clients on this node")
        page.sample(topics.total)
        page.family(
            "topic_subscriptions", .gauge,
            "Clients on this node of all rooms; who is in several counts in each")
        page.sample(topics.clients)
        page.family("topic_clients", .gauge, "Clients on this node of the rooms that have most")
        for (room, clients) in topics.rooms { page.sample(clients, ["room": room]) }
    }

    private static func add(_ health: BusHealth, _ counts: BusCounts, to page: inout PrometheusPage) {
        page.family(
            "bus_published_total", .counter, "Messages that this node published, by what became of them")
        page.sample(counts.published, ["result": "sent"])
        page.sample(counts.failed, ["result": "failed"])
        page.addBus(isUp: health.status != .down, connects: counts.connects)
    }

    private func addStore(to page: inout PrometheusPage) {
        let status = database.status
        page.family("database_up", .gauge, "Whether statements are done: 1, or 0")
        page.sample(status.isConnected ? 1 : 0)
        page.family("database_connects_total", .counter, "Connections to the database that were made")
        page.sample(status.connects)
        page.family("database_pending", .gauge, "Statements that wait or are being done")
        page.sample(status.pending)
        let tables = recorder.counts
        page.family("rows_queued", .gauge, "Rows that wait to be stored, by table")
        for (table, counts) in tables { page.sample(counts.queued, ["table": table]) }
        page.family("rows_total", .counter, "Rows that came for a table, by what became of them")
        for (table, counts) in tables {
            for (result, count) in [
                ("written", counts.written), ("replaced", counts.replaced), ("dropped", counts.dropped),
                ("failed", counts.failed),
            ] { page.sample(count, ["table": table, "result": result]) }
        }
        page.family(
            "rows_unsuitable_total", .counter,
            "Candles and bars that lack what their table needs, and are not stored")
        page.sample(recorder.unsuitableCount)
        page.family("row_commit_seconds", .gauge, "How long the last batch took that was stored, by table")
        for (table, counts) in tables { page.sample(counts.lastCommit / .seconds(1), ["table": table]) }
    }

    private func addArrivals(to page: inout PrometheusPage) {
        page.family("arrivals_queued", .gauge, "Messages of agents and discussions that wait to be stored")
        page.sample(arrivals.queuedCount)
        page.family(
            "arrivals_total", .counter,
            "Messages of agents and discussions on the bus, by what became of them in the database")
        for arrival in Arrival.allCases {
            page.sample(arrivals.arrivals.count(arrival), ["result": arrival.rawValue])
        }
        page.sample(arrivals.droppedCount, ["result": "dropped"])
    }

    static func text(_ metrics: EngineMetrics) -> String {
        var page = PrometheusPage()
        add(metrics, to: &page)
        return page.text
    }

    private static func add(_ metrics: EngineMetrics, to page: inout PrometheusPage) {
        page.family("engine_sessions", .gauge, "Sessions open now, by transport")
        for transport in Transport.allCases {
            page.sample(metrics.sessions[transport] ?? 0, ["transport": transport.rawValue])
        }
        page.family("engine_handshakes_total", .counter, "Sessions opened, by the transport they began with")
        for transport in Transport.allCases {
            page.sample(metrics.handshakes[transport] ?? 0, ["transport": transport.rawValue])
        }
        page.family("engine_upgrades_total", .counter, "Polling sessions that became WebSockets")
        page.sample(metrics.upgrades)
        page.family("engine_closes_total", .counter, "Sessions ended, by reason")
        for reason in CloseReason.allCases {
            page.sample(metrics.closes[reason] ?? 0, ["reason": reason.rawValue])
        }
        page.family(
            "engine_connection_errors_total", .counter, "Requests refused, by Engine.IO's code and cause")
        for refusal in metrics.refusals.sorted(by: { $0.context < $1.context }) {
            page.sample(refusal.count, ["code": "\(refusal.code.rawValue)", "context": refusal.context])
        }
        page.family("engine_packets_total", .counter, "Engine.IO packets")
        page.sample(metrics.packetsReceived, ["direction": "in"])
        page.sample(metrics.packetsSent, ["direction": "out"])
        page.family("engine_bytes_total", .counter, "Bytes of packets in, of frames out")
        page.sample(metrics.bytesReceived, ["direction": "in"])
        page.sample(metrics.bytesSent, ["direction": "out"])
        page.family("engine_queued_bytes", .gauge, "Bytes that wait for clients now")
        page.sample(metrics.queuedBytes)
        addHTTP(metrics.http, to: &page)
        addLoops(metrics.loops, to: &page)
    }

    private static func addHTTP(_ http: HTTPServer.Metrics, to page: inout PrometheusPage) {
        page.family("http_connections", .gauge, "TCP connections open now, WebSockets among them")
        page.sample(http.connections)
        page.family(
            "http_connections_refused_total", .counter, "Connections not taken, by the limit that was reached"
        )
        page.sample(http.connectionsRefused.total, ["limit": "total"])
        page.sample(http.connectionsRefused.perAddress, ["limit": "per_address"])
        page.family(
            "http_requests_refused_total", .counter, "Requests that broke HTTP or its limits, by status")
        for (status, count) in http.requestsRefused.sorted(by: { $0.key < $1.key }) {
            page.sample(count, ["status": "\(status)"])
        }
    }

    private static func addLoops(_ loops: [LoopLoad], to page: inout PrometheusPage) {
        page.family("loop_busy_seconds_total", .counter, "Time that an event loop worked")
        for loop in loops { page.sample(loop.busy / .seconds(1), ["loop": "\(loop.loop)"]) }
        page.family("loop_turns_total", .counter, "Turns of an event loop")
        for loop in loops { page.sample(loop.turns, ["loop": "\(loop.loop)"]) }
        page.family(
            "loop_lag_seconds_max", .gauge,
            "The longest turn since the last scrape: so long a client may wait")
        for loop in loops { page.sample(loop.longestTurn / .seconds(1), ["loop": "\(loop.loop)"]) }
    }
}
