import EngineIO
import TestSupport
import Testing

/// Row E13: a message that every session begins with.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO initialPacket` {
    private func withServer(_ packet: Message, _ body: (Int) async throws -> Void) async throws {
        try await withEngineServer(.test { $0.initialPacket = packet }) {
            $0.send("from the handler")
        } test: { _, port in
            try await body(port)
        }
    }

    @Test func `over polling it comes in the handshake's payload`() async throws {
        try await withServer(.text("faster!")) { port in
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            let packets = answer.text.split(separator: "\u{1E}")
            #expect(packets.count == 2)
            #expect(packets.first?.hasPrefix("0{") == true)
            #expect(packets.last == "4faster!")
        }
    }

    @Test func `binary comes in base64 there`() async throws {
        try await withServer(.binary([1, 2, 3, 4])) { port in
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            #expect(answer.text.hasSuffix("}\u{1E}bAQIDBA=="))
        }
    }

    private static let packets: [(Message, TestMessage)] = [
        (.text("faster!"), "4faster!"), (.binary([1, 2]), [1, 2]),
    ]

    @Test(arguments: packets)
    func `over a WebSocket it is the second message`(packet: Message, expected: TestMessage) async throws {
        try await withServer(packet) { port in
            let client = try await EngineTestClient.connect(port: port)
            #expect(try await client.receive(2) == [expected, "4from the handler"])
        }
    }

    @Test func `what the handler sends over polling comes with the first poll`() async throws {
        try await withServer(.text("faster!")) { port in
            let http = try await HTTPTestClient.connect(port: port)
            let packet = try await http.get(Handshake.polling).text
            let sid = try #require(packet.split(separator: "\"").dropFirst(3).first)
            #expect(try await http.get(Handshake.polling + "&sid=\(sid)").text == "4from the handler")
        }
    }
}
