import EngineIO
import Synchronization
import TestSupport
import Testing

/// Rows S2 and S3: an upgrade in the middle of traffic in both directions, again and again and never the same.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO upgrade with traffic both ways` {
    private static let count = 300

    /// Numbered messages, text and binary by turns, some of them long.
    private static let numbered: [Message] = (0..<count).map { number in
        let text = number % 37 == 0 ? "\(number)" + String(repeating: "x", count: 3_000) : "\(number)"
        return number % 3 == 0 ? .binary(Array(text.utf8)) : .text(text)
    }

    /// The messages as packets of a client.
    private static let packets: [TestMessage] = numbered.map { message in
        switch message {
        case .text(let text): .text("4" + text)
        case .binary(let bytes): .binary(bytes)
        }
    }

    /// What the server hears, by session.
    private let heard = Heard()

    private final class Heard: Sendable {
        private let messages = Mutex<[String: [Message]]>([:])

        func note(_ message: Message, of sid: String) {
            messages.withLock { $0[sid, default: []].append(message) }
        }

        func waitFor(_ count: Int, of sid: String) async -> [Message] {
            _ = await eventually { messages.withLock { $0[sid]?.count ?? 0 } >= count }
            return messages.withLock { $0[sid] ?? [] }
        }
    }

    /// Sends all messages from another thread, with pauses here and there.
    private func talk(_ session: Session) {
        session.onMessage { [heard] in heard.note($0, of: session.id.description) }
        Task {
            let pause = Int.random(in: 1...40)
            for (number, message) in Self.numbered.enumerated() {
                session.send(message)
                if number % pause == 0 { try? await Task.sleep(for: .microseconds(.random(in: 0...800))) }
            }
        }
    }

    /// Lets clients upgrade, several at a time, and checks what each got and said.
    private func play(clients: Int, on server: EngineServer, port: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<clients {
                if number >= 6 { try await group.next() }
                group.addTask {
                    let client = try await UpgradingClient(port: port, .random())
                    let received = try await client.run(sending: Self.packets, receiving: Self.count)
                    #expect(received == Self.packets, "\(client.timing)")
                    let heard = await heard.waitFor(Self.count, of: client.session.sid)
                    #expect(heard == Self.numbered, "\(client.timing)")
                }
            }
            try await group.waitForAll()
        }
        let metrics = await server.metrics()
        #expect(metrics.upgrades == clients)
        #expect(metrics.closes.keys.allSatisfy { $0 == .transportClose })
    }

    @Test(arguments: [1, 2])
    func `loses, doubles and reorders nothing`(loops: Int) async throws {
        try await withEngineServer(.test(loops: loops), onConnection: talk) { server, port in
            try await play(clients: 60, on: server, port: port)
        }
    }

    @Test func `neither with compressed messages`() async throws {
        let options = EngineOptions.test(loops: 2) { $0.perMessageDeflate = PerMessageDeflate() }
        try await withEngineServer(options, onConnection: talk) { server, port in
            try await play(clients: 12, on: server, port: port)
        }
    }

    @Test func `neither with heartbeats in between`() async throws {
        let options = EngineOptions.test(loops: 2) {
            $0.pingInterval = .milliseconds(5)
            $0.pingTimeout = .seconds(10)
        }
        try await withEngineServer(options, onConnection: talk) { _, port in
            for _ in 0..<8 {
                let client = try await UpgradingClient(port: port, .random())
                // The first ping stays unanswered, so there is one.
                let received = try await client.run(sending: Self.packets, receiving: Self.count + 1)
                #expect(received.filter { $0 != "2" } == Self.packets)
                #expect(received.count { $0 == "2" } == 1)
            }
        }
    }
}
