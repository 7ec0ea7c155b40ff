import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Row P4: packets in another form than the default one.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO parsers` {
    /// `kind;namespace;id;attachments;json`: one text for a packet, attachments in base64 with commas.
    private struct SemicolonParser: PacketParser, PacketParserDecoder {
        struct Unreadable: Error, CustomStringConvertible { var description: String { "no semicolons" } }

        func encode(_ packet: ParserPacket) -> [Message] {
            let attachments = packet.attachments.map { Data($0).base64EncodedString() }
            let head = "\(packet.kind.rawValue);\(packet.namespace);\(packet.id.map(String.init) ?? "")"
            let json = String(decoding: packet.json, as: UTF8.self)
            return [.text("\(head);\(attachments.joined(separator: ","));\(json)")]
        }

        func makeDecoder() -> any PacketParserDecoder { self }

        func decode(_ message: Message) throws -> ParserPacket? {
            guard case .text(let text) = message else { throw Unreadable() }
            let parts = text.split(separator: ";", maxSplits: 4, omittingEmptySubsequences: false)
            guard parts.count == 5, let kind = UInt8(parts[0]).flatMap(PacketKind.init) else {
                throw Unreadable()
            }
            return ParserPacket(
                kind: kind, namespace: String(parts[1]), id: Int(parts[2]), json: Array(parts[4].utf8),
                attachments: parts[3].split(separator: ",").map {
                    Array(Data(base64Encoded: String($0)) ?? Data())
                })
        }
    }

    private static func options() -> SocketOptions { .test { $0.parser = SemicolonParser() } }

    private let heard = Journal<String>()

    /// Gives `body` a client that speaks so and is in `/` and `/custom`.
    private func withClient(
        _ transport: Transport = .webSocket, _ body: (SocketServer, SocketTestClient) async throws -> Void
    ) async throws {
        let heard = heard
        try await withSocketServer(Self.options()) { server in
            for name in ["/", "/custom"] {
                server.of(name).onConnection { socket in
                    socket.on("echo") { event in
                        socket.emit("echo", event.arguments)
                        event.ack?.send(event.arguments)
                    }
                    socket.onDisconnect { heard.append("\($0.rawValue): \($1 ?? "")") }
                }
            }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port, transport)
            for name in ["/", "/custom"] {
                try await client.send(.text("40;\(name);;;{}"))
                #expect(try await client.receive().text.hasPrefix("40;\(name);;;{\"sid\":\""))
            }
            try await body(server, client)
        }
    }

    @Test(arguments: Transport.allCases)
    func `carry events and acks of all namespaces`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            for name in ["/", "/custom"] {
                try await client.send(.text("42;\(name);7;;[\"echo\",1,null]"))
                #expect(
                    try await client.receive(2)
                        == [.text("42;\(name);;;[\"echo\",1,null]"), .text("43;\(name);7;;[1,null]")])
            }
        }
    }

    @Test(arguments: Transport.allCases)
    func `carry attachments`(transport: Transport) async throws {
        try await withClient(transport) { server, client in
            try server.emit("file", Data([1, 2]))
            let place = #"{"_placeholder":true,"num":0}"#
            #expect(try await client.receive() == .text("42;/;;AQI=;[\"file\",\(place)]"))
            try await client.send(.text("42;/;;AQI=;[\"echo\",\(place)]"))
            #expect(try await client.receive() == .text("42;/;;AQI=;[\"echo\",\(place)]"))
        }
    }

    @Test func `carry the server's questions`() async throws {
        try await withClient { server, client in
            async let replies = server.everyone.emitWithAck("q")
            #expect(try await client.receive() == #"42;/;0;;["q"]"#)
            try await client.send("43;/;0;;[5]")
            #expect(try await replies.map { $0.arguments[0] } == [5])
        }
    }

    @Test func `carry refusals and farewells`() async throws {
        try await withClient { server, client in
            try await client.send("40;/none;;;{}")
            #expect(try await client.receive() == #"44;/none;;;{"message":"Invalid namespace"}"#)
            server.of("/custom").everyone.disconnectSockets()
            #expect(try await client.receive() == "41;/custom;;;")
            try await client.send("41;/;;;")
            let expected = ["server namespace disconnect: ", "client namespace disconnect: "]
            #expect(await heard.waitFor(2) == expected)
        }
    }

    /// What the decoder lets through is checked as packets of the default parser are.
    @Test(
        arguments: [
            ("4nonsense", "no semicolons"), ("49;/;;;[]", "no semicolons"),
            ("42;/;;;{}", "invalid payload"), ("42;/;;;[]", "invalid payload"),
            (#"42;/;;;["disconnect"]"#, "a reserved event name"), ("43;/;;;[1]", "illegal ack id"),
            (#"42;/;;;["x",{"_placeholder":true,"num":0}"#, "invalid payload"),
            (#"45;/;;;["x"]"#, "unknown packet type"),
            (#"42;/;;AQ==;["x",{"_placeholder":true,"num":1}]"#, "illegal attachments"),
            (#"42;/;;A,A,A,A,A,A,A,A,A,A,A;["x"]"#, "too many attachments"),
        ] as [(TestMessage, String)])
    func `close with parse error what cannot be read`(packet: TestMessage, description: String) async throws {
        try await withClient { _, client in
            try await client.send(packet)
            try await client.end()
            let reason = "parse error: \(description)"
            #expect(await heard.waitFor(2) == [reason, reason])
        }
    }

    @Test func `must be the client's as well`() async throws {
        try await withSocketServer(Self.options()) { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            #expect(try await client.end() == [])
        }
    }
}
