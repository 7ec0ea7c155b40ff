import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Row E26: what waits for a client that does not read is bounded.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO slow readers` {
    private static let chunk = String(repeating: "x", count: 50_000)

    private let reasons = Journal<String>()

    /// Gives `body` a server, a client that keeps up, and one with little room in its system's buffers.
    private func withReaders(
        _ options: SocketOptions,
        _ body: (SocketServer, SocketTestClient, SocketTestClient) async throws -> Void
    ) async throws {
        let reasons = reasons
        try await withSocketServer(options) { server in
            server.onConnection { socket in
                socket.onDisconnect { reasons.append("\(socket.id) \($0.rawValue)") }
            }
        } test: { server, port in
            let fast = try await SocketTestClient.connect(port: port)
            let slow = try await SocketTestClient.connect(port: port, receiveBuffer: 65_536)
            try await body(server, fast, slow)
        }
    }

    @Test(arguments: [1, 2])
    func `one that falls too far behind is closed, the others get everything`(loops: Int) async throws {
        let options = SocketOptions.test(loops: loops) { $0.engine.sendQueue.bytes = 300_000 }
        try await withReaders(options) { server, fast, slow in
            var number = 0
            // The system's own buffers take some megabytes first.
            while reasons.count == 0, number < 1_000 {
                try server.emit("tick", number, Self.chunk)
                let packet = try await fast.receive()
                #expect(packet.text.hasPrefix("42[\"tick\",\(number),\"x"))
                number += 1
            }
            #expect(reasons.all.map { $0.dropFirst(21) } == ["transport error"])
            #expect(await server.root.socketCount() == 1)
            try server.emit("end")
            #expect(try await fast.receive() == #"42["end"]"#)
            slow.close()
        }
    }

    @Test func `one that falls too far behind and reads again sees the end`() async throws {
        let options = SocketOptions.test { $0.engine.sendQueue.bytes = 300_000 }
        try await withReaders(options) { server, fast, slow in
            while reasons.count == 0 {
                try server.emit("tick", Self.chunk)
                _ = try await fast.receive()
            }
            let packets = try await slow.end()
            #expect(packets.allSatisfy { $0.text == "42[\"tick\",\"\(Self.chunk)\"]" })
        }
    }

    @Test func `one that stays below the limit gets everything in order`() async throws {
        // 7 of 8 MB, so whatever the system takes the queue is long enough.
        try await withReaders(.test()) { server, fast, slow in
            for number in 0..<140 {
                try server.emit("tick", number, Self.chunk)
                _ = try await fast.receive()
            }
            for number in 0..<140 {
                let packet = try await slow.receive()
                #expect(packet == .text("42[\"tick\",\(number),\"\(Self.chunk)\"]"))
            }
            try server.emit("end")
            #expect(try await slow.receive() == #"42["end"]"#)
            #expect(reasons.count == 0)
        }
    }

    @Test func `attachments of a slow reader stay with their packets`() async throws {
        try await withReaders(.test()) { server, fast, slow in
            let bytes = [UInt8](repeating: 0xAB, count: 60_000)
            for number in 0..<100 {
                try server.emit("file", number, Data(bytes))
                _ = try await fast.receive(2)
            }
            for number in 0..<100 {
                let packets = try await slow.receive(2)
                let place = #"{"_placeholder":true,"num":0}"#
                #expect(packets == [.text("451-[\"file\",\(number),\(place)]"), .binary(bytes)])
            }
        }
    }

    // MARK: Over polling, where nothing but the queue holds messages

    @Test(arguments: [(10, []), (11, ["transport error"])])
    func `a client that does not poll may have so many packets waiting`(
        count: Int, expected: [Substring]
    ) async throws {
        try await withMembers(1, .polling, .test { $0.engine.sendQueue.packets = 10 }) { server, members in
            let reasons = reasons
            members[0].socket.onDisconnect { reasons.append("\(members[0].socket.id) \($0.rawValue)") }
            for number in 0..<count { try members[0].socket.emit("n", number) }
            await server.engine.settle()
            #expect(reasons.all.map { $0.dropFirst(21) } == expected)
            if expected.isEmpty {
                #expect(try await members[0].client.receive(10).count == 10)
            } else {
                try await expectSocketsWork(port: members[0].client.engine.port)
            }
        }
    }

    @Test(arguments: [(900, []), (1_001, ["transport error"])])
    func `a client that does not poll may have so many bytes waiting`(
        count: Int, expected: [Substring]
    ) async throws {
        try await withMembers(1, .polling, .test { $0.engine.sendQueue.bytes = 1_000 }) { server, members in
            let reasons = reasons
            members[0].socket.onDisconnect { reasons.append("\(members[0].socket.id) \($0.rawValue)") }
            // The first is next, and counts for nothing.
            for length in [5_000, count] {
                try members[0].socket.emit("n", String(repeating: "x", count: length))
            }
            await server.engine.settle()
            #expect(reasons.all.map { $0.dropFirst(21) } == expected)
        }
    }
}
