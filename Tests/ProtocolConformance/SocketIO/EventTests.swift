import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Rows M1, N17, P1: events in both directions.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO events` {
    /// Runs a server that sends `message` events back, in `/` and in `/custom`.
    private func withServer(_ body: (SocketServer, Int) async throws -> Void) async throws {
        try await withSocketServer(
            setUp: { server in
                for name in ["/", "/custom"] {
                    server.of(name).onConnection { socket in
                        socket.on("message") { event in socket.emit("message-back", event.arguments) }
                    }
                }
            }, test: body)
    }

    static let arguments = [
        "", #",1,"2",{"3":[true]}"#, ",null", ",[]", ",{}", #","""#, #","ünï→𝄞 \" \\ \n \u0000""#,
        ",12345678901234567890,-0,1.50,1e400", #",{"b":1,"a":2,"b":3}"#,
        ",{\"_placeholder\":false,\"num\":9}",
        "," + #""\#(String(repeating: "long ", count: 200))""#,
    ]

    @Test(arguments: Transport.allCases, arguments)
    func `arguments come back as they went`(transport: Transport, arguments: String) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port, transport)
            try await client.send(.text("42[\"message\"\(arguments)]"))
            #expect(try await client.receive() == .text("42[\"message-back\"\(arguments)]"))
        }
    }

    /// Node's suite: "should handle very large json". The limit of a message is 1,000,000 bytes.
    @Test(arguments: Transport.allCases)
    func `a large event comes back as it went`(transport: Transport) async throws {
        let items = (0..<9_000).map {
            #"{"id":\#($0),"name":"item \#($0) 😀","tags":["a","b",null],"price":1.50}"#
        }
        let json = "[" + items.joined(separator: ",") + "]"
        #expect(json.utf8.count > 500_000)
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port, transport)
            try await client.emit("message", json)
            #expect(try await client.receive() == .text("42[\"message-back\",\(json)]"))
        }
    }

    @Test func `send is a message event`() async throws {
        try await withMembers(1) { _, members in
            try members[0].socket.send("one", 2)
            try members[0].socket.send()
            #expect(try await members[0].client.receive(2) == [#"42["message","one",2]"#, #"42["message"]"#])
        }
    }

    @Test func `send is a message event, to everyone of the source`() async throws {
        try await withMembers(1) { server, members in
            try server.send("a", 1)
            try server.root.send("b")
            let both: [TestMessage] = [#"42["message","a",1]"#, #"42["message","b"]"#]
            #expect(try await packetsUntilEnd(server, members) == [both])
        }
    }

    @Test(arguments: Transport.allCases)
    func `a namespace's events carry its name`(transport: Transport) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port, transport, namespace: "/custom")
            try await client.emit("message", "1", namespace: "/custom")
            #expect(try await client.receive() == #"42/custom,["message-back",1]"#)
        }
    }

    @Test func `white space around JSON is allowed`() async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.send("42[ \"message\" , 1 ]")
            #expect(try await client.receive() == #"42["message-back",1]"#)
        }
    }

    @Test(arguments: [#"42["m\u0065ssage",1]"#, #"42["\u00fcber",1]"#, #"42["a\/b",1]"#] as [TestMessage])
    func `a name may be spelt with escapes`(packet: TestMessage) async throws {
        // Python's JSON writes all that is not ASCII so, PHP's all slashes.
        try await withSocketServer { server in
            server.onConnection { socket in
                for name in ["message", "über", "a/b"] { socket.on(name) { _ in try socket.emit("heard") } }
            }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.send(packet)
            #expect(try await client.receive() == #"42["heard"]"#)
        }
    }

    @Test(
        arguments: [#"42["unheard of",1]"#, "42[7]", "42[-1.5,{}]", #"42[""]"#, #"42["Message"]"#]
            as [TestMessage])
    func `an event that nobody handles is ignored`(packet: TestMessage) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.send(packet, #"42["message",2]"#)
            #expect(try await client.receive() == #"42["message-back",2]"#)
        }
    }

    @Test(arguments: Transport.allCases)
    func `the server may speak first`(transport: Transport) async throws {
        try await withSocketServer { server in
            server.onConnection { try? $0.emit("hello", 1, "two", [3.5], ["four": true]) }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port, transport)
            #expect(try await client.receive() == #"42["hello",1,"two",[3.5],{"four":true}]"#)
        }
    }

    // MARK: Handlers

    private struct Order: Codable, Sendable, Equatable {
        var symbol: String
        var quantity: Int
        var limit: Double?
    }

    @Test func `arguments can be had as types`() async throws {
        let orders = Journal<Order>()
        try await withSocketServer { server in
            server.onConnection { socket in
                socket.on("order", String.self, Order.self) { account, order in
                    if account == "a1" { orders.append(order) }
                }
            }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.emit("order", #""a1""#, #"{"symbol":"AAPL","quantity":3}"#)
            #expect(await orders.waitFor(1) == [Order(symbol: "AAPL", quantity: 3, limit: nil)])
        }
    }

    @Test func `arguments of other types go to the error handler`() async throws {
        let errors = Journal<String>()
        try await withSocketServer { server in
            server.onError { error, event, _ in errors.append("\(event): \(type(of: error))") }
            server.onConnection { socket in
                socket.on("order", Order.self) { (order: Order) in errors.append("handled") }
                socket.on("message") { event in socket.emit("message-back", event.arguments) }
            }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.emit("order", "7")
            try await client.emit("message", "1")
            #expect(try await client.receive() == #"42["message-back",1]"#)
            #expect(errors.all == ["order: DecodingError"])
        }
    }

    @Test func `all handlers of an event are called, those for any event first`() async throws {
        let calls = Journal<String>()
        try await withSocketServer { server in
            server.onConnection { socket in
                socket.on("x") { _ in calls.append("first") }
                socket.onAny { event in calls.append("any \(event.name)") }
                socket.on("x") { _ in calls.append("second") }
            }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.emit("x")
            try await client.emit("y")
            #expect(await calls.waitFor(4) == ["any x", "first", "second", "any y"])
        }
    }

    @Test func `handlers can be removed`() async throws {
        let calls = Journal<String>()
        try await withSocketServer { server in
            server.onConnection { socket in
                socket.on("x") { _ in
                    calls.append("x")
                    socket.off("x")
                }
                socket.on("end") { _ in calls.append("end") }
            }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            for event in ["x", "x", "end"] { try await client.emit(event) }
            #expect(await calls.waitFor(2) == ["x", "end"])
        }
    }

    @Test func `a handler that throws harms nobody`() async throws {
        struct Broken: Error {}
        let errors = Journal<String>()
        try await withSocketServer { server in
            server.onError { _, event, socket in errors.append(event + " " + socket.id) }
            server.onConnection { socket in
                socket.on("break") { _ in throw Broken() }
                socket.on("break later") { (_: ReceivedEvent) async throws in throw Broken() }
                socket.on("message") { event in socket.emit("message-back", event.arguments) }
            }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            let id = try await client.join()
            try await client.emit("break")
            try await client.emit("break later")
            try await client.emit("message", "1")
            #expect(try await client.receive() == #"42["message-back",1]"#)
            #expect(errors.all == ["break \(id)", "break later \(id)"])
        }
    }

    @Test func `what is sent from many threads arrives whole`() async throws {
        let sockets = Journal<Socket>()
        try await withSocketServer(.test(loops: 2)) {
            $0.onConnection { sockets.append($0) }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            let socket = try #require(await sockets.waitFor(1).first)
            await withTaskGroup { group in
                for task in 0..<8 {
                    group.addTask { for number in 0..<50 { try? socket.emit("n", task, number) } }
                }
            }
            var last = [Int](repeating: -1, count: 8)
            for _ in 0..<400 {
                let packet = try await client.receive().text
                let numbers = try JSONDecoder().decode([Int].self, from: Data("[\(packet.dropFirst(7))".utf8))
                #expect(numbers[1] == last[numbers[0]] + 1, "each thread's events keep their order")
                last[numbers[0]] = numbers[1]
            }
        }
    }
}
