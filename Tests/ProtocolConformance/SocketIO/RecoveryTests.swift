import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Section 2.4: clients that come back after a lost connection.
@Suite(.timeLimit(.minutes(5))) struct `Connection state recovery` {
    /// What a client remembers of its connection, as `socket.io-client` does.
    private struct Memory {
        var id = ""
        var pid = ""
        var offset: String?

        var auth: String {
            offset.map { "{\"pid\":\"\(pid)\",\"offset\":\"\($0)\"}" } ?? "{\"pid\":\"\(pid)\"}"
        }
    }

    private static func options(loops: Int = 1, _ change: (inout RecoveryOptions) -> Void = { _ in })
        -> SocketOptions
    {
        var recovery = RecoveryOptions()
        change(&recovery)
        return .test(loops: loops) { $0.recovery = recovery }
    }

    /// Joins `/`.
    /// - Returns: what the client got before it was connected, and what it remembers.
    private func join(_ client: SocketTestClient, auth: String = "") async throws -> (
        missed: [String], memory: Memory
    ) {
        try await client.send("40\(auth)")
        var missed: [String] = []
        while true {
            let packet = try await client.receive().text
            guard packet.hasPrefix("40") else {
                missed.append(packet)
                continue
            }
            let parts = packet.split(separator: "\"").map(String.init)
            try #require(parts.count == 9 && parts[1] == "sid" && parts[5] == "pid")
            return (missed, Memory(id: parts[3], pid: parts[7]))
        }
    }

    /// Takes the offset from an event's end.
    private func split(_ packet: String) throws -> (event: String, offset: String) {
        let parts = packet.split(separator: ",\"")
        let offset = try #require(parts.last).dropLast(2)
        return (packet.replacing(",\"\(offset)\"]", with: "]"), String(offset))
    }

    /// Waits for an event and remembers its offset.
    private func receive(_ client: SocketTestClient, _ memory: inout Memory) async throws -> String {
        let (event, offset) = try split(try await client.receive().text)
        memory.offset = offset
        return event
    }

    private func events(_ packets: [String]) throws -> [String] { try packets.map { try split($0).event } }

    /// Waits until the server has noticed that all clients are gone.
    private func allGone(_ server: SocketServer) async {
        #expect(await eventually { await server.engine.sessionCount() == 0 })
    }

    // MARK: Coming back

    @Test(arguments: [1, 3], Transport.allCases)
    func `a client gets its id, rooms and state back, and what it missed`(loops: Int, transport: Transport)
        async throws
    {
        let sockets = Journal<Socket>()
        try await withSocketServer(Self.options(loops: loops)) { server in
            server.onConnection { sockets.append($0) }
        } test: { server, port in
            var client = try await SocketTestClient.open(port: port, transport)
            var (_, memory) = try await join(client)
            #expect(sockets.all[0].id == memory.id && !sockets.all[0].recovered)
            sockets.all[0].join("room")
            sockets.all[0][SocketKey<Int>("visits")] = 41
            try server.to("room").emit("seen", 1)
            #expect(try await receive(client, &memory) == #"42["seen",1]"#)
            client.close()
            // That a client which polls is away shows only when it misses a ping.
            if transport == .webSocket { await allGone(server) }
            try server.to("room").emit("missed", 2)
            try server.to("other").emit("not for it", 3)
            try server.emit("missed", 4)
            try server.to(memory.id).emit("missed", 5)
            try server.except("room").emit("not for it", 6)
            client = try await SocketTestClient.open(port: port, transport)
            let (missed, again) = try await join(client, auth: memory.auth)
            #expect(try events(missed) == [#"42["missed",2]"#, #"42["missed",4]"#, #"42["missed",5]"#])
            #expect(again.id == memory.id && again.pid == memory.pid)
            let socket = sockets.all[1]
            #expect(socket.recovered && socket.rooms == ["room", memory.id])
            #expect(socket[SocketKey<Int>("visits")] == 41)
            try server.to("room").emit("live", 7)
            var later = again
            #expect(try await receive(client, &later) == #"42["live",7]"#)
        }
    }

    @Test(arguments: [1, 3])
    func `a client may lose its connection again and again`(loops: Int) async throws {
        try await withSocketServer(Self.options(loops: loops)) { server, port in
            var client = try await SocketTestClient.open(port: port)
            var (_, memory) = try await join(client)
            let id = memory.id
            for round in 0..<8 {
                try server.emit("live", round)
                #expect(try await receive(client, &memory) == "42[\"live\",\(round)]")
                client.close()
                await allGone(server)
                for number in 0..<3 { try server.emit("missed", round, number) }
                client = try await SocketTestClient.open(port: port)
                let (missed, again) = try await join(client, auth: memory.auth)
                #expect(try events(missed) == (0..<3).map { "42[\"missed\",\(round),\($0)]" })
                #expect(again.id == id)
                memory.offset = try split(try #require(missed.last)).offset
            }
        }
    }

    @Test func `events with attachments come, too`() async throws {
        try await withSocketServer(Self.options()) { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            client.close()
            await allGone(server)
            try server.emit("picture", [1, 2] as [Int], Data([7, 8]))
            client = try await SocketTestClient.open(port: port)
            try await client.send(.text("40\(memory.auth)"))
            let text = try await client.receive().text
            #expect(try split(text).event == #"451-["picture",[1,2],{"_placeholder":true,"num":0}]"#)
            #expect(try await client.receive() == .binary([7, 8]))
        }
    }

    @Test func `an ack is no event, and an event that wants one has no offset`() async throws {
        let sockets = Journal<Socket>()
        try await withSocketServer(Self.options()) { server in
            server.onConnection { socket in
                socket.on("echo") { $0.ack?.send($0.arguments) }
                sockets.append(socket)
            }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            _ = try await join(client)
            try await client.emit("echo", "1", ack: 3)
            #expect(try await client.receive() == "433[1]")
            async let answer = sockets.all[0].emitWithAck("question")
            #expect(try await client.receive() == #"420["question"]"#)
            try await client.send("430[1]")
            _ = try await answer
        }
    }

    // MARK: Where Node's fails

    @Test(arguments: [1, 3])
    func `a client that never got an event comes back, too`(loops: Int) async throws {
        try await withSocketServer(Self.options(loops: loops)) { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            client.close()
            await allGone(server)
            try server.emit("missed", 1)
            client = try await SocketTestClient.open(port: port)
            let (missed, again) = try await join(client, auth: memory.auth)
            #expect(try events(missed) == [#"42["missed",1]"#])
            #expect(again.id == memory.id)
        }
    }

    @Test(arguments: [1, 3])
    func `a client comes back before the server has noticed that it was away`(loops: Int) async throws {
        let reasons = Journal<DisconnectReason>()
        try await withSocketServer(Self.options(loops: loops)) { server in
            server.onConnection { $0.onDisconnect { (reason: DisconnectReason) in reasons.append(reason) } }
        } test: { server, port in
            let old = try await SocketTestClient.open(port: port)
            var (_, memory) = try await join(old)
            try server.emit("seen", 1)
            #expect(try await receive(old, &memory) == #"42["seen",1]"#)
            try server.emit("lost on the way", 2)
            let client = try await SocketTestClient.open(port: port)
            let (missed, again) = try await join(client, auth: memory.auth)
            #expect(try events(missed) == [#"42["lost on the way",2]"#])
            #expect(again.id == memory.id)
            #expect(reasons.all == [.transportClose])
            #expect(await server.root.socketCount() == 1)
            try await old.end()
        }
    }

    @Test(arguments: [1, 3])
    func `a client gets what was sent to its rooms of then, not to those of now`(loops: Int) async throws {
        let sockets = Journal<Socket>()
        try await withSocketServer(Self.options(loops: loops)) { server in
            server.onConnection { sockets.append($0) }
        } test: { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            let rooms: [([String], leaves: [String])] = [(["early"], []), (["late"], ["early"]), ([], [])]
            for (number, change) in rooms.enumerated() {
                sockets.all[0].join(change.0)
                sockets.all[0].leave(change.leaves)
                await server.engine.settle()
                for room in ["early", "late"] { try server.to(room).emit(room, number) }
            }
            client.close()
            await allGone(server)
            client = try await SocketTestClient.open(port: port)
            let (missed, _) = try await join(client, auth: #"{"pid":"\#(memory.pid)"}"#)
            #expect(try events(missed) == [#"42["early",0]"#, #"42["late",1]"#, #"42["late",2]"#])
            #expect(sockets.all[1].rooms == ["late", memory.id])
        }
    }

    @Test func `a client gets nothing that was sent before it was let in`() async throws {
        let gate = Gate()
        let attempts = Journal<String>()
        try await withSocketServer(Self.options()) { server in
            server.use { socket in
                attempts.append(socket.id)
                if attempts.count == 2 { await gate.pass() }
            }
        } test: { server, port in
            // Nothing is kept where nobody has ever been.
            _ = try await join(try await SocketTestClient.open(port: port))
            await allGone(server)
            var client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            #expect(await eventually { gate.waitingCount == 1 })
            try server.emit("not for it")
            gate.open()
            let parts = try await client.receive().text.split(separator: "\"")
            client.close()
            await allGone(server)
            client = try await SocketTestClient.open(port: port)
            let (missed, again) = try await join(client, auth: #"{"pid":"\#(parts[7])"}"#)
            #expect(missed.isEmpty && again.id == parts[3])
        }
    }

    @Test(arguments: [1, 3])
    func `a client that is lost once more before it has read gets nothing twice`(loops: Int) async throws {
        let gate = Gate()
        let attempts = Journal<String>()
        try await withSocketServer(Self.options(loops: loops)) { server in
            server.use { socket in
                attempts.append(socket.id)
                if attempts.count == 2 { await gate.pass() }
            }
        } test: { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            client.close()
            await allGone(server)
            try server.emit("missed", 1)
            client = try await SocketTestClient.open(port: port)
            try await client.send(.text("40\(memory.auth)"))
            #expect(await eventually { gate.waitingCount == 1 })
            try server.emit("missed", 2)
            gate.open()
            #expect(await eventually { await server.root.socketCount() == 1 })
            client.close()
            await allGone(server)
            client = try await SocketTestClient.open(port: port)
            let (missed, again) = try await join(client, auth: memory.auth)
            #expect(try events(missed) == [#"42["missed",1]"#, #"42["missed",2]"#])
            #expect(again.id == memory.id)
        }
    }

    @Test func `a volatile event that ends with a text costs nobody the way back`() async throws {
        try await withSocketServer(Self.options()) { server, port in
            var client = try await SocketTestClient.open(port: port)
            var (_, memory) = try await join(client)
            try server.emit("kept", "a text")
            try server.volatile.emit("volatile", "another text")
            #expect(try await receive(client, &memory) == #"42["kept","a text"]"#)
            #expect(try await receive(client, &memory) == #"42["volatile","another text"]"#)
            client.close()
            await allGone(server)
            try server.volatile.emit("volatile", "not kept")
            try server.emit("missed")
            client = try await SocketTestClient.open(port: port)
            let (missed, again) = try await join(client, auth: memory.auth)
            #expect(try events(missed) == [#"42["missed"]"#])
            #expect(again.id == memory.id)
        }
    }

    @Test func `of events that are sent as latest only the newest of each key is kept`() async throws {
        try await withSocketServer(Self.options()) { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            client.close()
            await allGone(server)
            for price in 1...5 {
                try server.latest("AAPL").emit("AAPL", price)
                try server.latest("MSFT").emit("MSFT", price)
            }
            try server.latest("AAPL").to("other").emit("AAPL", 6)
            client = try await SocketTestClient.open(port: port)
            let (missed, _) = try await join(client, auth: memory.auth)
            #expect(try events(missed) == [#"42["AAPL",5]"#, #"42["MSFT",5]"#])
        }
    }

    @Test(arguments: [1, 3], Transport.allCases)
    func `a client that missed more than may wait for one gets all of it`(loops: Int, transport: Transport)
        async throws
    {
        var options = Self.options(loops: loops)
        (options.engine.sendQueue.packets, options.engine.sendQueue.bytes) = (20, 10_000)
        let text = String(repeating: "x", count: 1_000)
        try await withSocketServer(options) { server, port in
            var client = try await SocketTestClient.open(port: port, transport)
            let (_, memory) = try await join(client)
            client.close()
            if transport == .webSocket { await allGone(server) }
            for number in 0..<200 { try server.emit("missed", number, text) }
            client = try await SocketTestClient.open(port: port, transport)
            var (missed, again) = try await join(client, auth: memory.auth)
            #expect(try events(missed) == (0..<200).map { "42[\"missed\",\($0),\"\(text)\"]" })
            #expect(again.id == memory.id)
            try server.emit("live")
            #expect(try await receive(client, &again) == #"42["live"]"#)
        }
    }

    @Test func `middlewares are asked again`() async throws {
        let isBlocked = Journal<Bool>()
        try await withSocketServer(Self.options()) { server in
            server.use { _ in if isBlocked.count > 0 { throw ConnectionRefused("blocked") } }
        } test: { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            client.close()
            await allGone(server)
            isBlocked.append(true)
            client = try await SocketTestClient.open(port: port)
            try await client.send(.text("40\(memory.auth)"))
            #expect(try await client.receive() == #"44{"message":"blocked"}"#)
        }
    }

    @Test func `middlewares are skipped where that is asked for`() async throws {
        let asked = Journal<String>()
        try await withSocketServer(Self.options { $0.skipsMiddlewares = true }) { server in
            server.use { asked.append($0.id) }
        } test: { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            client.close()
            await allGone(server)
            client = try await SocketTestClient.open(port: port)
            #expect(try await join(client, auth: memory.auth).memory.id == memory.id)
            #expect(asked.count == 1)
        }
    }

    // MARK: Who does not come back

    @Test(arguments: ["41", "disconnect"])
    func `not who left or was sent away`(how: String) async throws {
        let sockets = Journal<Socket>()
        try await withSocketServer(Self.options()) { server in
            server.onConnection { sockets.append($0) }
        } test: { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            if how == "41" { try await client.send("41") } else { sockets.all[0].disconnect(close: true) }
            #expect(await eventually { await server.root.socketCount() == 0 })
            client = try await SocketTestClient.open(port: port)
            let (_, again) = try await join(client, auth: memory.auth)
            #expect(again.id != memory.id && again.pid != memory.pid)
        }
    }

    @Test(arguments: [
        #"{"pid":"unknown","offset":"0.1"}"#, #"{"pid":7}"#, #"{"offset":"0.1"}"#,
        #"{"pid":"PID","offset":"0.zzz"}"#,
    ])
    func `not who says what cannot be`(auth: String) async throws {
        let sockets = Journal<Socket>()
        try await withSocketServer(Self.options()) { server in
            server.onConnection { sockets.append($0) }
        } test: { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            client.close()
            await allGone(server)
            client = try await SocketTestClient.open(port: port)
            let (_, again) = try await join(client, auth: auth.replacing("PID", with: memory.pid))
            #expect(again.id != memory.id && again.pid != memory.pid)
            #expect(!sockets.all[1].recovered)
        }
    }

    @Test func `not who was away too long`() async throws {
        try await withSocketServer(Self.options { $0.maxDisconnection = .milliseconds(40) }) { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            client.close()
            #expect(await eventually { server.root.recoverableSockets == 0 })
            client = try await SocketTestClient.open(port: port)
            #expect(try await join(client, auth: memory.auth).memory.id != memory.id)
        }
    }

    @Test func `not who missed more than is kept`() async throws {
        try await withSocketServer(Self.options { $0.maxBytes = 10_000 }) { server, port in
            var client = try await SocketTestClient.open(port: port)
            let (_, memory) = try await join(client)
            client.close()
            await allGone(server)
            for _ in 0..<10 { try server.emit("bulk", String(repeating: "x", count: 2_000)) }
            client = try await SocketTestClient.open(port: port)
            let (missed, again) = try await join(client, auth: memory.auth)
            #expect(missed.isEmpty && again.id != memory.id)
        }
    }

    @Test func `not the first to leave when too many are away`() async throws {
        try await withSocketServer(Self.options { $0.maxClients = 1 }) { server, port in
            var memories: [Memory] = []
            for _ in 0..<2 {
                let client = try await SocketTestClient.open(port: port)
                memories.append(try await join(client).memory)
                client.close()
                await allGone(server)
            }
            let clients = try await [SocketTestClient.open(port: port), SocketTestClient.open(port: port)]
            #expect(try await join(clients[0], auth: memories[0].auth).memory.id != memories[0].id)
            #expect(try await join(clients[1], auth: memories[1].auth).memory.id == memories[1].id)
        }
    }

    @Test func `without the option there is no pid`() async throws {
        try await withSocketServer { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send(#"40{"pid":"x","offset":"0.1"}"#)
            let packet = try await client.receive().text
            #expect(packet.hasPrefix(#"40{"sid":""#) && !packet.contains("pid"))
        }
    }
}
