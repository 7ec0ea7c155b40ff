import EngineIO
import TestSupport
import Testing

/// RFC 6455 section 4.2.2, and Node's `ws`: the subprotocol of a WebSocket.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO subprotocols` {
    struct Row: Sendable {
        var offers: [String]
        var chosen: String?
        /// What the application does; nil leaves the default.
        var choose: (@Sendable ([String]) -> String?)?
    }

    static let rows = [
        Row(offers: [], chosen: nil),
        Row(offers: ["chat"], chosen: "chat"),
        Row(offers: ["chat, v2"], chosen: "chat"),
        Row(offers: ["v2", "chat"], chosen: "v2"),
        Row(offers: ["chat, v2"], chosen: "v2", choose: { $0.last }),
        Row(offers: ["chat"], chosen: nil, choose: { _ in nil }),
        // Only what the client offered can be chosen.
        Row(offers: ["chat"], chosen: nil, choose: { _ in "v3" }),
        Row(offers: [], chosen: nil, choose: { _ in "chat" }),
    ]

    @Test(arguments: rows.indices)
    func `one of those offered is chosen, in a handshake and in an upgrade`(row: Int) async throws {
        let row = Self.rows[row]
        let options = EngineOptions.test { if let choose = row.choose { $0.subprotocol = choose } }
        let fields = row.offers.map { "Sec-WebSocket-Protocol: \($0)" }
        try await withEngineServer(options) { _, port in
            let direct = try await WebSocketTestClient.connect(
                port: port, Handshake.webSocket, fields: fields)
            #expect(direct.response["Sec-WebSocket-Protocol"] == row.chosen)
            let client = try await EngineTestClient.connect(port: port, .polling, fields: fields)
            #expect(try await client.openCandidate().response["Sec-WebSocket-Protocol"] == row.chosen)
        }
    }
}
