import EngineIO
import SocketIO
import TestSupport
import Testing

/// Row N18: who hears of an event.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO listening` {
    /// Lets a client send events, written like `name 1 "two"`, and leave; and expects the calls that the socket's handlers
    /// noted until then.
    private func expect(
        _ expected: [String], from events: String..., transport: Transport = .webSocket,
        sourceLocation: SourceLocation = #_sourceLocation,
        setUp: @escaping @Sendable (Socket, Journal<String>) -> Void
    ) async throws {
        let calls = Journal<String>()
        try await withMembers(1, transport) { _, socket in
            socket.onDisconnect { _ in calls.append("end") }
            setUp(socket, calls)
        } test: { _, members in
            for event in events {
                let words = event.split(separator: " ").map(String.init)
                let arguments = ["\"\(words[0])\""] + words.dropFirst()
                try await members[0].client.send(.text("42[\(arguments.joined(separator: ","))]"))
            }
            // Events that wait for an asynchronous handler would end with the socket.
            _ = await calls.waitFor(expected.count)
            try await members[0].client.send("41")
            let noted = await eventually { calls.all.last == "end" } ? calls.all.dropLast() : ["no end"]
            #expect(Array(noted) == expected, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: Transport.allCases)
    func `handlers of an event are called in the order in which they were added`(transport: Transport)
        async throws
    {
        try await expect(["first", "second", "third"], from: "x", transport: transport) { socket, calls in
            socket.on("x") { _ in calls.append("first") }
            socket.on("x") { _ in calls.append("second") }
            socket.on("y") { _ in calls.append("other") }
            socket.on("x") { _ in calls.append("third") }
        }
    }

    @Test func `a handler that is added twice is called twice`() async throws {
        try await expect(["x", "x"], from: "x") { socket, calls in
            let handler: @Sendable (ReceivedEvent) throws -> Void = { _ in calls.append("x") }
            for _ in 0..<2 { socket.on("x", handler) }
        }
    }

    // MARK: Once

    @Test(arguments: Transport.allCases)
    func `a handler may be called once only`(transport: Transport) async throws {
        try await expect(["once 1", "1", "2"], from: "x 1", "x 2", transport: transport) { socket, calls in
            socket.once("x") { calls.append("once \($0.arguments[0].intValue ?? 0)") }
            socket.on("x") { calls.append("\($0.arguments[0].intValue ?? 0)") }
        }
    }

    @Test func `so may one that takes its time, though more events come meanwhile`() async throws {
        try await expect(["1", "other"], from: "x 1", "x 2", "y") { socket, calls in
            socket.once("x") { (event: ReceivedEvent) async throws in
                await Task.yield()
                calls.append("\(event.arguments[0].intValue ?? 0)")
            }
            socket.on("y") { _ in calls.append("other") }
        }
    }

    @Test func `so may one that takes values`() async throws {
        try await expect(["1 a"], from: #"x 1 "a""#, #"x 2 "b""#) { socket, calls in
            socket.once("x", Int.self, String.self) { number, text in calls.append("\(number) \(text)") }
        }
    }

    @Test func `its one call may fail`() async throws {
        try await expect(["DecodingError"], from: #"x "no number""#, "x 2") { socket, calls in
            socket.onError { error, _ in calls.append("\(type(of: error))") }
            socket.once("x", Int.self) { calls.append("\($0)") }
        }
    }

    @Test func `an event that its own handler asks for again waits for the next`() async throws {
        try await expect(["1", "2"], from: "x 1", "x 2", "x 3") { socket, calls in
            socket.once("x", Int.self) { first in
                calls.append("\(first)")
                socket.once("x", Int.self) { calls.append("\($0)") }
            }
        }
    }

    // MARK: Off

    @Test func `one handler may be removed`() async throws {
        try await expect(["second", "other"], from: "x", "y") { socket, calls in
            let first = socket.on("x") { _ in calls.append("first") }
            socket.on("x") { _ in calls.append("second") }
            socket.on("y") { _ in calls.append("other") }
            socket.off(first)
            socket.off(first)
        }
    }

    @Test func `so may one that was to be called once`() async throws {
        try await expect([], from: "x") { socket, calls in
            socket.off(socket.once("x") { _ in calls.append("x") })
        }
    }

    @Test func `so may all handlers of an event`() async throws {
        try await expect(["any x", "any y", "other"], from: "x", "y") { socket, calls in
            socket.on("x") { _ in calls.append("first") }
            socket.once("x") { _ in calls.append("second") }
            socket.on("y") { _ in calls.append("other") }
            socket.onAny { calls.append("any \($0.name)") }
            socket.off("x")
        }
    }

    @Test func `so may the handlers of all events, but of nothing else`() async throws {
        try await expect(["any x", "check x", "any y", "check y"], from: "x", "y") { socket, calls in
            socket.on("x") { _ in calls.append("x") }
            socket.once("y") { _ in calls.append("y") }
            socket.onAny { calls.append("any \($0.name)") }
            socket.use { calls.append("check \($0.name)") }
            socket.offAll()
        }
    }

    @Test func `who listens to something else may be removed as well`() async throws {
        struct Broken: Error {}
        try await expect([], from: "x") { socket, calls in
            let listeners = [
                socket.onAny { _ in calls.append("any") },
                socket.onAnyOutgoing { _, _ in calls.append("outgoing") },
                socket.onError { _, _ in calls.append("error") },
                socket.onDisconnecting { _ in calls.append("disconnecting") },
                socket.onDisconnect { _ in calls.append("disconnect") },
                socket.onDisconnect { _, _ in calls.append("disconnect in words") },
            ]
            socket.on("x") { _ in
                try socket.emit("y")
                throw Broken()
            }
            for listener in listeners { socket.off(listener) }
        }
    }

    // MARK: Changes while an event is handled

    @Test func `a handler that is added meanwhile hears of the next event`() async throws {
        try await expect(["1", "2", "new 2"], from: "x 1", "x 2") { socket, calls in
            socket.on("x", Int.self) { number in
                calls.append("\(number)")
                if number == 1 { socket.on("x", Int.self) { calls.append("new \($0)") } }
            }
        }
    }

    @Test func `a handler that is removed meanwhile hears of this one still, as in Node`() async throws {
        try await expect(["first", "second", "first"], from: "x", "x") { socket, calls in
            let second = Journal<Listener>()
            socket.on("x") { _ in
                calls.append("first")
                for listener in second.all { socket.off(listener) }
            }
            second.append(socket.on("x") { _ in calls.append("second") })
        }
    }

    @Test func `a handler that ends the socket is the last that hears of later events`() async throws {
        try await expect(["first", "second"], from: "x", "x") { socket, calls in
            socket.on("x") { _ in calls.append("first") }
            socket.on("x") { _ in calls.append("second") }
            socket.on("x") { _ in socket.disconnect() }
        }
    }

    // MARK: Names

    @Test func `the names of events that are listened to are known where handlers run`() async throws {
        let names = Journal<[String]>()
        try await withMembers(1) { _, socket in
            for name in ["b", "a", "ö \"x\"", "b"] { socket.on(name) { _ in } }
            socket.once("once", Int.self) { _ in }
            socket.onAny { _ in names.append(socket.eventNames) }
            socket.off("a")
        } test: { _, members in
            try await members[0].client.emit("once", "1")
            try await members[0].client.emit("x")
            let expected = [["b", "ö \"x\"", "once"], ["b", "ö \"x\""]]
            #expect(await names.waitFor(2) == expected)
            #expect(members[0].socket.eventNames.isEmpty, "this is another thread")
        }
    }

    @Test(arguments: [1, 2])
    func `handlers may be added and removed from any thread`(loops: Int) async throws {
        let calls = Journal<String>()
        try await withMembers(2, .webSocket, .test(loops: loops)) { server, members in
            for member in members {
                let first = member.socket.on("x") { _ in calls.append("first") }
                member.socket.on("x") { _ in calls.append("second") }
                member.socket.off(first)
            }
            await server.engine.settle()
            for member in members { try await member.client.emit("x") }
            #expect(await calls.waitFor(2) == ["second", "second"])
        }
    }
}
