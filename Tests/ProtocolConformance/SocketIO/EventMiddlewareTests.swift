import EngineIO
import SocketIO
import TestSupport
import Testing

/// Row N9: what every event of a socket must pass.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO checks of events` {
    private struct Refused: Error {}
    private let steps = Journal<String>()

    @Test(arguments: Transport.allCases)
    func `see every event before its handlers, in the order in which they were added`(transport: Transport)
        async throws
    {
        let steps = steps
        try await withMembers(1, transport) { _, socket in
            socket.on("x") { _ in steps.append("handler") }
            socket.use { steps.append("first \($0.name) \($0.arguments[0].intValue ?? 0) \($0.ack != nil)") }
            socket.use { _ in steps.append("second") }
        } test: { _, members in
            try await members[0].client.emit("x", "7", ack: 0)
            try await members[0].client.emit("unknown")
            let expected = [
                "first x 7 true", "second", "handler", "first unknown 0 false", "second",
            ]
            #expect(await steps.waitFor(5) == expected)
        }
    }

    @Test func `may take their time, and the events behind wait`() async throws {
        let steps = steps
        let gate = Gate()
        try await withMembers(1) { _, socket in
            socket.use { (event: ReceivedEvent) async throws in
                steps.append("check \(event.name)")
                if event.name == "slow" { await gate.pass() }
            }
            for name in ["slow", "fast"] { socket.on(name) { steps.append("handle \($0.name)") } }
        } test: { server, members in
            for name in ["slow", "fast", "slow"] { try await members[0].client.emit(name) }
            await server.engine.settle()
            #expect(steps.all == ["check slow"])
            gate.open()
            let names = ["slow", "fast", "slow"]
            #expect(await steps.waitFor(6) == names.flatMap { ["check \($0)", "handle \($0)"] })
        }
    }

    @Test func `keep their order, whether they take their time or not`() async throws {
        let steps = steps
        try await withMembers(1) { _, socket in
            socket.use { _ in steps.append("1") }
            socket.use { (_: ReceivedEvent) async throws in
                await Task.yield()
                steps.append("2")
            }
            socket.use { _ in steps.append("3") }
            socket.on("x") { (_: ReceivedEvent) async throws in
                await Task.yield()
                steps.append("handler")
            }
        } test: { _, members in
            for _ in 0..<3 { try await members[0].client.emit("x") }
            let expected = Array(repeating: ["1", "2", "3", "handler"], count: 3).flatMap { $0 }
            #expect(await steps.waitFor(12) == expected)
        }
    }

    @Test func `do not hold up other sockets`() async throws {
        let gate = Gate()
        try await withMembers(2) { _, socket in
            socket.use { (event: ReceivedEvent) async throws in if event.name == "slow" { await gate.pass() }
            }
            socket.on("echo") { $0.ack?.send($0.arguments) }
        } test: { _, members in
            try await members[0].client.emit("slow")
            try await members[1].client.emit("echo", "1", ack: 1)
            #expect(try await members[1].client.receive() == "431[1]")
            gate.open()
        }
    }

    // MARK: Refusals

    @Test(arguments: [false, true])
    func `drop an event by throwing, and the next one passes`(isAsync: Bool) async throws {
        let steps = steps
        try await withMembers(1) { _, socket in
            socket.onError { error, event in steps.append("\(type(of: error)) \(event.name)") }
            if isAsync {
                socket.use { (event: ReceivedEvent) async throws in if event.name == "bad" { throw Refused() }
                }
            } else {
                socket.use { event in if event.name == "bad" { throw Refused() } }
            }
            socket.use { steps.append("passed \($0.name)") }
            for name in ["bad", "good"] { socket.on(name) { steps.append("handle \($0.name)") } }
        } test: { _, members in
            for name in ["bad", "good", "bad"] { try await members[0].client.emit(name) }
            let expected = ["Refused bad", "passed good", "handle good", "Refused bad"]
            #expect(await steps.waitFor(4) == expected)
        }
    }

    @Test func `may answer what they drop`() async throws {
        try await withMembers(1) { _, socket in
            socket.use { event in
                try event.ack?.send("refused")
                throw Refused()
            }
            socket.on("x") { try $0.ack?.send("handled") }
        } test: { _, members in
            try await members[0].client.emit("x", ack: 5)
            #expect(try await members[0].client.receive() == #"435["refused"]"#)
        }
    }

    @Test func `do not see acks`() async throws {
        let steps = steps
        try await withMembers(1) { _, socket in
            socket.use { event in
                steps.append(event.name)
                throw Refused()
            }
        } test: { _, members in
            async let answer = members[0].socket.emitWithAck("question")
            _ = try await members[0].client.receive()
            try await members[0].client.send("430[1]")
            let arguments = try await answer
            #expect(arguments[0] == 1)
            #expect(steps.all == [])
        }
    }

    @Test func `let an ack through while they take their time`() async throws {
        try await withMembers(1) { _, socket in
            socket.use { (event: ReceivedEvent) async throws in
                if event.name == "x" { socket.emit("thanks", try await socket.emitWithAck("may I")) }
            }
        } test: { _, members in
            try await members[0].client.emit("x")
            #expect(try await members[0].client.receive() == #"420["may I"]"#)
            try await members[0].client.send("430[1]")
            #expect(try await members[0].client.receive() == #"42["thanks",1]"#)
        }
    }

    @Test func `of one socket do not concern another`() async throws {
        try await withMembers(2) { _, socket in
            socket.on("echo") { $0.ack?.send($0.arguments) }
        } test: { server, members in
            members[0].socket.use { _ in throw Refused() }
            await server.engine.settle()
            try await members[0].client.emit("echo", "0", ack: 1)
            try await members[1].client.emit("echo", "1", ack: 1)
            #expect(try await members[1].client.receive() == "431[1]")
        }
    }

    // MARK: The end

    @Test func `that take their time are the last to see an event of a client that leaves`() async throws {
        let steps = steps
        let gate = Gate()
        try await withMembers(1) { _, socket in
            socket.use { (event: ReceivedEvent) async throws in
                steps.append("check \(event.arguments[0].intValue ?? 0)")
                await gate.pass()
                steps.append("passed")
            }
            socket.on("x") { _ in steps.append("handler") }
            socket.onDisconnect { _ in steps.append("gone") }
        } test: { server, members in
            for number in 1...3 { try await members[0].client.emit("x", "\(number)") }
            _ = await steps.waitFor(1)
            members[0].client.close()
            _ = await steps.waitFor(2)
            gate.open()
            #expect(await steps.waitFor(3) == ["check 1", "gone", "passed"])
            await server.engine.settle()
            #expect(steps.count == 3)
        }
    }

    @Test func `may disconnect the socket, and then no handler hears of the event`() async throws {
        let steps = steps
        try await withMembers(1) { _, socket in
            socket.use { _ in socket.disconnect() }
            socket.use { _ in steps.append("next") }
            socket.on("x") { _ in steps.append("handler") }
            socket.onDisconnect { steps.append($0.rawValue) }
        } test: { server, members in
            try await members[0].client.emit("x")
            #expect(try await members[0].client.receive() == "41")
            await server.engine.settle()
            #expect(steps.all == ["server namespace disconnect"])
        }
    }
}
