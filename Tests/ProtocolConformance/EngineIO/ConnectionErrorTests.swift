import EngineIO
import TestSupport
import Testing

/// Row H5: what `onConnectionError` hears of a refused request.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO connection errors` {
    private struct Failure: Error, CustomStringConvertible { let description = "no luck" }

    /// What was heard, as one comparable text: `0 Transport unknown: UNKNOWN_TRANSPORT tobi`.
    private static func text(_ error: ConnectionError) -> String {
        let detail =
            switch error.context {
            case .transport(let name), .sid(let name), .method(let name), .invalidOrigin(let name),
                .refused(let name), .transportHandshakeError(let name):
                name
            case .transportMismatch(let transport, let previous): "\(transport) \(previous.rawValue)"
            case .middlewareFailure(let error), .idGenerationError(let error): "\(error)"
            case .protocolVersion(let version): "\(version)"
            case .limit(let kind): kind.rawValue
            case .timeout, .shuttingDown: ""
            }
        return "\(error.code.rawValue) \(error.message): \(error.context.name) \(detail)"
    }

    /// Runs a server that notes its refusals.
    private func withServer(
        _ options: EngineOptions = .test(), _ body: (EngineServer, Int, Journal<String>) async throws -> Void
    ) async throws {
        let heard = Journal<String>()
        try await withPreparedServer(options) {
            $0.onConnectionError { error, request in
                heard.append(Self.text(error) + " <- " + request.target)
            }
        } test: {
            try await body($0, $1, heard)
        }
    }

    // MARK: Requests that are wrong by themselves

    /// A request, and what is heard of it.
    struct Row: Sendable {
        var method = "GET"
        var query: String
        var isUpgrade = false
        var heard: String
    }

    static let rows = [
        Row(query: "EIO=4&transport=tobi", heard: "0 Transport unknown: UNKNOWN_TRANSPORT tobi"),
        Row(
            query: "EIO=4&transport=constructor", heard: "0 Transport unknown: UNKNOWN_TRANSPORT constructor"),
        Row(query: "EIO=4&transport=__proto__", heard: "0 Transport unknown: UNKNOWN_TRANSPORT __proto__"),
        Row(
            query: "EIO=4&transport=__proto__", isUpgrade: true,
            heard: "0 Transport unknown: UNKNOWN_TRANSPORT __proto__"),
        Row(query: "EIO=4", heard: "0 Transport unknown: UNKNOWN_TRANSPORT "),
        Row(query: "EIO=4&transport=polling&sid=test", heard: "1 Session ID unknown: UNKNOWN_SID test"),
        Row(
            query: "EIO=4&transport=websocket&sid=__proto__", isUpgrade: true,
            heard: "1 Session ID unknown: UNKNOWN_SID __proto__"),
        Row(
            method: "OPTIONS", query: "EIO=4&transport=polling",
            heard: "2 Bad handshake method: BAD_HANDSHAKE_METHOD OPTIONS"),
        Row(
            method: "BREW", query: "EIO=4&transport=polling",
            heard: "2 Bad handshake method: BAD_HANDSHAKE_METHOD BREW"),
        Row(
            query: "EIO=4&transport=websocket",
            heard: "3 Bad request: TRANSPORT_HANDSHAKE_ERROR not an upgrade"),
        Row(
            query: "EIO=4&transport=polling", isUpgrade: true,
            heard: "3 Bad request: TRANSPORT_HANDSHAKE_ERROR polling needs no upgrade"),
        Row(
            query: "EIO=3&transport=polling",
            heard: "5 Unsupported protocol version: UNSUPPORTED_PROTOCOL_VERSION 3"),
        Row(
            query: "transport=websocket", isUpgrade: true,
            heard: "5 Unsupported protocol version: UNSUPPORTED_PROTOCOL_VERSION 3"),
    ]

    @Test(arguments: rows.indices)
    func `a request that is wrong is told with its code and context`(row: Int) async throws {
        let row = Self.rows[row]
        try await withServer { server, port, heard in
            let target = "/engine.io/?" + row.query
            let fields = row.isUpgrade ? WebSocketTestClient.handshakeFields : []
            let answer = try await HTTPTestClient.request(port: port, row.method, target, fields: fields)
            #expect(answer.status == 400)
            #expect(heard.all == ["\(row.heard) <- \(target)"])
            #expect(await server.sessionCount() == 0)
        }
    }

    @Test(arguments: [(Transport.polling, Transport.webSocket), (.webSocket, .polling)])
    func `a request for another transport than the session's is told`(
        transport: Transport, asked: Transport
    ) async throws {
        try await withServer { _, port, heard in
            let client = try await EngineTestClient.connect(port: port, transport)
            let answer = try await HTTPTestClient.get(port: port, client.target(asked))
            #expect(answer.whole == Handshake.jsonRefusal(3, "Bad request"))
            let text = "3 Bad request: TRANSPORT_MISMATCH \(asked.rawValue) \(transport.rawValue)"
            #expect(heard.all == ["\(text) <- \(client.target(asked))"])
            try await client.send("4still here")
            #expect(try await client.receive() == "4still here")
        }
    }

    // MARK: Requests that the application or a bound refuses

    struct Cause: Sendable {
        var options: EngineOptions
        var isUpgrade = false
        var fields: [String] = []
        var status: Int
        var heard: String

        init(
            _ heard: String, status: Int, isUpgrade: Bool = false, fields: [String] = [],
            _ change: (inout EngineOptions) -> Void
        ) {
            self.heard = heard
            self.status = status
            self.isUpgrade = isUpgrade
            self.fields = fields
            options = .test(change)
        }
    }

    static let causes = [
        Cause("4 Forbidden: FORBIDDEN Forbidden", status: 403) { $0.allowRequest = { _ in .refuse() } },
        Cause("4 Thou shall not pass: FORBIDDEN Thou shall not pass", status: 400, isUpgrade: true) {
            $0.allowRequest = { _ in .refuse("Thou shall not pass") }
        },
        Cause("3 Bad request: ID_GENERATION_ERROR no luck", status: 400) {
            $0.generateId = { _ in throw Failure() }
        },
        Cause(
            "4 Origin not allowed: INVALID_ORIGIN http://evil.org", status: 403, isUpgrade: true,
            fields: ["Origin: http://evil.org"]
        ) { $0.cors = CORSPolicy(origins: .list([])) },
        Cause("4 Handshake took too long: HANDSHAKE_TIMEOUT ", status: 503) {
            $0.handshakeTimeout = .milliseconds(10)
            $0.allowRequest = { _ in
                try? await Task.sleep(for: .seconds(1))
                return .allow
            }
        },
        Cause("4 Too many sessions: TOO_MANY_SESSIONS sessions", status: 503) { $0.admission.sessions = 0 },
    ]

    @Test(arguments: causes.indices)
    func `what the application or a bound refuses is told`(row: Int) async throws {
        let row = Self.causes[row]
        try await withServer(row.options) { _, port, heard in
            let fields = row.fields + (row.isUpgrade ? WebSocketTestClient.handshakeFields : [])
            let target = row.isUpgrade ? Handshake.webSocket : Handshake.polling
            let answer = try await HTTPTestClient.get(port: port, target, fields: fields)
            #expect(answer.status == row.status)
            #expect(heard.all == ["\(row.heard) <- \(target)"])
        }
    }

    @Test func `a middleware's failure is told`() async throws {
        let heard = Journal<String>()
        try await withPreparedServer {
            $0.use { _, _ in throw Failure() }
            $0.onConnectionError { error, _ in heard.append(Self.text(error)) }
        } test: { _, port in
            _ = try await HTTPTestClient.get(port: port, Handshake.polling)
            #expect(heard.all == ["3 Bad request: MIDDLEWARE_FAILURE no luck"])
        }
    }

    @Test func `a server that closes refuses`() async throws {
        try await withServer { server, port, heard in
            await server.closeSessions(grace: .zero)
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            #expect(answer.status == 503)
            #expect(answer["Retry-After"] == "5")
            #expect(heard.all == ["4 Server shutting down: SHUTTING_DOWN  <- \(Handshake.polling)"])
        }
    }

    @Test func `nothing is told of a request that succeeds`() async throws {
        try await withServer { _, port, heard in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.send("4hello")
            _ = try await client.receive()
            try await client.upgrade()
            #expect(heard.all == [])
        }
    }
}
