import EngineIO
import SocketIO
import TestSupport
import Testing

/// Row N18: events as a sequence.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO events as a sequence` {
    private let read = Journal<String>()

    /// Reads a sequence to its end.
    private static func note(_ events: AsyncStream<ReceivedEvent>, in read: Journal<String>) {
        Task {
            for await event in events { read.append("\(event.name) \(event.arguments[0].intValue ?? -1)") }
            read.append("end")
        }
    }

    @Test(arguments: Transport.allCases)
    func `come in order until the client leaves`(transport: Transport) async throws {
        let read = read
        try await withMembers(1, transport) { _, socket in
            Self.note(socket.events("x"), in: read)
        } test: { _, members in
            let client = members[0].client
            for number in 0..<20 { try await client.emit(number % 4 == 0 ? "y" : "x", "\(number)") }
            try await client.send("41")
            let expected = (0..<20).filter { $0 % 4 != 0 }.map { "x \($0)" } + ["end"]
            #expect(await read.waitFor(expected.count) == expected)
        }
    }

    enum Ending: CaseIterable { case client, connection, server, shutdown }

    @Test(arguments: Ending.allCases)
    func `end with the socket, however that ends`(ending: Ending) async throws {
        let read = read
        try await withMembers(1) { server, members in
            Self.note(members[0].socket.events("x"), in: read)
            switch ending {
            case .client: try await members[0].client.send("41")
            case .connection: members[0].client.close()
            case .server: members[0].socket.disconnect()
            case .shutdown: await server.closeInTest()
            }
            #expect(await read.waitFor(1) == ["end"])
        }
    }

    @Test func `of a socket that has gone are none`() async throws {
        let read = read
        try await withMembers(1) { server, members in
            members[0].socket.disconnect()
            await server.engine.settle()
            Self.note(members[0].socket.events("x"), in: read)
            #expect(await read.waitFor(1) == ["end"])
        }
    }

    @Test func `may have several readers, and handlers beside them`() async throws {
        let read = read
        try await withMembers(1) { _, socket in
            for _ in 0..<2 { Self.note(socket.events("x"), in: read) }
            socket.on("x", Int.self) { read.append("handler \($0)") }
        } test: { _, members in
            try await members[0].client.emit("x", "7")
            #expect(await read.waitFor(3).sorted() == ["handler 7", "x 7", "x 7"])
        }
    }

    @Test func `can be answered`() async throws {
        try await withMembers(1) { server, members in
            let events = members[0].socket.events("ask")
            Task { for await event in events { event.ack?.send(event.arguments) } }
            await server.engine.settle()
            try await members[0].client.emit("ask", "7", ack: 3)
            #expect(try await members[0].client.receive() == "433[7]")
        }
    }

    @Test func `cost nothing after a reader has had enough`() async throws {
        let names = Journal<[String]>()
        try await withMembers(1) { _, socket in
            socket.on("names") { _ in names.append(socket.eventNames) }
            let events = socket.events("x")
            Task {
                for await _ in events { break }
                try socket.emit("enough")
            }
        } test: { _, members in
            try await members[0].client.emit("x")
            #expect(try await members[0].client.receive() == #"42["enough"]"#)
            try await members[0].client.emit("names")
            #expect(await names.waitFor(1) == [["names"]])
        }
    }

    @Test func `end for a reader whose task is cancelled`() async throws {
        let read = read
        try await withMembers(1) { _, members in
            let events = members[0].socket.events("x")
            let reader = Task {
                for await _ in events {}
                read.append("end")
            }
            reader.cancel()
            #expect(await read.waitFor(1) == ["end"])
        }
    }

    // MARK: A reader that is behind

    @Test(arguments: [(1_024, []), (1_025, ["transport error"])])
    func `may be so many ahead of their reader`(count: Int, expected: [String]) async throws {
        let read = read
        try await withMembers(1) { server, members in
            let (socket, client) = (members[0].socket, members[0].client)
            socket.onDisconnect { read.append($0.rawValue) }
            let events = socket.events("x")
            await server.engine.settle()
            for number in 0..<count { try await client.emit("x", "\(number)") }
            try? await client.emit("done")
            if expected.isEmpty { _ = try await receiveEcho(server, socket, client) }
            let hasEnd = await eventually(within: .seconds(expected.isEmpty ? 0 : 20)) { read.count > 0 }
            #expect(hasEnd == !expected.isEmpty && read.all == expected)
            withExtendedLifetime(events) {}
        }
    }

    /// Waits until the server has handled what the client sent.
    private func receiveEcho(
        _ server: SocketServer, _ socket: Socket, _ client: SocketTestClient
    ) async throws -> TestMessage {
        socket.on("echo") { $0.ack?.send($0.arguments) }
        await server.engine.settle()
        try await client.emit("echo", ack: 0)
        return try await client.receive()
    }

    @Test func `come in full to a reader that is behind and catches up`() async throws {
        let read = read
        try await withMembers(1) { server, members in
            let (socket, client) = (members[0].socket, members[0].client)
            let events = socket.events("x")
            await server.engine.settle()
            for number in 0..<1_000 { try await client.emit("x", "\(number)") }
            _ = try await receiveEcho(server, socket, client)
            Self.note(events, in: read)
            for number in 1_000..<2_000 {
                try await client.emit("x", "\(number)")
                if number % 500 == 0 { _ = await read.waitFor(number) }
            }
            #expect(await read.waitFor(2_000) == (0..<2_000).map { "x \($0)" })
        }
    }
}
