import EngineIO
import SocketIO
import TestSupport
import Testing

/// Row M14: the events of one socket are handled one at a time and in order, however long a handler takes.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO order of handlers` {
    private let steps = Journal<String>()

    @Test(arguments: Transport.allCases)
    func `an asynchronous handler returns before the next event is handled`(transport: Transport) async throws
    {
        let steps = steps
        try await withMembers(1, transport) { _, socket in
            socket.on("work") { (event: ReceivedEvent) async throws in
                let number = event.arguments[0].intValue ?? -1
                steps.append("begin \(number)")
                try await Task.sleep(for: .milliseconds(number % 3 == 0 ? 8 : 1))
                await Task.yield()
                steps.append("end \(number)")
            }
        } test: { _, members in
            for number in 0..<20 { try await members[0].client.emit("work", "\(number)") }
            #expect(await steps.waitFor(40) == (0..<20).flatMap { ["begin \($0)", "end \($0)"] })
        }
    }

    @Test func `events for other handlers wait as well`() async throws {
        let steps = steps
        try await withMembers(1) { _, socket in
            socket.on("slow") { (_: ReceivedEvent) async throws in
                try await Task.sleep(for: .milliseconds(10))
                steps.append("slow")
            }
            socket.on("fast") { _ in steps.append("fast") }
        } test: { _, members in
            for event in ["fast", "slow", "fast", "slow", "fast"] { try await members[0].client.emit(event) }
            #expect(await steps.waitFor(5) == ["fast", "slow", "fast", "slow", "fast"])
        }
    }

    @Test(arguments: [1, 2])
    func `other sockets do not wait`(loops: Int) async throws {
        let steps = steps
        try await withMembers(2, .webSocket, .test(loops: loops)) { _, socket in
            socket.on("wait for other") { (_: ReceivedEvent) async throws in
                _ = await eventually { steps.all.contains("other") }
                steps.append("waited")
            }
            socket.on("other") { _ in steps.append("other") }
        } test: { _, members in
            try await members[0].client.emit("wait for other")
            try await members[1].client.emit("other")
            #expect(await steps.waitFor(2) == ["other", "waited"])
        }
    }

    @Test func `the sockets of one client do not wait for each other`() async throws {
        let steps = steps
        try await withSocketServer { server in
            server.onConnection { socket in
                socket.on("wait for other") { (_: ReceivedEvent) async throws in
                    _ = await eventually { steps.all.contains("other") }
                    steps.append("waited")
                }
            }
            server.of("/other").onConnection { $0.on("other") { _ in steps.append("other") } }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.join("/other")
            try await client.emit("wait for other")
            try await client.emit("other", namespace: "/other")
            #expect(await steps.waitFor(2) == ["other", "waited"])
        }
    }

    @Test func `answers keep the order of their events`() async throws {
        try await withMembers(1) { _, socket in
            socket.on("slow") { (event: ReceivedEvent) async throws in
                try await Task.sleep(for: .milliseconds(3))
                event.ack?.send(event.arguments)
            }
            socket.on("fast") { event in event.ack?.send(event.arguments) }
        } test: { _, members in
            let client = members[0].client
            for number in 0..<20 {
                try await client.emit(number % 4 == 0 ? "slow" : "fast", "\(number)", ack: number)
            }
            let packets = try await client.receive(20)
            #expect(packets == (0..<20).map { .text("43\($0)[\($0)]") })
        }
    }

    @Test func `a handler may ask its own client`() async throws {
        try await withMembers(1) { _, socket in
            socket.on("ask me") { (_: ReceivedEvent) async throws in
                let answer = try await socket.emitWithAck("how much")
                socket.emit("thanks", answer)
            }
        } test: { _, members in
            let client = members[0].client
            try await client.emit("ask me")
            #expect(try await client.receive() == #"420["how much"]"#)
            try await client.send("430[42]")
            #expect(try await client.receive() == #"42["thanks",42]"#)
        }
    }

    @Test func `events that wait when the client leaves are not handled`() async throws {
        let steps = steps
        try await withMembers(1) { _, socket in
            socket.on("work") { (_: ReceivedEvent) async throws in
                steps.append("work")
                _ = await eventually { steps.all.contains("gone") }
            }
            socket.onDisconnect { _ in steps.append("gone") }
        } test: { server, members in
            for _ in 0..<5 { try await members[0].client.emit("work") }
            _ = await steps.waitFor(1)
            members[0].client.close()
            _ = await steps.waitFor(2)
            await server.engine.settle()
            #expect(steps.all == ["work", "gone"])
        }
    }

    // MARK: A client that sends faster than it is served

    @Test func `a thousand events may wait`() async throws {
        let steps = steps
        try await withMembers(1) { _, socket in
            socket.on("work") { (event: ReceivedEvent) async throws in
                if event.arguments[0] == 0 { _ = await steps.waitFor(1) }
                if event.arguments[0] == 1_000 { try socket.emit("done") }
            }
        } test: { server, members in
            let client = members[0].client
            for number in 0...1_000 { try await client.emit("work", "\(number)") }
            await server.engine.settle()
            steps.append("go on")
            #expect(try await client.receive() == #"42["done"]"#)
        }
    }

    @Test func `far more are a transport error, and the server goes on`() async throws {
        let steps = steps
        try await withMembers(2) { _, socket in
            socket.on("work") { (_: ReceivedEvent) async throws in _ = await steps.waitFor(1) }
            socket.on("echo") { event in event.ack?.send(event.arguments) }
            socket.onDisconnect { steps.append($0.rawValue) }
        } test: { _, members in
            let flood = String(repeating: "x", count: 10)
            for _ in 0..<3_000 where steps.count == 0 {
                try? await members[0].client.emit("work", "\"\(flood)\"")
            }
            #expect(await steps.waitFor(1) == ["transport error"])
            try await members[1].client.emit("echo", "1", ack: 1)
            #expect(try await members[1].client.receive() == "431[1]")
        }
    }
}
