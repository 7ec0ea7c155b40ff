import Foundation
import SocketIO
import TestSupport
import Testing

extension Event where Payload == Int {
    fileprivate static var number: Self { Event("number") }
}

extension Event where Payload == Void {
    fileprivate static var hello: Self { Event("hello") }
}

extension Request where Payload == [Int], Answer == Int {
    fileprivate static var sum: Self { Request("sum") }
}

/// Clients in the server's own process, of servers that do not listen.
@Suite(.timeLimit(.minutes(5))) struct `Clients in the server's process` {
    // MARK: Connecting

    @Test(arguments: [1, 2])
    func `a client is connected when the server's handler has run`(loops: Int) async throws {
        let sockets = Journal<Socket>()
        try await withLocalServer(.test(loops: loops)) { server in
            server.onConnection { sockets.append($0) }
        } test: { server in
            for number in 0..<4 {
                let client = try await server.connectInProcess()
                #expect(client.isConnected && !client.recovered && client.namespace == "/")
                #expect(sockets.all.map(\.id).last == client.id && sockets.count == number + 1)
            }
            #expect(await server.root.socketCount() == 4)
            #expect(await server.engine.metrics().sessions == [.webSocket: 4])
        }
    }

    @Test func `the server sees the handshake that the test makes`() async throws {
        let sockets = Journal<Socket>()
        try await withLocalServer { server in
            server.onConnection { sockets.append($0) }
        } test: { server in
            _ = try await server.connectInProcess(
                auth: ["token": "ü"], headers: ["X-Tenant": "a b", "host": "example"],
                query: ["room": "a&b=c ü", "x": ""])
            let socket = try #require(sockets.all.first)
            #expect(socket.authentication == ["token": "ü"])
            #expect(socket.header("x-tenant") == "a b" && socket.header("Host") == "example")
            #expect(socket.query("room") == "a&b=c ü" && socket.query("x") == "")
            #expect(socket.query("EIO") == "4" && socket.handshake.request.pathEquals("/socket.io/"))
            #expect(socket.address == "127.0.0.1" && socket.transport == .webSocket)
        }
    }

    @Test func `clients come from where a trusted proxy says`() async throws {
        var options = SocketOptions.test()
        options.engine.http.connections.trustedProxies = TrustedProxies(ranges: AddressRange.loopback)
        options.engine.admission.sessionsPerAddress = 1
        let addresses = Journal<String>()
        try await withLocalServer(options) { server in
            server.onConnection { addresses.append($0.address) }
        } test: { server in
            _ = try await server.connectInProcess(headers: ["X-Forwarded-For": "192.0.2.1"])
            _ = try await server.connectInProcess(headers: ["X-Forwarded-For": "192.0.2.2"])
            #expect(addresses.all == ["192.0.2.1", "192.0.2.2"])
            await #expect(throws: ConnectionError.self) {
                try await server.connectInProcess(headers: ["X-Forwarded-For": "192.0.2.2"])
            }
        }
    }

    @Test func `a server that listens has both kinds of clients`() async throws {
        try await withSocketServer { server, port in
            let remote = try await SocketTestClient.connect(port: port)
            let local = try await server.connectInProcess()
            try server.emit("all", 1)
            #expect(try await remote.receive() == #"42["all",1]"#)
            #expect(try await local.next("all", Int.self) == 1)
        }
    }

    @Test func `namespaces share a connection`() async throws {
        try await withLocalServer { server in
            server.of("/admin").onConnection { socket in try? socket.emit("hello", "admin") }
            _ = server.of(pattern: "/games/{id}")
        } test: { server in
            let client = try await server.connectInProcess()
            let admin = try await client.connect(to: "admin")
            let game = try await client.connect(to: "/games/7")
            #expect(admin.namespace == "/admin" && Set([client.id, admin.id, game.id]).count == 3)
            #expect(try await admin.next("hello", String.self) == "admin")
            try server.of("/games/7").emit("move", 1)
            #expect(try await game.next("move", Int.self) == 1)
            #expect(await server.engine.sessionCount() == 1)
            #expect(client.received.isEmpty && admin.received.count == 1)
            await #expect(throws: InProcessError.alreadyJoined("/admin")) {
                try await client.connect(to: "/admin")
            }
        }
    }

    // MARK: Who is not let in

    @Test func `a middleware refuses with a message and data`() async throws {
        try await withLocalServer { server in
            server.use { socket in
                guard socket.authentication["token"] == "right" else {
                    throw ConnectionRefused("who are you?", data: ["retry": false])
                }
            }
        } test: { server in
            let refusal = await #expect(throws: ConnectionRefused.self) {
                try await server.connectInProcess(auth: ["token": "wrong"])
            }
            #expect(refusal?.message == "who are you?" && refusal?.data == ["retry": false])
            #expect(await eventually { await server.engine.sessionCount() == 0 })
            _ = try await server.connectInProcess(auth: ["token": "right"])
        }
    }

    @Test func `a namespace that is not there refuses, and the connection stays for others`() async throws {
        try await withLocalServer { server in
            let client = try await server.connectInProcess()
            let refusal = await #expect(throws: ConnectionRefused.self) {
                try await client.connect(to: "/nowhere")
            }
            #expect(refusal?.message == "Invalid namespace")
            #expect(client.isConnected)
            #expect(await server.engine.sessionCount() == 1)
        }
    }

    @Test func `the engine refuses as it refuses a request`() async throws {
        var options = SocketOptions.test()
        options.engine.allowRequest = { request in
            request.queryValue("key") == "7" ? .allow : .refuse("no key", status: 401)
        }
        options.engine.cors = CORSPolicy(origins: .list(["https://app.example"]))
        let refusals = Journal<String>()
        try await withLocalServer(options) { server in
            server.engine.onConnectionError { error, _ in refusals.append(error.context.name) }
        } test: { server in
            let refusal = await #expect(throws: ConnectionError.self) { try await server.connectInProcess() }
            #expect(refusal?.message == "no key" && refusal?.status == 401)
            await #expect(throws: ConnectionError.self) {
                try await server.connectInProcess(
                    headers: ["Origin": "https://evil.example"], query: ["key": "7"])
            }
            #expect(refusals.all == ["FORBIDDEN", "INVALID_ORIGIN"])
            _ = try await server.connectInProcess(query: ["key": "7"])
        }
    }

    @Test func `the engine's middlewares and ids count`() async throws {
        var options = SocketOptions.test()
        options.engine.generateId = { $0.queryValue("id") ?? "" }
        let sockets = Journal<Socket>()
        try await withLocalServer(options) { server in
            server.engine.use { request, _ in
                request.field("x-blocked") == nil ? nil : HTTPResponse(status: 451)
            }
            server.onConnection { sockets.append($0) }
        } test: { server in
            _ = try await server.connectInProcess(query: ["id": "mine"])
            await #expect(throws: ConnectionError.self) {
                try await server.connectInProcess(query: ["id": "mine"])
            }
            let refusal = await #expect(throws: ConnectionError.self) {
                try await server.connectInProcess(headers: ["X-Blocked": "1"], query: ["id": "other"])
            }
            #expect(refusal?.status == 451)
            sockets.all[0].disconnect(close: true)
            _ = try await server.connectInProcess(query: ["id": "mine"])
        }
    }

    @Test(arguments: [["A": "b\r\nC: d"], ["A B": "c"], ["Content-Length": "x"]])
    func `headers that no client could send are refused`(headers: [String: String]) async throws {
        try await withLocalServer { server in
            await #expect(throws: ConnectionError.self) {
                try await server.connectInProcess(headers: headers)
            }
        }
    }

    @Test func `a middleware that takes too long costs the wait`() async throws {
        let gate = Gate()
        try await withLocalServer { server in
            server.use { _ in await gate.pass() }
        } test: { server in
            await #expect(throws: InProcessError.noAnswer("connect")) {
                try await server.connectInProcess(within: .milliseconds(20))
            }
            gate.open()
            #expect(await eventually { await server.engine.sessionCount() == 0 })
        }
    }

    @Test func `auth that is no object breaks the protocol`() async throws {
        try await withLocalServer { server in
            let error = await #expect(throws: InProcessError.self) {
                try await server.connectInProcess(auth: "token")
            }
            let details = "parse error, invalid payload"
            #expect(error == .disconnected(.transportClose, details: details))
        }
    }

    @Test func `a server that has closed lets nobody in`() async throws {
        try await withLocalServer { server in
            await server.closeInTest(grace: .zero)
            let refusal = await #expect(throws: ConnectionError.self) { try await server.connectInProcess() }
            #expect(refusal?.context.name == "SHUTTING_DOWN")
        }
    }

    // MARK: Events

    @Test(arguments: [1, 2])
    func `events travel both ways in order, with binary`(loops: Int) async throws {
        try await withLocalServer(.test(loops: loops)) { server in
            server.onConnection { socket in socket.on("echo") { socket.emit("echo", $0.arguments) } }
        } test: { server in
            for _ in 0..<loops {
                let client = try await server.connectInProcess()
                let data = Data([0, 1, 255])
                for number in 0..<100 { try client.emit("echo", number, data, ["x": data]) }
                for number in 0..<100 {
                    let echo = try await client.next("echo", Int.self, Data.self, [String: Data].self)
                    #expect(echo == (number, data, ["x": data]))
                }
            }
        }
    }

    @Test func `typed events`() async throws {
        let numbers = Journal<Int>()
        try await withLocalServer { server in
            server.onConnection { socket in
                socket.on(.number) { number in
                    numbers.append(number)
                    try socket.emit(.number, number + 1)
                }
                socket.on(.hello) { socket.emit(.hello) }
            }
        } test: { server in
            let client = try await server.connectInProcess()
            try client.emit(.number, 41)
            try client.emit(.hello)
            #expect(try await client.next(.number) == 42)
            try await client.next(.hello)
            #expect(numbers.all == [41])
        }
    }

    @Test func `events of other names wait for their turn`() async throws {
        try await withLocalServer { server in
            let client = try await server.connectInProcess()
            for number in 0..<3 {
                try server.emit("a", number)
                try server.emit("b", number)
            }
            for number in 0..<3 { #expect(try await client.next("b", Int.self) == number) }
            #expect(try await client.nextEvent().description == "a [0]")
            #expect(try await client.next("a").decode(Int.self) == 1)
            #expect(
                client.received.map(\.description) == ["a [0]", "b [0]", "a [1]", "b [1]", "a [2]", "b [2]"])
        }
    }

    @Test func `a wait in vain tells what came instead`() async throws {
        try await withLocalServer { server in
            let client = try await server.connectInProcess()
            try server.emit("other")
            await client.settled()
            await #expect(throws: InProcessError.noEvent("this", unread: ["other"])) {
                try await client.next("this", within: .milliseconds(10))
            }
            await #expect(throws: DecodingError.self) { try await client.next("other", Int.self) }
            await #expect(throws: InProcessError.noEvent(nil, unread: [])) {
                try await client.nextEvent(within: .milliseconds(10))
            }
        }
    }

    @Test func `who waits for the same event gets one each, in the order of the waits`() async throws {
        try await withLocalServer { server in
            let client = try await server.connectInProcess()
            let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { try await client.next("n", Int.self) } }
                for number in 0..<10 { try server.emit("n", number) }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(numbers == Set(0..<10))
        }
    }

    @Test func `a wait ends with its task`() async throws {
        try await withLocalServer { server in
            let client = try await server.connectInProcess()
            let wait = Task { try await client.next("never", within: .seconds(60)) }
            wait.cancel()
            await #expect(throws: CancellationError.self) { try await wait.value }
            try server.emit("never", 1)
            #expect(try await client.next("never", Int.self) == 1)
        }
    }

    @Test func `that something does not come can be told`() async throws {
        try await withLocalServer(.test(loops: 2)) { server in
            server.onConnection { socket in
                socket.on("shout") { event in socket.broadcast.emit("shout", event.arguments) }
            }
        } test: { server in
            let clients = try await [server.connectInProcess(), server.connectInProcess()]
            try clients[0].emit("shout", 1)
            for client in clients { await client.settled() }
            #expect(clients[0].received.isEmpty && clients[1].received.count == 1)
        }
    }

    // MARK: Acks

    @Test func `the server answers`() async throws {
        try await withLocalServer { server in
            server.onConnection { socket in
                socket.on("sum", [Int].self) { $0.reduce(0, +) }
                socket.on("data", Data.self) { data in Data(data.reversed()) }
                socket.on("later") { (event: ReceivedEvent) async throws in
                    await Task.yield()
                    try event.ack?.send("late", 2)
                }
                socket.on("never") { _ in }
            }
        } test: { server in
            let client = try await server.connectInProcess()
            #expect(try await client.emitWithAck(.sum, [1, 2, 3]) == 6)
            #expect(try await client.emitWithAck("data", Data([1, 2])).decode(Data.self) == Data([2, 1]))
            #expect(try await client.emitWithAck("later").decode(Int.self, at: 1) == 2)
            await #expect(throws: InProcessError.noAnswer("never")) {
                try await client.emitWithAck("never", timeout: .milliseconds(10))
            }
        }
    }

    @Test func `the client answers`() async throws {
        let sockets = Journal<Socket>()
        try await withLocalServer { server in
            server.onConnection { sockets.append($0) }
        } test: { server in
            let client = try await server.connectInProcess()
            client.answer("add", Int.self, Int.self) { $0 + $1 }
            client.answer(.sum) { $0.reduce(0, +) }
            client.answer("data") { Data(try $0.decode(Data.self).reversed()) }
            client.answer("fails") { try $0.decode(Int.self) }
            let socket = sockets.all[0]
            #expect(try await socket.emitWithAck("add", 1, 2).decode(Int.self) == 3)
            #expect(try await socket.emitWithAck(.sum, [4, 5]) == 9)
            #expect(try await socket.emitWithAck("data", Data([1, 2])).decode(Data.self) == Data([2, 1]))
            await #expect(throws: AckError.timeout) {
                try await socket.emitWithAck("fails", "x", timeout: .milliseconds(10))
            }
            #expect(try await client.next("add", Int.self, Int.self) == (1, 2))
        }
    }

    @Test func `the test answers when it likes`() async throws {
        try await withLocalServer { server in
            let client = try await server.connectInProcess()
            async let answers = server.timeout(.seconds(20)).emitWithAck("question", 7)
            let question = try await client.nextEvent("question")
            #expect(question.wantsAnswer && question.arguments[0] == 7)
            try question.answer("first")
            try question.answer("second")
            let all = try await answers
            #expect(all.count == 1)
        }
    }

    // MARK: Rooms and many clients

    @Test(arguments: [1, 2])
    func `broadcasts reach rooms`(loops: Int) async throws {
        try await withLocalServer(.test(loops: loops)) { server in
            server.onConnection { socket in
                socket.on("join", String.self) { room in socket.join(room) }
            }
        } test: { server in
            let clients = try await [
                server.connectInProcess(), server.connectInProcess(), server.connectInProcess(),
            ]
            try clients[0].emit("join", "a")
            try clients[1].emit("join", "a")
            try clients[1].emit("join", "b")
            for client in clients { await client.settled() }
            try server.to("a").except("b").emit("only", 0)
            try server.to(clients[2].id).emit("only", 2)
            try server.to("a", "b").emit("once")
            for client in clients { await client.settled() }
            let received = clients.map { $0.received.map(\.description) }
            #expect(received == [["only [0]", "once []"], ["once []"], ["only [2]"]])
        }
    }

    @Test(arguments: [1, 2])
    func `a thousand clients`(loops: Int) async throws {
        let options = SocketOptions.test(loops: loops)
        try await withLocalServer(options) { server in
            server.onConnection { socket in
                socket.on("hello", Int.self) { number in socket.join("\(number % 10)") }
            }
        } test: { server in
            var clients: [InProcessClient] = []
            for number in 0..<1_000 {
                clients.append(try await server.connectInProcess())
                try clients[number].emit("hello", number)
            }
            #expect(await server.root.socketCount() == 1_000)
            for round in 0..<10 {
                try server.emit("all", round)
                try server.to("\(round)").emit("some", round)
            }
            for (number, client) in clients.enumerated() {
                for round in 0..<10 { #expect(try await client.next("all", Int.self) == round) }
                #expect(try await client.next("some", Int.self) == number % 10)
            }
            for client in clients { client.close() }
            #expect(await server.engine.sessionCount() == 0)
        }
    }

    // MARK: Clients that do not read

    @Test func `volatile events pass a slow client by, the newest of each key stays`() async throws {
        try await withLocalServer { server in
            let (slow, fast) = try await (server.connectInProcess(), server.connectInProcess())
            slow.pauseReading()
            for number in 0..<3 {
                try server.volatile.emit("volatile", number)
                try server.latest("key").emit("latest", number)
                try server.emit("plain", number)
            }
            await fast.settled()
            #expect(fast.received.count == 9 && slow.received.isEmpty)
            slow.resumeReading()
            await slow.settled()
            let expected = ["plain [0]", "plain [1]", "latest [2]", "plain [2]"]
            #expect(slow.received.map(\.description) == expected)
            try server.volatile.emit("volatile", 3)
            #expect(try await slow.next("volatile", Int.self) == 3)
        }
    }

    @Test func `a key of one namespace is not that of another`() async throws {
        try await withLocalServer { server in
            let client = try await server.connectInProcess()
            _ = server.of("/other")
            let other = try await client.connect(to: "/other")
            client.pauseReading()
            for number in 0..<3 {
                try server.latest("key").emit("n", number)
                try server.of("/other").latest("key").emit("n", number)
            }
            client.resumeReading()
            await client.settled()
            #expect(client.received.map(\.description) == ["n [2]"])
            #expect(other.received.map(\.description) == ["n [2]"])
        }
    }

    @Test func `a client that reads gets everything of one turn`() async throws {
        try await withLocalServer { server in
            server.onConnection { socket in
                socket.on("go") { _ in
                    for number in 0..<20_000 { try socket.volatile.latest("key").emit("n", number) }
                }
            }
        } test: { server in
            let client = try await server.connectInProcess()
            try client.emit("go")
            for number in 0..<20_000 { #expect(try await client.next("n", Int.self) == number) }
        }
    }

    @Test(arguments: [10, 11])
    func `so much may wait for a client that does not read`(count: Int) async throws {
        let reasons = Journal<String?>()
        try await withLocalServer(.test { $0.engine.sendQueue.packets = 10 }) { server in
            server.onConnection { $0.onDisconnect { _, details in reasons.append(details) } }
        } test: { server in
            let client = try await server.connectInProcess()
            client.pauseReading()
            for number in 0..<count { try server.emit("n", number) }
            await client.settled()
            #expect(client.isConnected == (count == 10) && client.received.isEmpty)
            #expect(reasons.all == (count == 10 ? [] : ["the client does not keep up"]))
            client.resumeReading()
            await client.settled()
            #expect(client.received.count == (count == 10 ? 10 : 0))
        }
    }

    @Test(arguments: [980, 1_000])
    func `a message may be as large as every client's`(size: Int) async throws {
        try await withLocalServer(.test { $0.engine.maxPayload = 1_000 }) { server in
            server.onConnection { socket in socket.on("size", String.self) { $0.utf8.count } }
        } test: { server in
            let client = try await server.connectInProcess()
            let text = String(repeating: "x", count: size)
            if size == 980 {
                #expect(try await client.emitWithAck("size", text).decode(Int.self) == size)
            } else {
                let details = "transport error, the message is too large"
                await #expect(throws: InProcessError.disconnected(.transportClose, details: details)) {
                    try await client.emitWithAck("size", text)
                }
            }
        }
    }

    // MARK: Another parser

    @Test func `packets are written as the server's parser has them`() async throws {
        let sockets = Journal<Socket>()
        try await withLocalServer(.test { $0.parser = SemicolonParser() }) { server in
            server.of("/other").onConnection { socket in
                sockets.append(socket)
                socket.on("echo") { event in event.ack?.send(event.arguments) }
            }
        } test: { server in
            let client = try await server.connectInProcess(to: "/other", auth: ["a": 1])
            #expect(sockets.all[0].authentication == ["a": 1])
            let echo = try await client.emitWithAck("echo", Data([1, 2]), "x;y")
            #expect(try echo.decode(Data.self) == Data([1, 2]) && echo[1] == "x;y")
            try server.of("/other").emit("news", Data([3]))
            #expect(try await client.next("news", Data.self) == Data([3]))
            sockets.all[0].disconnect()
            #expect(try await client.closed() == .serverDisconnect)
        }
    }
}

