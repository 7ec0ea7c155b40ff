import EngineIO
import SocketIO
import TestSupport
import Testing

/// Row N13: why a socket ends, in which words, and in which order it is heard.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO disconnecting` {
    private let heard = Journal<String>()

    // MARK: The order

    @Test(arguments: Transport.allCases)
    func `is heard while the rooms are there, then the disconnect when they are left`(transport: Transport)
        async throws
    {
        let heard = heard
        try await withMembers(1, transport) { _, socket in
            socket.join("room")
            let note: @Sendable (String) -> Void = { step in
                let rooms = socket.rooms.map { $0 == socket.id ? "own" : $0 }.sorted()
                heard.append("\(step) \(rooms) \(socket.isConnected)")
            }
            socket.onDisconnect { note("disconnect \($0.rawValue)") }
            socket.onDisconnecting { note("disconnecting \($0.rawValue)") }
        } test: { server, members in
            try await members[0].client.send("41")
            let expected = [
                #"disconnecting client namespace disconnect ["own", "room"] true"#,
                #"disconnect client namespace disconnect [] false"#,
            ]
            #expect(await heard.waitFor(2) == expected)
        }
    }

    @Test func `can tell the rooms`() async throws {
        try await withMembers(3) { _, socket in
            socket.onDisconnecting { _ in
                for room in socket.rooms { try? socket.to(room).emit("left", room) }
            }
        } test: { server, members in
            for member in members[...1] { member.socket.join("room") }
            members[0].client.close()
            #expect(await eventually { await server.root.socketCount() == 2 })
            let packets = try await packetsUntilEnd(server, Array(members[1...]))
            #expect(packets == [[#"42["left","room"]"#], []])
        }
    }

    @Test func `is heard by all handlers, in the order in which they were added`() async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            for number in 1...2 {
                socket.onDisconnect { _ in heard.append("disconnect \(number)") }
                socket.onDisconnecting { _ in heard.append("disconnecting \(number)") }
            }
        } test: { _, members in
            members[0].client.close()
            let expected = ["disconnecting 1", "disconnecting 2", "disconnect 1", "disconnect 2"]
            #expect(await heard.waitFor(4) == expected)
        }
    }

    @Test func `is heard once, even if its handler disconnects`() async throws {
        let heard = heard
        try await withMembers(3) { _, socket in
            socket.onDisconnecting { reason in
                heard.append("disconnecting \(reason.rawValue)")
                socket.disconnect()
                socket.disconnect(close: true)
            }
            socket.onDisconnect { heard.append("disconnect \($0.rawValue)") }
        } test: { server, members in
            try await members[0].client.send("41")
            let reason = "client namespace disconnect"
            #expect(await heard.waitFor(2) == ["disconnecting \(reason)", "disconnect \(reason)"])
            #expect(await server.root.socketCount() == 2)
            #expect(try await packetsUntilEnd(server, Array(members[1...])) == [[], []])
        }
    }

    @Test func `leaves no room behind that its handler joins`() async throws {
        try await withMembers(1) { _, socket in
            socket.onDisconnecting { _ in socket.join("late") }
            socket.onDisconnect { _ in socket.join("too late") }
        } test: { server, members in
            members[0].socket.disconnect()
            #expect(await eventually { await server.root.socketCount() == 0 })
            let found = try await server.to("late", "too late").fetchSockets()
            #expect(found.isEmpty)
            #expect(members[0].socket.rooms == [])
        }
    }

    @Test func `is not heard by those who never connected`() async throws {
        let heard = heard
        try await withSocketServer { server in
            server.use { socket in
                socket.onDisconnecting { _ in heard.append("disconnecting") }
                socket.onDisconnect { _ in heard.append("disconnect") }
                throw ConnectionRefused("no")
            }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            _ = try await client.receive()
            await server.engine.settle()
            #expect(heard.all == [])
        }
    }

    // MARK: The reasons

    /// What ends a socket, and what its handlers are to hear.
    struct Ending: Sendable, CustomTestStringConvertible {
        var reason: String
        var description: String?
        var transports = Transport.allCases
        var end: @Sendable (SocketServer, Member) async throws -> Void
        var testDescription: String { "\(reason): \(description ?? "")" }
    }

    static let endings = [
        Ending(reason: "server namespace disconnect") { _, member in member.socket.disconnect() },
        Ending(reason: "server namespace disconnect") { _, member in member.socket.disconnect(close: true) },
        Ending(reason: "client namespace disconnect") { _, member in try await member.client.send("41") },
        Ending(reason: "server shutting down") { server, _ in await server.closeInTest(grace: .zero) },
        Ending(reason: "ping timeout") { _, _ in },
        Ending(reason: "transport close", transports: [.webSocket]) { _, member in member.client.close() },
        Ending(reason: "transport close") { _, member in try await member.client.send("1") },
        Ending(
            reason: "transport error", description: "poll connection closed prematurely",
            transports: [.polling]
        ) { server, member in
            try await member.client.engine.startPoll()
            await server.engine.settle()
            member.client.engine.dropPoll()
        },
        Ending(reason: "transport error", description: "invalid heartbeat direction") { _, member in
            try? await member.client.send("2")
        },
        Ending(reason: "parse error", description: "unknown packet type") { _, member in
            try? await member.client.send("49")
        },
        Ending(reason: "parse error", description: "a reserved event name") { _, member in
            try? await member.client.emit("disconnect")
        },
        Ending(reason: "parse error", description: "too many attachments") { _, member in
            try? await member.client.send(#"4511-["x"]"#)
        },
        Ending(reason: "forced server close") { _, member in try? await member.client.send("40") },
        Ending(reason: "forced close") { server, _ in await server.engine.closeSessions() },
    ]

    @Test(arguments: endings, Transport.allCases)
    func `has a reason, and words where more is known`(ending: Ending, transport: Transport) async throws {
        guard ending.transports.contains(transport) else { return }
        let heard = heard
        let options = SocketOptions.test {
            if ending.reason == "ping timeout" { $0.engine.pingInterval = .milliseconds(50) }
            $0.engine.pingTimeout = .milliseconds(ending.reason == "ping timeout" ? 50 : 20_000)
        }
        try await withMembers(1, transport, options) { _, socket in
            socket.onDisconnecting { heard.append($0.rawValue) }
            socket.onDisconnect { reason, description in
                heard.append("\(reason.rawValue): \(description ?? "")")
            }
        } test: { server, members in
            try await ending.end(server, members[0])
            #expect(
                await heard.waitFor(2) == [ending.reason, "\(ending.reason): \(ending.description ?? "")"])
        }
    }

    @Test func `of a client that does not keep up says so`() async throws {
        let heard = heard
        try await withMembers(1, .polling, .test { $0.engine.sendQueue.packets = 3 }) { _, socket in
            socket.onDisconnect { heard.append("\($0.rawValue): \($1 ?? "")") }
        } test: { server, members in
            for _ in 0..<4 { try members[0].socket.emit("x") }
            #expect(await heard.waitFor(1) == ["transport error: the client does not keep up"])
        }
    }
}
