import EngineIO
import TestSupport
import Testing

/// Row C6: clients that take no binary.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO b64` {
    private static let binaries: [(bytes: [UInt8], text: TestMessage)] = [
        ([1, 2, 3, 4], "bAQIDBA=="), ([], "b"), ([0xFF], "b/w=="), ([0xFB, 0xF0, 0x3E], "b+/A+"),
    ]

    @Test(arguments: ["&b64=1", "&b64=true", "&b64=0", "&%62%36%34=1"])
    func `over a WebSocket the server's binary messages are text`(query: String) async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, query: query)
            for (bytes, text) in Self.binaries {
                try await client.send(.binary(bytes))
                #expect(try await client.receive() == text)
            }
        }
    }

    @Test(arguments: ["", "&b64=", "&b64", "&B64=1"])
    func `without a value they stay binary`(query: String) async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, query: query)
            try await client.send([1, 2, 3])
            #expect(try await client.receive() == [1, 2, 3])
        }
    }

    @Test func `text is text, and keeps its place between binaries`() async throws {
        try await withEngineServer { session in
            session.send("a")
            session.send([1])
            session.send("b")
            session.send([2])
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port, query: "&b64=1")
            #expect(try await client.receive(4) == ["4a", "bAQ==", "4b", "bAg=="])
        }
    }

    @Test(arguments: [Transport.polling, .webSocket])
    func `such a client may send binary all the same`(transport: Transport) async throws {
        let heard = Journal<Message>()
        try await withEngineServer { session in
            session.onMessage { heard.append($0) }
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port, transport, query: "&b64=1")
            try await client.send([1, 2], "bAwQ=")
            #expect(await heard.waitFor(2) == [.binary([1, 2]), .binary([3, 4])])
        }
    }

    @Test func `polling is the same with it and without`() async throws {
        try await withEngineServer { _, port in
            for query in ["", "&b64=1"] {
                let client = try await EngineTestClient.connect(port: port, .polling, query: query)
                #expect(try await client.post("bAQIDBA==\u{1E}4x").text == "ok")
                #expect(try await client.poll().text == "bAQIDBA==\u{1E}4x")
            }
        }
    }

    @Test(arguments: [("&b64=1", true), ("", false)])
    func `after an upgrade the WebSocket's own request counts`(query: String, isText: Bool) async throws {
        try await withEngineServer { _, port in
            let opening = query.isEmpty ? "&b64=1" : ""
            let client = try await EngineTestClient.connect(port: port, .polling, query: opening)
            let target = client.target(.webSocket).replacing(opening, with: "") + query
            let webSocket = try await WebSocketTestClient.connect(port: port, target)
            try await webSocket.send("2probe")
            #expect(try await webSocket.receive() == "3probe")
            try await webSocket.send("5", [1, 2, 3])
            #expect(try await webSocket.receive() == (isText ? "bAQID" : [1, 2, 3]))
        }
    }
}
