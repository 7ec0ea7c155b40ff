import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Rows P1, P3: attachments in both directions.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO attachments` {
    /// Gives `body` the server's side of a client and the client's.
    private func withSocket(
        _ transport: Transport = .webSocket, namespace: String = "/",
        _ body: (Socket, SocketTestClient) async throws -> Void
    ) async throws {
        let sockets = Journal<Socket>()
        try await withSocketServer { server in
            server.of(namespace).onConnection { socket in
                socket.on("message") { event in socket.emit("message-back", event.arguments) }
                socket.on("echo") { event in event.ack?.send(event.arguments) }
                socket.on("reverse", Data.self) { Data($0.reversed()) }
                sockets.append(socket)
            }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port, transport, namespace: namespace)
            try await body(try #require(await sockets.waitFor(1).first), client)
        }
    }

    private static let first = #"{"_placeholder":true,"num":0}"#
    private static let second = #"{"_placeholder":true,"num":1}"#

    static let events: [(json: String, attachments: [TestMessage])] = [
        ("\(first)", [[1, 2, 3]]), ("\(first),\(second)", [[1, 2, 3], [4, 5, 6]]),
        ("\(second),\(first)", [[1], [2]]), (#"{"a":[\#(first),{"b":\#(second)}],"c":1}"#, [[], [0xFF]]),
        ("\(first),\(first)", [[9]]), ("1,\(first)", [.binary([UInt8](repeating: 0xB, count: 100_000))]),
        (first, [.binary((0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })]),
        ("1", [[7]]),
    ]

    @Test(arguments: Transport.allCases, events)
    func `attachments come back as they went`(
        transport: Transport, event: (json: String, attachments: [TestMessage])
    ) async throws {
        try await withSocket(transport) { _, client in
            let count = event.attachments.count
            try await client.send(.text("45\(count)-[\"message\",\(event.json)]"))
            for attachment in event.attachments { try await client.send(attachment) }
            #expect(try await client.receive() == .text("45\(count)-[\"message-back\",\(event.json)]"))
            #expect(try await client.receive(count) == event.attachments)
        }
    }

    @Test(arguments: Transport.allCases)
    func `answers may have attachments`(transport: Transport) async throws {
        try await withSocket(transport) { _, client in
            try await client.send(
                .text("452-789[\"echo\",\(Self.first),\(Self.second)]"), [1, 2, 3], [4, 5, 6])
            #expect(try await client.receive() == .text("462-789[\(Self.first),\(Self.second)]"))
            #expect(try await client.receive(2) == [[1, 2, 3], [4, 5, 6]])
        }
    }

    @Test func `a namespace's attachments carry its name`() async throws {
        try await withSocket(namespace: "/custom") { _, client in
            try await client.send(.text("451-/custom,[\"message\",\(Self.first)]"), [1])
            #expect(
                try await client.receive(2) == [.text("451-/custom,[\"message-back\",\(Self.first)]"), [1]])
        }
    }

    @Test func `a packet may announce no attachments`() async throws {
        try await withSocket { _, client in
            try await client.send(#"450-["message",1]"#)
            #expect(try await client.receive() == #"42["message-back",1]"#)
        }
    }

    @Test func `handlers take and give data`() async throws {
        try await withSocket { _, client in
            try await client.send(.text("451-5[\"reverse\",\(Self.first)]"), [1, 2, 3])
            #expect(try await client.receive(2) == [.text("461-5[\(Self.first)]"), [3, 2, 1]])
        }
    }

    private struct File: Codable, Sendable {
        var name: String
        var parts: [Data]
    }

    @Test(arguments: Transport.allCases)
    func `data inside a type becomes attachments`(transport: Transport) async throws {
        try await withSocket(transport) { socket, client in
            try socket.emit("file", File(name: "a", parts: [Data([1]), Data([2, 3])]), Data([4]))
            let json = #"{"name":"a","parts":[\#(Self.first),\#(Self.second)]},{"_placeholder":true,"num":2}"#
            #expect(try await client.receive() == .text("453-[\"file\",\(json)]"))
            #expect(try await client.receive(3) == [[1], [2, 3], [4]])
        }
    }

    @Test(arguments: Transport.allCases)
    func `the server gets an answer with attachments`(transport: Transport) async throws {
        try await withSocket(transport) { socket, client in
            async let answer = socket.emitWithAck("question", Data([1]))
            #expect(try await client.receive(2) == [.text("451-0[\"question\",\(Self.first)]"), [1]])
            try await client.send(.text("462-0[\(Self.second),{\"a\":\(Self.first)}]"), [5], [6, 7])
            let arguments = try await answer
            #expect(try arguments.decode(Data.self) == Data([6, 7]))
            #expect(arguments.attachments == [[5], [6, 7]])
        }
    }

    @Test func `over polling a packet and its attachments share a payload`() async throws {
        try await withSocket(.polling) { socket, client in
            try socket.emit("file", Data([1, 2, 3, 4]))
            #expect(
                try await client.engine.poll().text == "451-[\"file\",\(Self.first)]\u{1E}bAQIDBA==")
        }
    }

    @Test func `events behind an attachment are handled in order`() async throws {
        try await withSocket { _, client in
            for number in 0..<20 {
                try await client.send(
                    .text("451-[\"message\",\(number),\(Self.first)]"), .binary([UInt8(number)]))
                try await client.emit("message", "\(number)")
            }
            for number in 0..<20 {
                let packets = try await client.receive(3)
                #expect(
                    packets == [
                        .text("451-[\"message-back\",\(number),\(Self.first)]"), .binary([UInt8(number)]),
                        .text("42[\"message-back\",\(number)]"),
                    ])
            }
        }
    }
}
