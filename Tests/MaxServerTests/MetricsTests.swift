import SocketIO
import TestSupport
import Testing

@testable import MaxServer

/// The text format of Prometheus, version 0.0.4.
@Suite struct `What Prometheus reads` {
    private func lines(_ metrics: EngineMetrics) -> [Substring] {
        Metrics.text(metrics).split(separator: "\n")
    }

    /// Families in their order: each `# TYPE` with the name and kind that it tells.
    private func families(_ lines: [Substring]) -> [String] {
        lines.filter { $0.hasPrefix("# TYPE ") }.map { String($0.dropFirst(7)) }
    }

    @Test func `ends with a line end, and has no empty line`() {
        let text = Metrics.text(EngineMetrics())
        #expect(text.hasSuffix("\n") && !text.contains("\n\n") && !text.hasPrefix("\n"))
    }

    @Test func `has every family once, its help and type before its samples`() {
        let lines = lines(EngineMetrics())
        let families = families(lines)
        #expect(families.count == 14 && Set(families).count == 14)
        var name: Substring = ""
        for (line, next) in zip(lines, lines.dropFirst() + [""]) {
            if line.hasPrefix("# HELP ") {
                name = line.split(separator: " ")[2]
                #expect(next.hasPrefix("# TYPE \(name) ") && line.hasSuffix("."))
            } else if !line.hasPrefix("#") {
                #expect(line.prefix { $0 != " " && $0 != "{" } == name)
            }
        }
    }

    @Test func `counters are called total, gauges are not`() {
        for family in families(lines(EngineMetrics())) {
            #expect(family.hasSuffix("_total counter") || family.hasSuffix(" gauge"))
            #expect(!family.hasSuffix("_total gauge") && family.hasPrefix("maxserver_"))
        }
    }

    @Test func `every transport and reason has a sample, also before anything happened`() {
        let lines = lines(EngineMetrics())
        for transport in ["polling", "websocket"] {
            #expect(lines.contains("maxserver_engine_sessions{transport=\"\(transport)\"} 0"))
            #expect(lines.contains("maxserver_engine_handshakes_total{transport=\"\(transport)\"} 0"))
        }
        for reason in CloseReason.allCases {
            #expect(lines.contains("maxserver_engine_closes_total{reason=\"\(reason.rawValue)\"} 0"))
        }
    }

    @Test func `sessions`() {
        var metrics = EngineMetrics()
        metrics.sessions = [.polling: 2, .webSocket: 30]
        metrics.handshakes = [.polling: 40]
        metrics.upgrades = 7
        metrics.closes = [.pingTimeout: 3, .transportClose: 5]
        metrics.queuedBytes = 1_234
        let lines = lines(metrics)
        #expect(lines.contains("maxserver_engine_sessions{transport=\"websocket\"} 30"))
        #expect(lines.contains("maxserver_engine_handshakes_total{transport=\"polling\"} 40"))
        #expect(lines.contains("maxserver_engine_upgrades_total 7"))
        #expect(lines.contains("maxserver_engine_closes_total{reason=\"ping timeout\"} 3"))
        #expect(lines.contains("maxserver_engine_queued_bytes 1234"))
    }

    @Test func `packets and bytes, in and out`() {
        var metrics = EngineMetrics()
        (metrics.packetsReceived, metrics.packetsSent) = (1, 2)
        (metrics.bytesReceived, metrics.bytesSent) = (3, .max)
        let lines = lines(metrics)
        #expect(lines.contains("maxserver_engine_packets_total{direction=\"in\"} 1"))
        #expect(lines.contains("maxserver_engine_packets_total{direction=\"out\"} 2"))
        #expect(lines.contains("maxserver_engine_bytes_total{direction=\"in\"} 3"))
        #expect(lines.contains("maxserver_engine_bytes_total{direction=\"out\"} \(Int.max)"))
    }