/// `<kind>;<namespace>;<id>;<attachments>;<json>`, then the attachments.
private struct SemicolonParser: PacketParser {
    func encode(_ packet: ParserPacket) -> [Message] {
        let id = packet.id.map(String.init) ?? ""
        let json = String(decoding: packet.json, as: UTF8.self)
        let head = "\(packet.kind.rawValue);\(packet.namespace);\(id);\(packet.attachments.count);\(json)"
        return [.text(head)] + packet.attachments.map { .binary($0) }
    }

    func makeDecoder() -> any PacketParserDecoder { Decoder() }

    private struct Decoder: PacketParserDecoder {
        var packet: (packet: ParserPacket, attachments: Int)?

        mutating func decode(_ message: Message) throws -> ParserPacket? {
            switch message {
            case .text(let text):
                let parts = text.split(separator: ";", maxSplits: 4, omittingEmptySubsequences: false)
                let kind = try #require(UInt8(parts[0]).flatMap(PacketKind.init))
                let read = ParserPacket(
                    kind: kind, namespace: String(parts[1]), id: Int(parts[2]), json: Array(parts[4].utf8))
                packet = (read, try #require(Int(parts[3])))
            case .binary(let bytes): packet?.packet.attachments.append(bytes)
            }
            guard let packet, packet.packet.attachments.count == packet.attachments else { return nil }
            self.packet = nil
            return packet.packet
        }
    }
}
