import EngineIO
import TestSupport
import Testing

/// Row S3: messages before, during and after an upgrade arrive once and in order.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO upgrade under load` {
    private static let count = 400

    /// What the server must hear, and the client must get.
    private let numbers = (0..<count).map { "\($0)" }

    @Test(arguments: [1, 2], [0, 1, 40, 200, 399])
    func `the server's messages arrive once and in order`(loops: Int, upgradeAfter: Int) async throws {
        let numbers = numbers
        let onConnection: @Sendable (Session) -> Void = { session in
            // Another thread sends while the client upgrades.
            Task {
                for number in numbers {
                    session.send(number)
                    if number.hasSuffix("3") { try? await Task.sleep(for: .microseconds(200)) }
                }
            }
        }
        try await withEngineServer(.test(loops: loops), onConnection: onConnection) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            var received = try await client.receive(upgradeAfter)
            try await client.startPoll()
            try await client.upgrade()
            received += try await client.receive(Self.count - upgradeAfter)
            #expect(received == numbers.map { .text("4" + $0) })
        }
    }

    @Test(arguments: [1, 2], [0, 1, 40, 200, 399])
    func `the client's messages arrive once and in order`(loops: Int, upgradeAfter: Int) async throws {
        let heard = Journal<Message>()
        let onConnection: @Sendable (Session) -> Void = { $0.onMessage { heard.append($0) } }
        try await withEngineServer(.test(loops: loops), onConnection: onConnection) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            for number in numbers[..<upgradeAfter] { try await client.send(.text("4" + number)) }
            try await client.upgrade()
            for number in numbers[upgradeAfter...] { try await client.send(.text("4" + number)) }
            #expect(await heard.waitFor(Self.count) == numbers.map { .text($0) })
        }
    }

    @Test(arguments: [1, 2], [0, 10, 50, 100])
    func `both directions at once keep their order`(loops: Int, upgradeAfter: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let expected = numbers.map { TestMessage.text("4" + $0) }
            async let received = client.receive(upgradeAfter)
            for packet in expected[..<upgradeAfter] { try await client.send(packet) }
            let before = try await received
            try await client.startPoll()
            try await client.upgrade()
            async let rest = client.receive(Self.count - upgradeAfter)
            for packet in expected[upgradeAfter...] { try await client.send(packet) }
            #expect(try await before + rest == expected)
        }
    }
}