    @Test func `refusals, in a fixed order`() {
        var metrics = EngineMetrics()
        metrics.refusals = [
            EngineMetrics.Refusals(code: .unknownTransport, context: "UNKNOWN_TRANSPORT", count: 1),
            EngineMetrics.Refusals(code: .forbidden, context: "INVALID_ORIGIN", count: 2),
        ]
        metrics.http.connectionsRefused = (total: 3, perAddress: 4)
        metrics.http.requestsRefused = [431: 5, 400: 6]
        let refused = lines(metrics).filter { !$0.hasPrefix("#") && $0.contains("_refused_total") }
        #expect(
            refused == [
                "maxserver_http_connections_refused_total{limit=\"total\"} 3",
                "maxserver_http_connections_refused_total{limit=\"per_address\"} 4",
                "maxserver_http_requests_refused_total{status=\"400\"} 6",
                "maxserver_http_requests_refused_total{status=\"431\"} 5",
            ])
        let errors = lines(metrics).filter { $0.hasPrefix("maxserver_engine_connection_errors_total") }
        #expect(
            errors == [
                "maxserver_engine_connection_errors_total{code=\"4\",context=\"INVALID_ORIGIN\"} 2",
                "maxserver_engine_connection_errors_total{code=\"0\",context=\"UNKNOWN_TRANSPORT\"} 1",
            ])
    }

    /// Rooms are called as clients like: two with the same labels, or a quote too many, would spoil the page.
    @Test func `values of labels are escaped so that no two become one`() {
        var page = PrometheusPage()
        page.family("rooms", .gauge, "Rooms")
        let values = ["a\"b", "a\\b", "a\nb", "a\\nb", "a\r\nb", "a\"\u{301}b", "a\\\u{301}b"]
        for value in values { page.sample(1, ["room": value]) }
        let samples = page.text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
        #expect(samples.count == values.count + 1 && Set(samples).count == samples.count)
        #expect(samples.contains(#"maxserver_rooms{room="a\"b"} 1"#))
        #expect(samples.contains(#"maxserver_rooms{room="a\\b"} 1"#))
        #expect(samples.contains(#"maxserver_rooms{room="a\nb"} 1"#))
        #expect(page.text.unicodeScalars.count { $0 == "\n" } == 2 + values.count)
        #expect(page.text.contains("a\\\"\u{301}b") && page.text.contains("a\\\\\u{301}b"))
    }

    @Test func `loops, with times in seconds`() async {
        var options = SocketOptions()
        options.engine.loops = 2
        let io = SocketServer(options: options)
        var metrics = await io.engine.metrics()
        #expect(metrics.loops.count == 2)
        metrics.loops[1].busy = .milliseconds(1_500)
        metrics.loops[1].turns = 9
        metrics.loops[1].longestTurn = .microseconds(250)
        let lines = lines(metrics)
        #expect(lines.contains("maxserver_loop_busy_seconds_total{loop=\"1\"} 1.5"))
        #expect(lines.contains("maxserver_loop_turns_total{loop=\"1\"} 9"))
        #expect(lines.contains("maxserver_loop_lag_seconds_max{loop=\"1\"} 0.00025"))
        await io.close(grace: .zero)
    }

    @Test func `the answer says what it is, is not to be kept, and has the hub and the store`() async throws {
        try await APIScene.run { api in
            let (io, log) = (SocketServer(options: .test()), Log("test", level: .error))
            let ingress = Ingress(routes: ChannelRoute.builtIn, io: io, log: log)
            io.onConnection { ingress.topics.join($0, "topic:a\"b", "all") }
            let client = try await io.connectInProcess()
            ingress.received(BusMessage(channel: "other", payload: []))
            ingress.received(BusMessage(channel: "market_updates", payload: Array("{}".utf8)))
            await ingress.betweenMessages {}
            let bus = InProcessBus()
            for _ in 0..<3 { bus.publish(BusMessage(channel: "other", payload: [])) }
            let recorder = MarketRecorder(database: api.database, log: log)
            let arrivals = ArrivalRecorder(
                Arrivals(
                    agents: AgentStore(database: api.database),
                    messages: MessageStore(database: api.database)), log: log)
            try await arrivals.arrivals.received(["agentId": "nobody", "status": "x"], on: .agentStatus)
            let answer = await Metrics(
                io: io, bus: bus, database: api.database, ingress: ingress, recorder: recorder,
                arrivals: arrivals
            ).response()
            #expect(answer.status == 200)
            #expect(answer.fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.fields["Cache-Control"] == "no-store")
            let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
            #expect(lines[0].hasPrefix("# HELP maxserver_engine_sessions "))
            for line in [
                #"maxserver_bus_messages_total{result="received"} 2"#,
                #"maxserver_bus_messages_total{result="unrouted"} 1"#,
                #"maxserver_broadcasts_total{result="sent"} 1"#, "maxserver_topics 2",
                "maxserver_topic_subscriptions 2", #"maxserver_topic_clients{room="all"} 1"#,
                #"maxserver_bus_published_total{result="sent"} 3"#, "maxserver_bus_up 1",
                "maxserver_bus_connects_total 0", "maxserver_arrivals_queued 0",
                #"maxserver_arrivals_total{result="ignored"} 1"#,
                #"maxserver_arrivals_total{result="dropped"} 0"#,
                #"maxserver_topic_clients{room="topic:a\"b"} 1"#, "maxserver_database_up 1",
                #"maxserver_rows_total{table="bars",result="written"} 0"#,
                "maxserver_rows_unsuitable_total 0",
            ] { #expect(lines.contains(Substring(line)), "\(line)") }
            client.close()
            await io.close(grace: .zero)
        }
    }
}
