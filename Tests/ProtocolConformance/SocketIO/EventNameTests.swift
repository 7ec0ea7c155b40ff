import EngineIO
import SocketIO
import TestSupport
import Testing

/// Row N17: names that an event may have, both ways. What a client may not send is told with the packets that are
/// refused.
@Suite(.timeLimit(.minutes(1))) struct `Socket.IO event names` {
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

    @Test(arguments: [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ])
    func `that are the library's own are not sent: a mistake of the program`(name: String) async {
        await #expect(processExitsWith: .failure) { [name] in
            try SocketServer(options: .test()).emit(name)
        }
        await #expect(processExitsWith: .failure) { [name] in
            try SocketServer(options: .test()).to("room").volatile.emit(name, 1)
        }
        await #expect(processExitsWith: .failure) { [name] in
            _ = try await SocketServer(options: .test()).everyone.emitWithAck(name)
        }
    }

    @Test func `and all others are`() async {
        await #expect(processExitsWith: .success) {
            for name in `Socket.IO event names`.free { try SocketServer(options: .test()).emit(name) }
        }
    }
}
