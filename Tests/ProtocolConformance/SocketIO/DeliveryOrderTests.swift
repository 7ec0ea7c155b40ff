import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Rows M14 and U7: the messages of one sender arrive in order at every receiver, and nothing comes between a
/// packet and its attachments.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO order of delivery` {
    private static let senders = 50
    private static let rounds = 4

    /// What one receiver got, by sender; nil when an attachment does not follow its packet.
    private func numbers(_ packets: [TestMessage]) throws -> [Int: [Int]]? {
        var numbers: [Int: [Int]] = [:]
        var rest = packets[...]
        while let packet = rest.popFirst() {
            let isBinary = packet.text.hasPrefix("451-")
            let json = packet.text.drop { $0 != "[" }
            let start = "[\"n\",".count
            let parts = json.dropFirst(start).split { ",]".contains($0) }
            guard parts.count >= 2, let sender = Int(parts[0]), let number = Int(parts[1]) else { return nil }
            if isBinary, rest.popFirst() != .binary([UInt8(sender), UInt8(number)]) { return nil }
            numbers[sender, default: []].append(number)
        }
        return numbers
    }

    /// Every client sends numbered events, half of them with an attachment, which the server passes to all.
    private func expectOrder(_ transport: Transport, loops: Int, senders: Int) async throws {
        try await withMembers(senders, transport, .test(loops: loops)) { server, socket in
            socket.on("n") { [unowned server] event in server.emit("n", event.arguments) }
        } test: { _, members in
            try await withThrowingTaskGroup { group in
                for (sender, member) in members.enumerated() {
                    group.addTask {
                        for number in 0..<Self.rounds {
                            if number % 2 == 0 {
                                try await member.client.emit("n", "\(sender)", "\(number)")
                            } else {
                                let place = #"{"_placeholder":true,"num":0}"#
                                try await member.client.send(
                                    .text("451-[\"n\",\(sender),\(number),\(place)]"),
                                    .binary([UInt8(sender), UInt8(number)]))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let count = senders * Self.rounds * 3 / 2
            let expected = Dictionary(
                uniqueKeysWithValues: (0..<senders).map { ($0, Array(0..<Self.rounds)) })
            for member in members {
                let packets = try await member.client.receive(count)
                #expect(try numbers(packets) == expected)
            }
        }
    }

    @Test(arguments: [1, 2])
    func `fifty senders over WebSockets`(loops: Int) async throws {
        try await expectOrder(.webSocket, loops: loops, senders: Self.senders)
    }

    @Test(arguments: [1, 2])
    func `ten senders over polling`(loops: Int) async throws {
        try await expectOrder(.polling, loops: loops, senders: 10)
    }

    @Test func `broadcasts from another thread keep their order at all receivers`() async throws {
        try await withMembers(10, .webSocket, .test(loops: 2)) { server, members in
            for number in 0..<300 { try server.emit("n", number) }
            for member in members {
                let packets = try await member.client.receive(300)
                #expect(packets == (0..<300).map { .text("42[\"n\",\($0)]") })
            }
        }
    }

    @Test func `an emit and a broadcast of one handler keep their order`() async throws {
        try await withMembers(2, .webSocket, .test(loops: 2)) { server, socket in
            socket.on("go") { [unowned server] event in
                for number in 0..<50 {
                    try socket.emit("one", number)
                    try server.emit("all", number)
                }
                event.ack?.send(event.arguments)
            }
        } test: { _, members in
            try await members[0].client.emit("go", ack: 5)
            let packets = try await members[0].client.receive(101)
            let expected = (0..<50).flatMap { [#"42["one",\#($0)]"#, #"42["all",\#($0)]"#] } + ["435[]"]
            #expect(packets.map(\.text) == expected)
        }
    }
}
