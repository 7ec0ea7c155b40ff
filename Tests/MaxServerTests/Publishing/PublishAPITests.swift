import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Publishing over REST` {
    private func publish(_ api: APIScene, _ channel: JSONValue, _ payload: JSONValue) async throws
        -> APIScene.Answer
    {
        try await api.post("/api/publish", ["channel": channel, "payload": payload])
    }

    @Test func `brings objects and arrays of them to clients`() async throws {
        try await APIScene.run { api in
            let client = try await SocketTestClient.connect(port: api.port)
            let answer = try await publish(api, "agent_status", ["agentId": "a", "status": "idle 𝄞"])
            #expect(answer.status == 202 && answer.body == ["success": true])
            _ = try await publish(
                api, "agent_status", [["agentId": "b", "status": "x"], ["agentId": "c", "status": "y"]])
            for event in [
                #"{"agentId":"a","status":"idle 𝄞"}"#, #"{"agentId":"b","status":"x"}"#,
                #"{"agentId":"c","status":"y"}"#,
            ] {
                let packet = try await client.receive()
                #expect(packet == .text(#"42["agent:status_update",\#(event)]"#))
            }
            #expect(try await publish(api, "bars:AAPL:1", ["bar": [:]]).status == 202)
            client.close()
        }
    }

    @Test(
        arguments: [
            ("orders", [:], "channel choice"), ("bars:AAPL", [:], "channel choice"),
            (5, [:], "channel type"), ("", [:], "channel length"), ("agent_status", "text", "payload type"),
            ("agent_status", [1], "payload type"), ("agent_status", nil, "payload required"),
        ] as [(JSONValue, JSONValue, String)])
    func `refuses what no client would get`(channel: JSONValue, payload: JSONValue, fault: String)
        async throws
    {
        try await APIScene.run { api in
            let answer = try await publish(api, channel, payload)
            #expect(answer.faults == [fault])
        }
    }

    @Test func `has a bound of 256 KB`() async throws {
        try await APIScene.run { api in
            // With {"a":""} around it.
            let text = String(repeating: "x", count: 262_144 - 8)
            #expect(try await publish(api, "agent_status", ["a": .string(text)]).status == 202)
            let answer = try await publish(api, "agent_status", ["a": .string(text + "x")])
            #expect(answer.faults == ["payload length"])
            #expect(api.ingress.counts.received == 1 && api.ingress.counts.unreadable == 0)
        }
    }

    @Test func `says so when the bus is down, for nothing was kept`() async throws {
        try await APIScene.run(bus: DownBus()) { api in
            let answer = try await publish(api, "agent_status", [:])
            #expect(answer.status == 503 && answer.code == "UNAVAILABLE")
            #expect(answer.response["Retry-After"] == "1")
        }
    }
}
