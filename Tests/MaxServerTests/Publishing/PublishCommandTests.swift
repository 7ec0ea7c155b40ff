import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `The command line of maxserver publish` {
    @Test func `is a channel, a payload, and where to`() throws {
        let plain = try Command(["publish", "agent_status", "{}", "--port", "9000"])
        let command = try PublishCommand(["agent_status", "{}"], url: nil)
        #expect(plain == .publish(command, options: ["port": "9000"]))
        let elsewhere = try Command(["publish", "--url=http://h:1", "agent_status", "[]"])
        let other = try PublishCommand(["agent_status", "[]"], url: "http://h:1")
        #expect(elsewhere == .publish(other, options: [:]))
        #expect(try Command(["publish", "--help"]) == .help)
    }

    @Test(arguments: [
        (["publish"], "maxserver publish CHANNEL JSON"),
        (["publish", "a"], "maxserver publish CHANNEL JSON"),
        (["publish", "a", "{}", "b"], "maxserver publish CHANNEL JSON"),
        (["publish", "a", "{}", "--url"], "--url needs a value"),
        (["serve", "--url", "http://h"], "unknown option --url"),
    ])
    func `that makes no command is refused with a way on`(words: [String], part: String) throws {
        let error = try #require(throws: Command.UsageError.self) { try Command(words) }
        #expect(error.description.contains(part))
    }
}

@Suite struct `Addresses of servers` {
    @Test(arguments: [
        ("http://localhost", "localhost:80"), ("http://h:8000/", "h:8000"), ("HTTP://H:80", "h:80"),
        ("http://[::1]:8000", "[::1]:8000"), ("http://[::1]", "[::1]:80"),
        ("http://10.0.0.1:1", "10.0.0.1:1"),
    ])
    func `are a host and a port`(url: String, authority: String) {
        #expect(HTTPPost.Address(url)?.authority == authority)
    }

    @Test(arguments: [
        "", "null", "h:8000", "https://h", "http://", "http://h:0", "http://h:65536", "http://h/path",
        "http://a b", "http://u:p@h", "http://h\r\nX: y",
    ])
    func `of another kind are refused`(url: String) {
        #expect(HTTPPost.Address(url) == nil)
    }
}

@Suite(.timeLimit(.minutes(5))) struct `maxserver publish` {
    private static let status = #"{"agentId":"a","status":"idle 𝄞"}"#

    private func run(
        _ channel: String, _ payload: String, url: String? = nil, _ environment: [String: String] = [:]
    ) async throws -> String {
        let tool = PublishTool(settings: try Settings(environment: environment))
        return try await tool.run(PublishCommand([channel, payload], url: url))
    }

    @Test func `asks the server of the settings, or another one`() async throws {
        try await APIScene.run { api in
            let client = try await SocketTestClient.connect(port: api.port)
            let line = try await run("agent_status", Self.status, ["PORT": "\(api.port)"])
            #expect(line == "published on agent_status by http://127.0.0.1:\(api.port)")
            let url = "http://localhost:\(api.port)/"
            _ = try await run("agent_status", Self.status, url: url, ["REDIS_URL": "redis://127.0.0.1:1"])
            for _ in 0..<2 {
                let packet = try await client.receive()
                #expect(packet == .text(#"42["agent:status_update",\#(Self.status)]"#))
            }
            client.close()
        }
    }

    @Test func `goes through Redis where that is set`() async throws {
        let redis = try await RedisServerProcess.started()
        let url = "redis://127.0.0.1:\(redis.port)"
        let line = try await run("agent_status", Self.status, ["REDIS_URL": url])
        #expect(line.hasPrefix("published on agent_status: 0 subscribers at redis://"))
    }

    @Test(
        arguments: [
            ("agent_status", "{", nil, "it is not JSON"),
            ("agent_status", "{}, {}", nil, "it is not JSON"),
            ("agent_status", "{}", "http://127.0.0.1:1", "cannot connect"),
            ("agent_status", "{}", "https://h", "no http://HOST:PORT"),
        ] as [(String, String, String?, String)])
    func `says why nothing was published`(channel: String, payload: String, url: String?, reason: String)
        async throws
    {
        let error = await #expect(throws: PublishTool.Failure.self) {
            _ = try await run(channel, payload, url: url)
        }
        #expect(error?.description.contains(reason) == true)
    }

    @Test func `checks what goes to Redis, which takes anything`() async throws {
        let redis = ["REDIS_URL": "redis://127.0.0.1:1"]
        for (channel, payload, reason) in [
            ("agent_status", "5", "neither a JSON object"),
            ("orders", "{}", "the channel is none of market_updates"),
        ] {
            let error = await #expect(throws: PublishTool.Failure.self) {
                _ = try await run(channel, payload, redis)
            }
            #expect(error?.description.contains(reason) == true)
        }
    }

    /// The server may have routes of its own, which nobody else needs to know.
    @Test func `lets the server judge what it publishes`() async throws {
        try await APIScene.run { api in
            let url = "http://127.0.0.1:\(api.port)"
            for (channel, payload, reason) in [
                ("agent_status", "5", "payload: it is neither a JSON object"),
                ("orders:7", "{}", "channel: it is one of market_updates"),
            ] {
                let error = await #expect(throws: PublishTool.Failure.self) {
                    _ = try await run(channel, payload, url: url, ["ROUTES_FILE": "/nowhere"])
                }
                #expect(error?.description.contains("it answers 400, \(reason)") == true)
            }
        }
    }

    @Test func `tells what the server answers, and that it is none`() async throws {
        try await APIScene.run(bus: DownBus()) { api in
            let url = "http://127.0.0.1:\(api.port)"
            let error = await #expect(throws: PublishTool.Failure.self) {
                _ = try await run("agent_status", "{}", url: url)
            }
            #expect(error?.description.contains("503, the bus does not answer") == true)
        }
        let redis = try await RedisServerProcess.started()
        let error = await #expect(throws: PublishTool.Failure.self) {
            _ = try await run("agent_status", "{}", url: "http://127.0.0.1:\(redis.port)")
        }
        #expect(error?.description.contains("no HTTP server") == true)
    }
}
