import EngineNet
import RedisClient
import Synchronization
import TestSupport
import Testing

/// What a test hears from the loop, kept in order for any thread.
final class Record<Element: Sendable>: Sendable {
    private let content = Mutex<[Element]>([])

    var all: [Element] { content.withLock { $0 } }
    func append(_ element: Element) { content.withLock { $0.append(element) } }
}

/// A message as a test compares it.
struct Heard: Sendable, Hashable {
    var channel: String
    var pattern: String?
    var payload: String
}

/// A subscriber and all that it tells.
struct Listener: Sendable {
    let messages = Record<Heard>()
    let states = Record<RedisState>()
    let lines = Record<String>()
    let subscriber: RedisSubscriber

    init(_ url: RedisURL, on loop: EventLoop, options: RedisOptions = .quick) {
        let (messages, states, lines) = (messages, states, lines)
        var options = options
        options.log = { lines.append($0.description) }
        subscriber = RedisSubscriber(
            url: url, loop: loop, options: options,
            onMessage: { channel, pattern, payload in
                messages.append(
                    Heard(
                        channel: channel, pattern: pattern, payload: String(decoding: payload, as: UTF8.self))
                )
            }, onState: { states.append($0) })
    }

    var status: RedisStatus { subscriber.status }

    func isLive() async -> Bool { await eventually { status.state == .live && status.unconfirmed == 0 } }
    func isDown() async -> Bool { await eventually { status.isDown } }

    /// Publishes through redis-cli until the message arrives: what is sent into a gap is lost.
    func hears(_ payload: String, on channel: String, from server: RedisServerProcess) async throws -> Bool {
        for _ in 0..<20 {
            guard await isLive() else { return false }
            try await server.cli("PUBLISH", channel, payload)
            let isHeard = await eventually(within: .seconds(1)) {
                messages.all.contains { $0.channel == channel && $0.payload == payload }
            }
            if isHeard { return true }
        }
        return false
    }
}

extension RedisStatus {
    var isDown: Bool { if case .down = state { true } else { false } }
}

extension RedisOptions {
    /// Short times, and a heartbeat that only those tests have that are about it.
    static var quick: RedisOptions {
        var options = RedisOptions()
        options.timing.firstRetry = .milliseconds(10)
        options.timing.slowestRetry = .milliseconds(100)
        return options
    }

    /// Looks often whether the server is there, and gives it time.
    static var watchful: RedisOptions {
        var options = quick
        options.timing.pingAfter = .milliseconds(50)
        return options
    }

    /// Finds a frozen server soon. On a busy machine that may be one that is only slow.
    static var attentive: RedisOptions {
        var options = watchful
        options.timing.deadAfter = .milliseconds(700)
        options.timing.answerTimeout = .milliseconds(700)
        return options
    }
}

extension RedisServerProcess {
    /// How to reach it, password included.
    var url: RedisURL { RedisURL(endpoint: .tcp(host: "127.0.0.1", port: port), password: password) }

    /// The connections that listen, as `CLIENT LIST` has them.
    func subscriberIDs() async throws -> [String] {
        let list = try await cli("CLIENT", "LIST", "TYPE", "pubsub")
        return list.split(separator: "\n").compactMap { line in
            line.split(separator: " ").first { $0.hasPrefix("id=") }.map { String($0.dropFirst(3)) }
        }
    }
}

/// Gives `body` a loop, and stops it afterwards. Write `async throws` at the closure: the compiler does not see
/// the `try` inside `#expect`.
func withLoop<Result>(_ body: (EventLoop) async throws -> Result) async throws -> Result {
    let group = EventLoopGroup(count: 1)
    defer { group.stop() }
    return try await body(group.loops[0])
}
