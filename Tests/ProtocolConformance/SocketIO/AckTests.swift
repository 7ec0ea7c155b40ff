import EngineIO
import SocketIO
import TestSupport
import Testing

/// Rows M2, M3: answers in both directions.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO acks` {
    /// Gives `body` a server, the server's side of a client and the client's.
    private func withSocket(
        _ transport: Transport = .webSocket, _ options: SocketOptions = .test(), namespace: String = "/",
        _ body: (SocketServer, Socket, SocketTestClient) async throws -> Void
    ) async throws {
        let sockets = Journal<Socket>()
        try await withSocketServer(options) { server in
            server.of(namespace).onConnection { socket in
                socket.on("echo") { event in event.ack?.send(event.arguments) }
                socket.on("twice") { event in
                    event.ack?.send(event.arguments)
                    try event.ack?.send("again")
                }
                socket.on("add", Int.self, Int.self) { $0 + $1 }
                socket.on("wait typed", Int.self) { number in
                    try await Task.sleep(for: .milliseconds(5))
                    return socket.isConnected ? number * 2 : -1
                }
                socket.on("wait") { (event: ReceivedEvent) async throws in
                    try await Task.sleep(for: .milliseconds(5))
                    event.ack?.send(event.arguments)
                }
                socket.on("count") { event in event.arguments.count }
                socket.on("count later") { event in
                    await Task.yield()
                    return event.arguments.count
                }
                socket.on("count slowly") { event in await Self.count(event) }
                socket.on("names") { _ in ["a", "b"] }
                socket.once("count once") { event in event.arguments.count }
                socket.once("count once later") { event in await Self.count(event) }
                socket.on("count first") { event in
                    try event.ack?.send("first")
                    return event.arguments.count
                }
                socket.on("has ack") { event in try socket.emit("has ack", event.ack != nil) }
                sockets.append(socket)
            }
        } test: { server, port in
            let client = try await SocketTestClient.connect(port: port, transport, namespace: namespace)
            let socket = try #require(await sockets.waitFor(1).first)
            try await body(server, socket, client)
        }
    }

    // MARK: The server answers

    @Test(arguments: Transport.allCases, ["[]", #"[1,"2",{"3":[false]}]"#, "[null]"])
    func `an answer carries the event's number and arguments`(transport: Transport, arguments: String)
        async throws
    {
        try await withSocket(transport) { _, _, client in
            let rest = arguments == "[]" ? "]" : "," + arguments.dropFirst()
            try await client.send(.text("42456[\"echo\"\(rest)"))
            #expect(try await client.receive() == .text("43456\(arguments)"))
        }
    }

    @Test(arguments: [0, 1, 10, 999_999_999_999_999])
    func `numbers of any size come back`(number: Int) async throws {
        try await withSocket { _, _, client in
            try await client.emit("echo", ack: number)
            #expect(try await client.receive() == .text("43\(number)[]"))
        }
    }

    @Test func `a namespace's answers carry its name`() async throws {
        try await withSocket(namespace: "/custom") { _, _, client in
            try await client.emit("echo", "1", namespace: "/custom", ack: 7)
            #expect(try await client.receive() == "43/custom,7[1]")
        }
    }

    @Test func `what a handler returns is the answer`() async throws {
        try await withSocket { _, _, client in
            try await client.emit("add", "2", "3", ack: 1)
            #expect(try await client.receive() == "431[5]")
        }
    }

    @Test func `an asynchronous handler may answer later`() async throws {
        try await withSocket { _, _, client in
            try await client.emit("wait", "8", ack: 2)
            #expect(try await client.receive() == "432[8]")
        }
    }

    @Test func `what an asynchronous handler returns is the answer`() async throws {
        try await withSocket { _, _, client in
            try await client.emit("wait typed", "8", ack: 2)
            #expect(try await client.receive() == "432[16]")
        }
    }

    @Test(arguments: [
        ("count", "2"), ("count later", "2"), ("count slowly", "2"), ("names", #"["a","b"]"#),
        ("count once", "2"), ("count once later", "2"), ("count first", #""first""#),
    ])
    func `what a handler of the event as it came returns is the answer`(event: String, answer: String)
        async throws
    {
        try await withSocket { _, _, client in
            try await client.emit(event, "7", "8", ack: 1)
            #expect(try await client.receive() == .text("431[\(answer)]"))
        }
    }

    private static func count(_ event: ReceivedEvent) async -> Int {
        await Task.yield()
        return event.arguments.count
    }

    @Test func `an answer is given once`() async throws {
        try await withSocket { _, _, client in
            try await client.emit("twice", "1", ack: 1)
            try await client.emit("echo", "2", ack: 2)
            #expect(try await client.receive(2) == ["431[1]", "432[2]"])
        }
    }

    @Test func `without a number there is nothing to answer`() async throws {
        try await withSocket { _, _, client in
            try await client.emit("echo", "1")
            try await client.emit("has ack")
            #expect(try await client.receive() == #"42["has ack",false]"#)
        }
    }

    // MARK: The client answers

    @Test(arguments: Transport.allCases)
    func `the server gets the client's answer`(transport: Transport) async throws {
        try await withSocket(transport) { _, socket, client in
            async let answer = socket.emitWithAck("question", 1, "two")
            #expect(try await client.receive() == #"420["question",1,"two"]"#)
            try await client.send(#"430["answer",{"n":2}]"#)
            let arguments = try await answer
            #expect(arguments.count == 2)
            #expect(arguments[0] == "answer")
            #expect(arguments[1] == ["n": 2])
        }
    }

    @Test func `answers may come in any order`() async throws {
        try await withSocket { _, socket, client in
            async let first = socket.emitWithAck("a")
            let a = try await client.receive()
            async let second = socket.emitWithAck("b")
            let b = try await client.receive()
            #expect([a, b] == [#"420["a"]"#, #"421["b"]"#])
            try await client.send(#"431["to b"]"#, #"430["to a"]"#)
            let answers = try await [first[0], second[0]]
            #expect(answers == ["to a", "to b"])
        }
    }

    @Test func `the answer may be empty`() async throws {
        try await withSocket { _, socket, client in
            async let answer = socket.emitWithAck("question")
            _ = try await client.receive()
            try await client.send("430[]")
            let arguments = try await answer
            #expect(arguments.isEmpty)
        }
    }

    @Test func `the numbers of a namespace go up over all its sockets`() async throws {
        try await withSocket(namespace: "/custom") { _, socket, client in
            for number in 0..<12 {
                async let answer = socket.emitWithAck("q")
                #expect(try await client.receive() == .text("42/custom,\(number)[\"q\"]"))
                try await client.send(.text("43/custom,\(number)[\(number)]"))
                let arguments = try await answer
                #expect(arguments[0].intValue == number)
            }
        }
    }

    @Test(arguments: ["4399[1]", "430[1]"] as [TestMessage])
    func `an answer that nobody waits for is ignored`(packet: TestMessage) async throws {
        try await withSocket { _, _, client in
            try await client.send(packet)
            try await client.emit("echo", "1", ack: 1)
            #expect(try await client.receive() == "431[1]")
        }
    }

    @Test func `the second answer is ignored`() async throws {
        try await withSocket { _, socket, client in
            async let answer = socket.emitWithAck("q")
            _ = try await client.receive()
            try await client.send("430[1]", "430[2]")
            let arguments = try await answer
            #expect(arguments[0] == 1)
            try await client.emit("echo", "1", ack: 1)
            #expect(try await client.receive() == "431[1]")
        }
    }

    // MARK: No answer

    @Test func `an answer that does not come in time is a timeout`() async throws {
        try await withSocket { _, socket, client in
            let start = ContinuousClock.now
            await #expect(throws: AckError.timeout) {
                try await socket.emitWithAck("question", timeout: .milliseconds(50))
            }
            #expect(.now - start >= .milliseconds(50) - tolerance)
            let packet = try await client.receive()
            #expect(packet == #"420["question"]"#)
        }
    }

    @Test func `an answer after the timeout is ignored`() async throws {
        try await withSocket { _, socket, client in
            await #expect(throws: AckError.timeout) {
                try await socket.emitWithAck("question", timeout: .milliseconds(20))
            }
            _ = try await client.receive()
            try await client.send("430[1]")
            try await client.emit("echo", "1", ack: 1)
            #expect(try await client.receive() == "431[1]")
        }
    }

    enum Leaving: CaseIterable {
        case packet, connection, server, shutdown
    }

    @Test(arguments: Leaving.allCases)
    func `a client that leaves fails what waits for it`(leaving: Leaving) async throws {
        try await withSocket { server, socket, client in
            async let answer = socket.emitWithAck("question", timeout: .seconds(60))
            _ = try await client.receive()
            switch leaving {
            case .packet: try await client.send("41")
            case .connection: client.close()
            case .server: socket.disconnect()
            case .shutdown: await server.closeInTest()
            }
            do {
                _ = try await answer
                Issue.record("there was no answer")
            } catch { #expect(error as? AckError == .disconnected) }
        }
    }

    @Test func `a client that has left fails it at once`() async throws {
        try await withSocket { _, socket, client in
            client.close()
            _ = await eventually { await socket.namespace.socketCount() == 0 }
            await #expect(throws: AckError.disconnected) { try await socket.emitWithAck("question") }
        }
    }

    @Test func `a server that has closed fails it at once`() async throws {
        try await withSocket { server, socket, _ in
            await server.closeInTest()
            let outcomes = Journal<String>()
            Task {
                do { _ = try await socket.emitWithAck("question") } catch { outcomes.append("\(error)") }
            }
            _ = await eventually(within: .seconds(3)) { outcomes.count == 1 }
            #expect(outcomes.all == ["\(AckError.disconnected)"])
        }
    }

    @Test func `only so many may wait`() async throws {
        try await withSocket(.webSocket, .test { $0.maxPendingAcks = 2 }) { _, socket, client in
            async let first = socket.emitWithAck("a")
            _ = try await client.receive()
            async let second = socket.emitWithAck("b")
            _ = try await client.receive()
            await #expect(throws: AckError.tooManyPending) { try await socket.emitWithAck("c") }
            try await client.send("430[]", "431[]")
            _ = try await [first, second]
        }
    }
}
