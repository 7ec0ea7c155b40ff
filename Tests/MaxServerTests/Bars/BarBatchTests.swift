import Testing

@testable import MaxServer

@Suite struct `Bars that go out together` {
    private func message(_ channel: String, _ payload: String) -> BusMessage {
        BusMessage(channel: channel, payload: Array(payload.utf8))
    }

    private func joined(_ messages: [BusMessage], limit: Int = 1_000) -> [String] {
        BarBatch.joined(messages, limit: limit).map {
            "\($0.message.channel) \($0.count) \(String(decoding: $0.message.payload, as: UTF8.self))"
        }
    }

    @Test func `are a list for each channel, in their order`() {
        let messages = [message("b", "{1}"), message("a", "{2}"), message("b", "{3}"), message("b", "{4}")]
        #expect(joined(messages) == ["b 3 [{1},{3},{4}]", "a 1 {2}"])
        #expect(joined([]) == [])
    }

    @Test func `are as many as a message may be long`() {
        let messages = ["{1}", "{2}", "{3}", "{4}"].map { message("a", $0) }
        #expect(joined(messages, limit: 17) == ["a 4 [{1},{2},{3},{4}]"])
        #expect(joined(messages, limit: 16) == ["a 3 [{1},{2},{3}]", "a 1 {4}"])
        #expect(joined(messages, limit: 1) == ["a 1 {1}", "a 1 {2}", "a 1 {3}", "a 1 {4}"])
    }
}
