import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Row N8: who may join.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO middleware` {
    @Test(arguments: Transport.allCases, [("/", "44"), ("/vip", "44/vip,")])
    func `a refusal reaches the client with its message`(
        transport: Transport, namespace: (name: String, head: String)
    ) async throws {
        try await withSocketServer { server in
            server.of(namespace.name).use { _ in throw ConnectionRefused("not \"you\"") }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port, transport)
            try await client.send(.text(namespace.name == "/" ? "40" : "40\(namespace.name),"))
            #expect(try await client.receive() == .text(namespace.head + #"{"message":"not \"you\""}"#))
        }
    }

    @Test func `a refusal may carry data`() async throws {
        try await withSocketServer { server in
            server.root.use { _ in throw ConnectionRefused("full", data: ["retryAfter": 30, "why": ["a"]]) }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            #expect(
                try await client.receive() == #"44{"message":"full","data":{"retryAfter":30,"why":["a"]}}"#)
        }
    }

    @Test func `binary data of a refusal is written as Node writes a Buffer`() async throws {
        try await withSocketServer { server in
            server.use { _ in throw ConnectionRefused("no", data: [.binary(Data([1, 255])), ["a": true]]) }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            let data = #"[{"type":"Buffer","data":[1,255]},{"a":true}]"#
            #expect(try await client.receive() == .text(#"44{"message":"no","data":\#(data)}"#))
        }
    }

    @Test func `any other error is a refusal, too, of which the application hears and not the client`()
        async throws
    {
        struct Broken: Error, CustomStringConvertible { var description: String { "the database is away" } }
        let errors = Journal<String>()
        try await withSocketServer { server in
            server.root.use { _ in throw Broken() }
            server.onError { error, event, _ in errors.append("\(event): \(error)") }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            #expect(try await client.receive() == #"44{"message":"connection refused"}"#)
            #expect(await errors.waitFor(1) == ["connection: the database is away"])
        }
    }

    @Test func `a refused socket never connects`() async throws {
        let connected = Journal<String>()
        try await withSocketServer { server in
            server.root.use { _ in throw ConnectionRefused("no") }
            server.onConnection { connected.append($0.id) }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            _ = try await client.receive()
            #expect(connected.count == 0)
            #expect(await server.root.socketCount() == 0)
        }
    }

    @Test func `the same client may try again`() async throws {
        try await withSocketServer { server in
            server.root.use { socket in
                guard socket.authentication["token"] == "good" else { throw ConnectionRefused("bad token") }
            }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send(#"40{"token":"bad"}"#)
            #expect(try await client.receive() == #"44{"message":"bad token"}"#)
            #expect(try await client.join(auth: #"{"token":"good"}"#).count == 20)
        }
    }

    @Test func `a socket is connected when all have let it in`() async throws {
        let seen = Journal<Bool>()
        try await withSocketServer { server in
            server.use { seen.append($0.isConnected) }
            server.use { seen.append($0.isConnected) }
            server.onConnection { seen.append($0.isConnected) }
        } test: { _, port in
            _ = try await SocketTestClient.connect(port: port)
            #expect(seen.all == [false, false, true])
        }
    }

    @Test func `what they keep with the socket is there for its handlers`() async throws {
        let seen = Journal<String>()
        let name = SocketKey<String>("name")
        try await withSocketServer { server in
            server.use { $0[name] = "ada" }
            server.onConnection { seen.append($0[name] ?? "nobody") }
        } test: { _, port in
            _ = try await SocketTestClient.connect(port: port)
            #expect(seen.all == ["ada"])
        }
    }

    @Test func `handlers that they add hear of events`() async throws {
        try await withSocketServer { server in
            server.use { socket in socket.on("echo") { socket.emit("echo", $0.arguments) } }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.emit("echo", "1")
            #expect(try await client.receive() == #"42["echo",1]"#)
        }
    }

    // MARK: What they send

    @Test(arguments: Transport.allCases)
    func `events that they send come right behind the connection, in order`(transport: Transport)
        async throws
    {
        try await withSocketServer { server in
            server.use { try $0.emit("first", 1) }
            server.use { try $0.emit("second", Data([7])) }
            server.onConnection { try? $0.emit("connected") }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port, transport)
            try await client.join()
            let packets = try await client.receive(4)
            #expect(packets[0] == #"42["first",1]"#)
            #expect(packets[1] == #"451-["second",{"_placeholder":true,"num":0}]"#)
            #expect(packets[2] == .binary([7]))
            #expect(packets[3] == #"42["connected"]"#)
        }
    }

    @Test func `events of a socket that is refused are dropped`() async throws {
        try await withSocketServer { server in
            server.use { socket in
                try socket.emit("token", socket.authentication["token"]?.stringValue)
                guard socket.authentication["token"] == "good" else { throw ConnectionRefused("no") }
            }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send(#"40{"token":"bad"}"#)
            #expect(try await client.receive() == #"44{"message":"no"}"#)
            try await client.join(auth: #"{"token":"good"}"#)
            try server.emit("end")
            #expect(try await client.receive(2) == [#"42["token","good"]"#, #"42["end"]"#])
        }
    }

    @Test(arguments: [TooManyEarlyEvents.limit, TooManyEarlyEvents.limit + 2])
    func `so many events are kept, and onError hears of others`(count: Int) async throws {
        let errors = Journal<String>()
        try await withSocketServer { server in
            server.onError { error, event, _ in errors.append("\(type(of: error)) \(event)") }
            server.use { socket in for number in 0..<count { try socket.emit("x", number) } }
        } test: { server, port in
            let client = try await SocketTestClient.connect(port: port)
            try server.emit("end")
            let kept = (0..<TooManyEarlyEvents.limit).map { TestMessage.text("42[\"x\",\($0)]") }
            #expect(try await client.receive(until: #"42["end"]"#) == kept)
            #expect(errors.all == Array(repeating: "TooManyEarlyEvents x", count: count - kept.count))
        }
    }

    @Test func `a client that cannot take what they send is never connected`() async throws {
        let connected = Journal<String>()
        let options = SocketOptions.test { $0.engine.sendQueue.packets = 4 }
        try await withSocketServer(options) { server in
            server.use { socket in for number in 0..<10 { try socket.emit("x", number) } }
            server.onConnection { connected.append($0.id) }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port, .polling)
            await #expect(throws: (any Error).self) { try await client.send("40") }
            #expect(await server.engine.sessionCount() == 0)
            #expect(connected.count == 0)
        }
    }

    @Test func `an event that they send may be answered later`() async throws {
        let answers = Journal<String>()
        try await withSocketServer { server in
            server.use { socket in
                try socket.emit("question") { answers.append("\($0.map { $0[0].stringValue ?? "" })") }
            }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            #expect(try await client.receive() == #"420["question"]"#)
            try await client.send(#"430["answer"]"#)
            #expect(await answers.waitFor(1) == [#"success("answer")"#])
        }
    }

    @Test func `nobody answers what was not sent`() async throws {
        let answers = Journal<String>()
        try await withSocketServer { server in
            server.use { socket in
                try socket.emit("question") { answers.append("\($0.map { $0.count })") }
                throw ConnectionRefused("no")
            }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            #expect(try await client.receive() == #"44{"message":"no"}"#)
            #expect(await answers.waitFor(1) == ["failure(\(AckError.disconnected))"])
        }
    }

    // MARK: Rooms

    @Test(arguments: [1, 2])
    func `rooms that they join are the socket's when it is connected`(loops: Int) async throws {
        let rooms = Journal<Set<String>>()
        try await withSocketServer(.test(loops: loops)) { server in
            server.use { socket in
                socket.join("a", "b", "a")
                socket.join("c")
                socket.leave("b", "none")
                rooms.append(socket.rooms)
            }
            server.onConnection { rooms.append($0.rooms.subtracting([$0.id])) }
        } test: { server, port in
            let client = try await SocketTestClient.connect(port: port)
            #expect(rooms.all == [["a", "c"], ["a", "c"]])
            try server.to("b").emit("b")
            try server.to("a", "c").emit("a or c")
            #expect(try await client.receive() == #"42["a or c"]"#)
        }
    }

    @Test func `rooms that they join are not reached before that`() async throws {
        let gate = Gate()
        try await withSocketServer { server in
            server.use { socket in
                socket.join("room")
                await gate.pass()
                socket.leave("left")
            }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            #expect(await eventually { gate.waitingCount == 1 })
            try server.to("room").emit("too early")
            #expect(try await server.in("room").fetchSockets().isEmpty)
            await server.engine.settle()
            gate.open()
            #expect(try await client.receive().text.hasPrefix(#"40{"sid":""#))
            try server.to("room").emit("now")
            #expect(try await client.receive() == #"42["now"]"#)
        }
    }

    @Test func `they may leave a room that others are in`() async throws {
        try await withSocketServer { server in
            server.use { socket in
                socket.join("room")
                if socket.authentication["stay"] != true { socket.leave("room") }
            }
        } test: { server, port in
            let inside = try await SocketTestClient.connect(port: port, auth: #"{"stay":true}"#)
            let outside = try await SocketTestClient.connect(port: port)
            try server.to("room").emit("news")
            try server.emit("end")
            #expect(try await inside.receive(2) == [#"42["news"]"#, #"42["end"]"#])
            #expect(try await outside.receive() == #"42["end"]"#)
        }
    }

    @Test func `they may join so many rooms`() async throws {
        let rooms = Journal<Int>()
        try await withSocketServer(.test { $0.maxRoomsPerSocket = 3 }) { server in
            server.use { socket in for number in 0..<5 { socket.join("\(number)") } }
            server.onConnection { rooms.append($0.rooms.count) }
        } test: { _, port in
            _ = try await SocketTestClient.connect(port: port)
            #expect(rooms.all == [4], "three rooms and its own id")
        }
    }

    @Test func `who is refused leaves no room behind`() async throws {
        let events = Journal<RoomEvent>()
        let sockets = Journal<Socket>()
        try await withSocketServer { server in
            server.root.onRoomEvent { events.append($0) }
            server.use { socket in
                socket.join("room")
                sockets.append(socket)
                throw ConnectionRefused("no")
            }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            _ = try await client.receive()
            sockets.all[0].join("later")
            await server.engine.settle()
            #expect(events.all == [])
            #expect(sockets.all[0].rooms == [])
        }
    }

    // MARK: Their order

    @Test func `they run one after the other, until one refuses`() async throws {
        let steps = Journal<String>()
        try await withSocketServer { server in
            server.root.use { _ in
                try await Task.sleep(for: .milliseconds(20))
                steps.append("first")
            }
            server.root.use { _ in
                steps.append("second")
                throw ConnectionRefused("no")
            }
            server.root.use { _ in steps.append("third") }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            _ = try await client.receive()
            #expect(steps.all == ["first", "second"])
        }
    }

    @Test func `one namespace's do not concern another`() async throws {
        try await withSocketServer { server in
            server.of("/vip").use { _ in throw ConnectionRefused("no") }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            #expect(try await client.join().count == 20)
        }
    }

    @Test func `a client that goes meanwhile never connects`() async throws {
        let steps = Journal<String>()
        try await withSocketServer { server in
            server.root.use { _ in
                steps.append("asked")
                _ = await eventually { steps.all.contains("gone") }
            }
            server.onConnection { _ in steps.append("connected") }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            _ = await steps.waitFor(1)
            client.close()
            #expect(await eventually { await server.engine.sessionCount() == 0 })
            steps.append("gone")
            try await expectSocketsWork(port: port)
            #expect(steps.all.filter { $0 == "connected" }.count == 2, "only the new clients")
        }
    }

    @Test func `a client may join another namespace while one is asked`() async throws {
        let steps = Journal<String>()
        try await withSocketServer { server in
            _ = server.of("/open")
            server.root.use { _ in _ = await steps.waitFor(1) }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            try await client.join("/open")
            steps.append("go on")
            #expect(try await client.receive().text.hasPrefix(#"40{"sid":""#))
        }
    }

    @Test func `an event before the answer closes`() async throws {
        let steps = Journal<String>()
        try await withSocketServer { server in
            server.root.use { _ in _ = await steps.waitFor(1) }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40", #"42["early"]"#)
            await server.engine.settle()
            steps.append("go on")
            // Row N7: the namespace is not joined yet.
            #expect(try await client.end() == [])
        }
    }
}
