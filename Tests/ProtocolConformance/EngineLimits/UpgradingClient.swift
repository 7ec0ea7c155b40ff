import EngineIO
import Synchronization
import TestSupport

/// A client that polls, posts and upgrades at once, as the JavaScript client does: when its probe is answered it
/// waits for the poll and the POST under way, says `5` and goes on over the WebSocket.
struct UpgradingClient {
    /// When the client does what.
    struct Timing {
        var beforeUpgrade = Duration.zero
        var beforeProbe = Duration.zero
        /// Whether another poll is sent after the probe was answered; the server must not leave it waiting.
        var pollsOnceMore = false
        var usesFreshConnections = false

        static func random() -> Timing {
            Timing(
                beforeUpgrade: .microseconds(.random(in: 0...30_000)),
                beforeProbe: .microseconds(.random(in: 0...3_000)), pollsOnceMore: .random(),
                usesFreshConnections: .random())
        }
    }

    struct Unexpected: Error {
        var answer: String
    }

    let session: EngineTestClient
    let timing: Timing
    /// Has an entry when polling is over.
    private let isPaused = Journal<Bool>()

    init(port: Int, _ timing: Timing) async throws {
        session = try await EngineTestClient.connect(
            port: port, .polling, usesFreshConnections: timing.usesFreshConnections)
        self.timing = timing
    }

    /// Sends all messages and receives so many, and upgrades meanwhile.
    /// - Returns: the messages that came, in their order.
    func run(sending messages: [TestMessage], receiving count: Int) async throws -> [TestMessage] {
        async let polled = pollUntilPaused()
        async let posted = postUntilPaused(messages)
        try await Task.sleep(for: timing.beforeUpgrade)
        let candidate = try await session.openCandidate()
        try await Task.sleep(for: timing.beforeProbe)
        try await candidate.send("2probe")
        let answer = try await candidate.receive()
        guard answer == "3probe" else { throw Unexpected(answer: answer.text) }
        isPaused.append(true)
        var received = try await polled
        let rest = messages.dropFirst(try await posted)
        if timing.pollsOnceMore { received += try await poll() }
        try await candidate.send("5")
        let left = count - received.count
        async let last = receive(left, over: candidate)
        for message in rest { try await candidate.send(message) }
        return try await received + last
    }

    private func poll() async throws -> [TestMessage] {
        let response = try await session.poll()
        guard response.status == 200 else { throw Unexpected(answer: response.statusLine) }
        return TestMessage.packets(of: response.text).filter { $0 != "6" }
    }

    private func pollUntilPaused() async throws -> [TestMessage] {
        var received: [TestMessage] = []
        while isPaused.count == 0 { received += try await poll() }
        return received
    }

    /// - Returns: how many messages were sent.
    private func postUntilPaused(_ messages: [TestMessage]) async throws -> Int {
        var sent = 0
        while isPaused.count == 0, sent < messages.count {
            let next = messages[sent...].prefix(.random(in: 1...5))
            let response = try await session.post(TestMessage.payload(next))
            guard response.text == "ok" else { throw Unexpected(answer: response.statusLine) }
            sent += next.count
        }
        return sent
    }

    private func receive(_ count: Int, over webSocket: WebSocketTestClient) async throws -> [TestMessage] {
        var received: [TestMessage] = []
        while received.count < count { received.append(try await webSocket.receive()) }
        return received
    }
}
