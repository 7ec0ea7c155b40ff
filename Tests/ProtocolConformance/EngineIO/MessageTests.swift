import EngineIO
import TestSupport
import Testing

/// Rows C1 and C2, H2: messages in both directions.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO messages` {
    static let packets: [TestMessage] = [
        "4hello", "4", "4 ", "44", "4ünï→𝄞 🙂", #"4{"json":[1,"a\\u001e"]}"#, "4\u{0}\u{7F}\u{1F}",
        [1, 2, 3, 4], [], [0], [0x34], [0x1E, 0xFF, 0, 0x62], .binary(Array(0...255)),
        .text("4" + String(repeating: "é", count: 40_000)), .binary([UInt8](repeating: 0xA5, count: 70_000)),
    ]

    @Test(arguments: Transport.allCases, packets)
    func `a message comes back as it went`(transport: Transport, packet: TestMessage) async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            try await client.send(packet)
            #expect(try await client.receive() == packet)
        }
    }

    @Test(arguments: Transport.allCases, [1, 2])
    func `many messages come back in order`(transport: Transport, loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            let packets = (0..<300).map { TestMessage.text("4message \($0)") }
            for packet in packets { try await client.send(packet) }
            #expect(try await client.receive(300) == packets)
        }
    }

    @Test func `the handler gets text as text and bytes as bytes`() async throws {
        let heard = Journal<Message>()
        let onConnection: @Sendable (Session) -> Void = { $0.onMessage { heard.append($0) } }
        for transport in Transport.allCases {
            try await withEngineServer(onConnection: onConnection) { _, port in
                let client = try await EngineTestClient.connect(port: port, transport)
                try await client.send("4text", [1, 2])
                _ = await heard.waitFor(transport == .polling ? 2 : 4)
            }
        }
        #expect(heard.all == [.text("text"), .binary([1, 2]), .text("text"), .binary([1, 2])])
    }

    @Test(arguments: Transport.allCases)
    func `what the server sends before any message of the client arrives`(transport: Transport) async throws {
        let onConnection: @Sendable (Session) -> Void = { session in
            session.send("first")
            session.send([2])
        }
        try await withEngineServer(onConnection: onConnection) { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            #expect(try await client.receive(2) == ["4first", [2]])
        }
    }

    // MARK: Polling payloads

    @Test func `a POST is answered with ok`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let response = try await client.post("4hello")
            #expect(response.statusLine == "HTTP/1.1 200 OK")
            #expect(
                response.lines == [
                    "Content-Type: text/html", "cache-control: no-store", "Content-Length: 2",
                    "Connection: keep-alive",
                ])
            #expect(response.text == "ok")
        }
    }

    @Test func `a poll's answer has the header fields of the handshake`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post("4hello")
            #expect(
                try await client.poll().lines == [
                    "Content-Type: text/plain; charset=UTF-8", "cache-control: no-store", "Content-Length: 6",
                    "Connection: keep-alive",
                ])
        }
    }

    @Test(arguments: [
        "4test1\u{1E}4test2\u{1E}4test3", "4hello\u{1E}bAQIDBA==", "bAQIDBA==\u{1E}b\u{1E}4\u{1E}4x", "b",
        "bAA==\u{1E}bAAA=\u{1E}bAAAA", "4b64\u{1E}4\u{7F}",
    ])
    func `one poll takes all the packets of a payload`(payload: String) async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(try await client.post(payload).text == "ok")
            #expect(try await client.poll().text == payload)
        }
    }

    @Test func `a payload of a thousand packets is taken whole`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let payload = (0..<1_000).map { "4\($0)" }.joined(separator: "\u{1E}")
            #expect(try await client.post(payload).text == "ok")
            #expect(try await client.poll().text == payload)
        }
    }

    @Test func `a poll waits for a message`() async throws {
        try await withEngineServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            #expect(try await client.post("4late").text == "ok")
            #expect(try await client.poll().text == "4late")
        }
    }

    @Test func `a payload may come in chunks`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send(
                "POST \(client.target()) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\n4he\r\n3;x=y\r\nllo\r\n0\r\n\r\n")
            #expect(try await http.response().text == "ok")
            #expect(try await client.receive() == "4hello")
        }
    }
}
