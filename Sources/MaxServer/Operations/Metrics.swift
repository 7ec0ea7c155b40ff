import SocketIO

/// `GET /metrics`: the server's figures in the text format of Prometheus. Labels are few and fixed.
struct Metrics: Sendable {
    let io: SocketServer

    func response() async -> HTTPResponse {
        let text = Self.text(await io.engine.metrics())
        return HTTPResponse(
            status: 200,
            fields: [
                "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store",
            ],
            body: Array(text.utf8))
    }

    static func text(_ metrics: EngineMetrics) -> String {
        var page = Page()
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
        return page.text
    }

    private static func addHTTP(_ http: HTTPServer.Metrics, to page: inout Page) {
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

    private static func addLoops(_ loops: [LoopLoad], to page: inout Page) {
        page.family("loop_busy_seconds_total", .counter, "Time that an event loop worked")
        for loop in loops { page.sample(loop.busy / .seconds(1), ["loop": "\(loop.loop)"]) }
        page.family("loop_turns_total", .counter, "Turns of an event loop")
        for loop in loops { page.sample(loop.turns, ["loop": "\(loop.loop)"]) }
        page.family(
            "loop_lag_seconds_max", .gauge,
            "The longest turn since the last scrape: so long a client may wait")
        for loop in loops { page.sample(loop.longestTurn / .seconds(1), ["loop": "\(loop.loop)"]) }
    }

    /// Families of samples, as they are written.
    private struct Page {
        enum Kind: String { case counter, gauge }

        private(set) var text = ""
        private var name = ""

        mutating func family(_ name: String, _ kind: Kind, _ help: String) {
            self.name = "maxserver_" + name
            text += "# HELP \(self.name) \(help).\n# TYPE \(self.name) \(kind.rawValue)\n"
        }

        mutating func sample(
            _ value: some CustomStringConvertible, _ labels: KeyValuePairs<String, String> = [:]
        ) {
            let list = labels.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ",")
            text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(value)\n"
        }
    }
}
