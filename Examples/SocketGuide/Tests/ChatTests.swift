import SocketIO
import Testing

@testable import socket_guide

// Gives `test` a server that does not listen, on one thread.
private func withChat(_ test: (SocketServer) async throws -> Void) async {
    var options = SocketOptions()
    options.engine.loops = 1
    let io = SocketServer(options: options)
    addChat(to: io)
    do { try await test(io) } catch { Issue.record(error) }
    await io.close(grace: .zero)
}

@Test func `what is said in a room reaches the others there`() async {
    await withChat { io in
        let ada = try await io.connectInProcess(auth: ["name": "Ada"])
        let bob = try await io.connectInProcess(auth: ["name": "Bob"])
        for client in [ada, bob] { try client.emit("join", "lobby") }
        await bob.settled()

        let isDelivered = try await ada.emitWithAck("say", "lobby", "hello").decode(Bool.self)

        #expect(isDelivered)
        let said = try await bob.next("said", String.self, String.self)
        #expect(said == ("Ada", "hello"))
        await ada.settled()
        #expect(ada.received.isEmpty)
    }
}

@Test func `nobody comes in without a name`() async {
    await withChat { io in
        await #expect(throws: ConnectionRefused.self) { try await io.connectInProcess() }
    }
}

@Test func `a member whose connection breaks loses the room`() async {
    await withChat { io in
        let ada = try await io.connectInProcess(auth: ["name": "Ada"])
        try ada.emit("join", "lobby")
        ada.lose(.pingTimeout)
        let isRecovered = try await ada.reconnect()
        #expect(!isRecovered)
        let isDelivered = try await ada.emitWithAck("say", "lobby", "hello").decode(Bool.self)
        #expect(!isDelivered)
    }
}

@Test func `a room hears what the server says`() async {
    await withChat { io in
        let client = try await io.connectInProcess(auth: ["name": "Ada"])
        try client.emit("join", "lobby")
        try io.to("room:lobby").emit("news", "welcome")
        let news = try await client.next("news", String.self)
        #expect(news == "welcome")
    }
}
