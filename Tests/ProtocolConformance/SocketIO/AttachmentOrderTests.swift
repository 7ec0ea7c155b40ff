import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Row P3: nothing comes between a packet and its attachments, wherever the packets come from.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO attachments of many senders` {
    private static let rounds = 60

    /// What came from each sender, in order; nil when an attachment is missing or another's.
    private func numbers(_ packets: [TestMessage]) -> [Int: [Int]]? {
        var numbers: [Int: [Int]] = [:]
        var rest = packets[...]
        while let packet = rest.popFirst() {
            // `452-["n",sender,number,…`
            let parts = packet.text.drop { $0 != "," }.dropFirst().split { ",]".contains($0) }
            guard parts.count >= 2, let sender = Int(parts[0]), let number = Int(parts[1]) else { return nil }
            if packet.text.hasPrefix("452-") {
                for place in 0..<2 {
                    guard rest.popFirst() == .binary([UInt8(sender), UInt8(number), UInt8(place)]) else {
                        return nil
                    }
                }
            }
            numbers[sender, default: []].append(number)
        }
        return numbers
    }

    private static func send(
        _ sender: Int, _ number: Int, _ emit: (String, Int, Int, Data, Data) throws -> Void
    ) rethrows {
        let bytes = [UInt8(sender), UInt8(number)]
        try emit("n", sender, number, Data(bytes + [0]), Data(bytes + [1]))
    }

    @Test(arguments: [1, 2, 3], Transport.allCases)
    func `stay with their packets`(loops: Int, transport: Transport) async throws {
        try await withMembers(4, transport, .test(loops: loops)) { server, members in
            let (target, client) = (members[0].socket, members[0].client)
            try await withThrowingTaskGroup { group in
                // From other threads: to the socket, to its id as a room, to all, and without attachments.
                for sender in 0..<8 {
                    group.addTask {
                        for number in 0..<Self.rounds {
                            switch sender % 4 {
                            case 0: try Self.send(sender, number) { try target.emit($0, $1, $2, $3, $4) }
                            case 1:
                                try Self.send(sender, number) {
                                    try server.to(target.id).emit($0, $1, $2, $3, $4)
                                }
                            case 2: try Self.send(sender, number) { try server.emit($0, $1, $2, $3, $4) }
                            default: try target.emit("n", sender, number)
                            }
                            if number % 10 == 0 { await Task.yield() }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try server.emit("end")
            let expected = Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, Array(0..<Self.rounds)) })
            #expect(numbers(try await client.receive(until: #"42["end"]"#)) == expected)
            let others = try await members[3].client.receive(until: #"42["end"]"#)
            #expect(numbers(others) == expected.filter { $0.key % 4 == 2 })
        }
    }

    @Test(arguments: [1, 2])
    func `stay with them while the client upgrades`(loops: Int) async throws {
        try await withMembers(1, .polling, .test(loops: loops)) { server, members in
            let (socket, client) = (members[0].socket, members[0].client)
            async let sending: Void = {
                for number in 0..<200 {
                    try Self.send(0, number) { try socket.emit($0, $1, $2, $3, $4) }
                    if number % 10 == 0 { await Task.yield() }
                }
            }()
            try await client.engine.upgrade()
            try await sending
            try server.emit("end")
            let packets = try await client.receive(until: #"42["end"]"#)
            #expect(numbers(packets) == [0: Array(0..<200)])
        }
    }

    @Test func `reach everyone of a room, and answers may have some as well`() async throws {
        try await withMembers(3, .webSocket, .test(loops: 2)) { _, socket in
            socket.on("give") { event in
                try socket.broadcast.emit("given", Data([1, 2]))
                try event.ack?.send(Data([3]))
            }
        } test: { _, members in
            try await members[0].client.emit("give", ack: 5)
            let place = #"{"_placeholder":true,"num":0}"#
            #expect(try await members[0].client.receive(2) == [.text("461-5[\(place)]"), [3]])
            for member in members[1...] {
                let packets = try await member.client.receive(2)
                #expect(packets == [.text(#"451-["given",\#(place)]"#), [1, 2]])
            }
        }
    }
}
