import EngineIO
import SocketIO
import TestSupport
import Testing

/// Rows N7, N17, P2, P3: what no client may send. Each closes one connection, and the server goes on.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO packets that are refused` {
    private let reasons = Journal<DisconnectReason>()

    /// Runs a server with `/` and `/custom` that sends `message` events back.
    private func withServer(
        _ options: SocketOptions = .test(), _ body: (SocketServer, Int) async throws -> Void
    ) async throws {
        let reasons = reasons
        try await withSocketServer(
            options,
            setUp: { server in
                _ = server.of("/custom")
                server.onConnection { socket in
                    socket.on("message") { event in socket.emit("message-back", event.arguments) }
                    socket.onDisconnect { reasons.append($0) }
                }
            }, test: body)
    }

    // MARK: Packets that cannot be read

    static let unreadable: [TestMessage] = [
        // types
        "4", "4abc", "47[]", "49", #"4"2["message"]"#, "4-1",
        // events
        "42", "42{}", "42[]", "42[", #"42["message""#, #"42["message"]x"#, "42null", "42[null]", "42[true]",
        #"42[{"toString":1}]"#, #"42[["message"]]"#, #"42"message""#, #"42["message",]"#,
        #"42["message",01]"#,
        "42[\"mess\u{1}age\"]", #"42["message",NaN]"#, #"42["\uD800"#,
        // ack ids
        #"42abc["message"]"#, #"42-1["message"]"#, #"42 1["message"]"#, "4299999999999999999999[\"message\"]",
        // acks
        "43", "431", "431{}", #"431"x""#, "431[", "43x[]",
        // disconnect and connect
        "41{}", "41[]", #"41"x""#, "40[]", #"40"x""#, "40{", "40{}x", "40null", "40true",
        // connect errors are the server's to send
        "44", "441", "44[]",
        // attachments
        "45", #"45["message"]"#, #"45-["message"]"#, #"45x-["message"]"#, #"451["message"]"#,
        #"4511-["message"]"#, #"45999999999999999999-["message"]"#, #"45-1-["message"]"#, "451-", "451-{}",
        "461-[]x",
        // reserved names
        #"42["connect"]"#, #"42["connect_error",1]"#, #"42["disconnect"]"#, #"42["disconnecting"]"#,
        #"42["newListener"]"#, #"42["removeListener"]"#, #"42["\u0063onnect"]"#, #"451-["disconnect",1]"#,
    ]

    @Test(arguments: unreadable)
    func `a packet that cannot be read closes with parse error`(packet: TestMessage) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.send(packet)
            #expect(try await client.end() == [])
            #expect(await reasons.waitFor(1) == [.parseError])
        }
    }

    @Test(arguments: unreadable)
    func `over polling as well, and a new client is served`(packet: TestMessage) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port, .polling)
            try? await client.send(packet)
            #expect(await reasons.waitFor(1) == [.parseError])
            try await expectSocketsWork(port: port)
        }
    }

    @Test(arguments: ["4abc", "42{}", #"452-["message"]"#, "42[\"message\"", "45"] as [TestMessage])
    func `as a first packet it closes as well`(packet: TestMessage) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send(packet, "40")
            #expect(try await client.end() == [])
            try await expectSocketsWork(port: port)
        }
    }

    @Test func `an event above the nesting limit closes, and the server goes on`() async throws {
        try await withServer { _, port in
            for brackets in [("[", "]"), ("{\"a\":", "}")] {
                let client = try await SocketTestClient.connect(port: port)
                let deep =
                    String(repeating: brackets.0, count: 50_000) + "1"
                    + String(repeating: brackets.1, count: 50_000)
                try await client.send(.text("42[\"message\",\(deep)]"))
                #expect(try await client.end() == [])
            }
            try await expectSocketsWork(port: port)
        }
    }

    // MARK: Packets at the wrong time

    static let untimely: [(name: String, packets: [TestMessage])] = [
        ("CONNECT twice", ["40"]), ("CONNECT twice with auth", ["40{\"a\":1}"]),
        ("an event for a namespace not joined", [#"42/custom,["message"]"#]),
        ("an event for a namespace that there is not", [#"42/random,["message"]"#]),
        ("an ack for a namespace not joined", ["43/custom,1[]"]),
        ("DISCONNECT from a namespace not joined", ["41/custom,"]),
        ("an event after DISCONNECT", ["41", #"42["message"]"#]), ("DISCONNECT twice", ["41", "41"]),
        ("CONNECT_ERROR", [#"44{"message":"no"}"#]), ("CONNECT_ERROR as text", [#"44"no""#]),
    ]

    @Test(arguments: untimely)
    func `a packet at the wrong time closes`(sample: (name: String, packets: [TestMessage])) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port)
            for packet in sample.packets { try await client.send(packet) }
            #expect(try await client.end() == [])
            try await expectSocketsWork(port: port)
        }
    }

    @Test(arguments: [#"42["message"]"#, "41", "43[]", "431[]", #"44{"message":"no"}"#] as [TestMessage])
    func `a first packet that is not CONNECT closes`(packet: TestMessage) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send(packet)
            #expect(try await client.end() == [])
            try await expectSocketsWork(port: port)
        }
    }

    @Test func `a packet at the wrong time disconnects with forced server close`() async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.send("40")
            // Row N13, and Node's `Client.close`.
            #expect(await reasons.waitFor(1).map(\.rawValue) == ["forced server close"])
        }
    }

    @Test func `a bad packet of one namespace disconnects the client from all`() async throws {
        let reasons = reasons
        try await withSocketServer { server in
            for name in ["/", "/custom"] {
                server.of(name).onConnection { $0.onDisconnect { reasons.append($0) } }
            }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.join("/custom")
            try await client.send("42/custom,{}")
            #expect(await reasons.waitFor(2) == [.parseError, .parseError])
        }
    }

    // MARK: Attachments

    static let brokenBinary: [(name: String, packets: [TestMessage])] = [
        ("bytes that nothing announced", [[1, 2, 3]]),
        ("one attachment too many", [#"451-["message",{"_placeholder":true,"num":0}]"#, [1], [2]]),
        (
            "a text while one is missing",
            [#"451-["message",{"_placeholder":true,"num":0}]"#, #"42["message"]"#]
        ),
        (
            "a text while the second is missing",
            [
                #"452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#, [1],
                "42[\"x\"]",
            ]
        ),
        ("a number without an attachment", [#"451-["message",{"_placeholder":true,"num":1}]"#, [1]]),
        ("a negative number", [#"451-["message",{"_placeholder":true,"num":-1}]"#, [1]]),
        ("a number that is none", [#"451-["message",{"_placeholder":true,"num":"0"}]"#, [1]]),
        ("half a number", [#"451-["message",{"_placeholder":true,"num":0.5}]"#, [1]]),
        ("no number", [#"451-["message",{"_placeholder":true}]"#, [1]]),
        ("a huge number", [#"451-["message",{"_placeholder":true,"num":1e999}]"#, [1]]),
        ("a number that is a name", [#"451-["message",{"_placeholder":true,"num":"splice"}]"#, [1]]),
        ("a wrong number deep inside", [#"451-["message",[{"a":[{"_placeholder":true,"num":7}]}]]"#, [1]]),
    ]

    @Test(arguments: brokenBinary)
    func `broken attachments close with parse error`(
        sample: (name: String, packets: [TestMessage])
    ) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port)
            for packet in sample.packets { try await client.send(packet) }
            try await client.end()
            #expect(await reasons.waitFor(1) == [.parseError])
            try await expectSocketsWork(port: port)
        }
    }

    @Test(arguments: [10, 11])
    func `ten attachments are taken, eleven are not`(count: Int) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.connect(port: port)
            let places = (0..<count).map { #"{"_placeholder":true,"num":\#($0)}"# }.joined(separator: ",")
            try await client.send(.text("45\(count)-[\"message\",\(places)]"))
            for number in 0..<10 { try? await client.send(.binary([UInt8(number)])) }
            if count == 10 {
                #expect(try await client.receive() == .text("4510-[\"message-back\",\(places)]"))
            } else {
                #expect(try await client.end() == [])
            }
        }
    }

    // MARK: Noise

    @Test(arguments: Transport.allCases)
    func `random packets end one connection only`(transport: Transport) async throws {
        try await withServer { _, port in
            let pieces = [
                "4", "2", "5", "1", "-", "/", ",", "[", "]", "{", "}", "\"", "\\", "é", "null", "9", ":",
            ]
            for _ in 0..<100 {
                let client = try await SocketTestClient.connect(port: port, transport)
                let noise = (0..<Int.random(in: 1...12)).compactMap { _ in pieces.randomElement() }.joined()
                try? await client.send(.text("4" + noise))
                client.close()
            }
            try await expectSocketsWork(port: port)
        }
    }
}
