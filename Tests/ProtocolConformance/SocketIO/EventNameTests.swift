import EngineIO
import SocketIO
import TestSupport
import Testing

/// Row N17: names that an event may have, both ways. What a client may not send is told with the packets that are
/// refused.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO event names` {
    static let free = [
        "message", "connection", "error", "reconnect", "Connect", "disconnected", "connect ", "", "ping",
        "__proto__", "constructor", "hasOwnProperty", "ö \u{1F600}", "a\"b\\c", "new\nline",
    ]

    @Test(arguments: free)
    func `that are not the library's own pass both ways`(name: String) async throws {
        let heard = Journal<String>()
        try await withMembers(1) { _, socket in
            socket.on(name) { event in
                heard.append(event.name)
                try socket.emit(name, 1)
            }
        } test: { _, members in
            let quoted = name.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#)
                .replacing("\n", with: #"\n"#)
            try await members[0].client.emit(quoted, "1")
            #expect(try await members[0].client.receive() == .text("42[\"\(quoted)\",1]"))
            #expect(heard.all == [name])
        }
    }

    @Test func `may be numbers, as in Node`() async throws {
        let heard = Journal<String>()
        try await withMembers(1) { _, socket in
            socket.onAny { heard.append($0.name) }
            socket.on("7") { _ in heard.append("handler") }
        } test: { _, members in
            try await members[0].client.send("42[7]")
            #expect(await heard.waitFor(2) == ["7", "handler"])
        }
    }

    // MARK: The library's own

    static let reserved = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    @Test(arguments: reserved)
    func `that are the library's own are refused, and nothing is sent`(name: String) async throws {
        try await withMembers(1) { server, members in
            let (socket, error) = (members[0].socket, ReservedEventName(name: name))
            #expect(throws: error) { try socket.emit(name) }
            #expect(throws: error) { try socket.emit(name, 1) { _ in } }
            #expect(throws: error) { try socket.volatile.emit(name, 1) }
            #expect(throws: error) { try socket.emit(Event<Int>(name), 1) }
            #expect(throws: error) { try server.emit(name) }
            #expect(throws: error) { try server.to(socket.id).emit(name, 1) }
            #expect(throws: error) { try server.everyone.emitStreamingAcks(name) }
            #expect(throws: error) { try server.root.serverSideEmit(name) }
            await #expect(throws: error) { try await socket.emitWithAck(name) }
            await #expect(throws: error) { try await socket.compress(true).emitWithAck(name) }
            await #expect(throws: error) { try await server.everyone.emitWithAck(name) }
            await #expect(throws: error) { try await server.root.serverSideEmitWithAck(name) }
            let packets = try await packetsUntilEnd(server, members)
            #expect(packets == [[]])
        }
    }

    @Test(arguments: reserved)
    func `are told to onError where the method cannot throw`(name: String) async throws {
        let heard = Journal<String>()
        try await withMembers(1) { server, socket in
            server.onError { error, context in
                heard.append("\(error is ReservedEventName) \(context.event) \(context.socket?.id ?? "all")")
            }
            socket.on("relay") { event in
                socket.emit(name, event.arguments)
                socket.volatile.emit(name, event.arguments)
                socket.emit(Event<Void>(name))
                server.emit(name, event.arguments)
                server.to("room").emit(name, event.arguments)
                server.emit(Event<Void>(name))
            }
        } test: { server, members in
            try await members[0].client.emit("relay", "1")
            let (one, all) = ("true \(name) \(members[0].socket.id)", "true \(name) all")
            #expect(await heard.waitFor(6) == [one, one, one, all, all, all])
            let packets = try await packetsUntilEnd(server, members)
            #expect(packets == [[]])
        }
    }

    @Test func `are refused as well where an answer is waited for`() async throws {
        let heard = Journal<String>()
        try await withMembers(1) { _, socket in
            socket.onError { error, _ in heard.append("\(type(of: error))") }
            socket.on("ask") { (event: ReceivedEvent) async throws in
                _ = try await socket.emitWithAck("connect", event.arguments)
            }
        } test: { _, members in
            try await members[0].client.emit("ask", "1")
            #expect(await heard.waitFor(1) == ["ReservedEventName"])
        }
    }

    @Test func `that a client chose cannot end the server`() async throws {
        try await withMembers(1) { _, socket in
            socket.onError { error, event in try? event.ack?.send("\(error)") }
            socket.on("relay", String.self) { name -> Bool in
                try socket.emit(name, 1)
                return true
            }
        } test: { _, members in
            try await members[0].client.emit("relay", #""disconnect""#, ack: 1)
            let answer = try await members[0].client.receive().text
            #expect(answer.hasPrefix(#"431["the event was not sent: \"disconnect\" is a reserved name"#))
        }
    }
}
