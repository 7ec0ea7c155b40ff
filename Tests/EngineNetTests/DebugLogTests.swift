import EngineNet
import Synchronization
import Testing

@Suite struct `The debug log` {
    /// Lines that a log wrote.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }

        func log(_ patterns: String) -> DebugLog {
            DebugLog(patterns: patterns) { scope, text in
                self.lines.withLock { $0.append("\(scope) \(text)") }
            }
        }
    }

    private static let engine = [
        "engine", "engine:socket", "engine:polling", "engine:ws", "engine:http",
        "engine:tls",
    ]
    private static let socketIO = [
        "socket.io:server", "socket.io:client", "socket.io:namespace", "socket.io:socket",
    ]

    /// What `debug` 4 on Node enables.
    @Test(
        arguments: [
            ("", []), (",", []), ("engine", ["engine"]), ("engine:ws", ["engine:ws"]), ("engin", []),
            ("engine:", []),
            ("ENGINE", []), ("true", []), ("*", engine + socketIO), ("**", engine + socketIO),
            ("engine*", engine),
            ("engine:*", Array(engine.dropFirst())), ("socket.io*", socketIO), ("socket.io:*", socketIO),
            ("*:socket", ["engine:socket", "socket.io:socket"]),
            ("*socket", ["engine:socket", "socket.io:socket"]),
            ("*o*:s*", ["socket.io:server", "socket.io:socket"]), ("e*e:*s", ["engine:ws", "engine:tls"]),
            ("engine:ws,engine:tls", ["engine:ws", "engine:tls"]),
            (" engine:ws \t engine:tls\n", ["engine:ws", "engine:tls"]),
            ("engine:ws,,engine:ws", ["engine:ws"]), ("*,-engine*", socketIO), ("-engine*,*", socketIO),
            ("engine*,-engine:ws", engine.filter { $0 != "engine:ws" }), ("*,-*", []), ("-engine", []),
            ("-", []),
            ("*,-", engine + socketIO), ("engine,-engine:ws", ["engine"]), ("engine.", []),
            ("socket?io:*", []),
        ] as [(String, [String])])
    func `is on for the scopes that patterns name`(patterns: String, scopes: [String]) {
        let lines = Lines()
        let log = lines.log(patterns)
        for scope in DebugLog.Scope.allCases { log(scope, "x") }
        #expect(lines.all == scopes.map { "\($0) x" })
        #expect(DebugLog.Scope.allCases.filter { log.isOn($0) }.map(\.name) == scopes)
    }

    @Test func `has a bit of its own for each scope`() {
        let scopes = DebugLog.Scope.allCases
        #expect(scopes.map(\.name) == Self.engine + Self.socketIO)
        #expect(Set(scopes).count == scopes.count)
    }

    @Test func `does not make messages of a scope that is off`() {
        let lines = Lines()
        let made = Mutex(0)
        func message() -> String {
            made.withLock { $0 += 1 }
            return "x"
        }
        lines.log("*,-engine")(.engine, message())
        DebugLog.off(.engine, message())
        #expect(made.withLock { $0 } == 0)
        lines.log("*")(.engine, message())
        #expect(made.withLock { $0 } == 1)
    }

    @Test(
        arguments: [
            ("a\nb", "a\\nb"), ("\r\n", "\\r\\n"), ("\t", "\\t"), ("\u{0}", "\\u{0}"),
            ("\u{1B}[2J", "\\u{1B}[2J"),
            ("\u{7F}", "\\u{7F}"), ("\u{85}", "\\u{85}"), ("\u{9B}", "\\u{9B}"),
            ("\u{9F}\u{A0}", "\\u{9F}\u{A0}"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("a\u{202E}b", "a\\u{202E}b"),
            ("\u{2066}", "\\u{2066}"),
            ("\u{1F} ~", "\\u{1F} ~"), ("plain, ä€😀 \\ \"", "plain, ä€😀 \\ \""), ("e\u{301}", "e\u{301}"),
            ("x\n2026-11-21T08:33:05.123Z engine forged", "x\\n2026-11-21T08:33:05.123Z engine forged"),
        ])
    func `cannot be made to say more than one line`(message: String, text: String) {
        let lines = Lines()
        lines.log("engine")(.engine, message)
        #expect(lines.all == ["engine \(text)"])
    }

    @Test(
        arguments: [
            (4_000, "a", 4_000, ""), (4_001, "a", 4_000, "…"), (100_000, "a", 4_000, "…"),
            (2_001, "ä", 2_000, "…"),
            (1_001, "😀", 1_000, "…"), (1_334, "€", 1_333, "…"),
        ])
    func `cuts a long message between characters`(count: Int, character: String, kept: Int, end: String) {
        let lines = Lines()
        lines.log("engine")(.engine, String(repeating: character, count: count))
        #expect(lines.all == ["engine " + String(repeating: character, count: kept) + end])
    }

    @Test func `cuts no escape in two`() {
        let lines = Lines()
        lines.log("engine")(.engine, String(repeating: "a", count: 3_999) + "\nb")
        #expect(lines.all == ["engine " + String(repeating: "a", count: 3_999) + "…"])
    }
}

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct `The debug log of the environment` {
    @Test func `writes lines with time and scope to standard error`() async throws {
        let result = try await #require(
            processExitsWith: .success, observing: [\.standardErrorContent]
        ) {
            _ = unsafe setenv("DEBUG", "engine*,-engine:ws", 1)
            DebugLog.environment(.engineSocket, "one\ntwo")
            DebugLog.environment(.engineWebSocket, "hidden")
            DebugLog.environment(.ioServer, "hidden")
        }
        let line = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(
            line.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z engine:socket one\\ntwo\n/) != nil)
    }

    @Test func `is off without the variable`() async throws {
        let result = try await #require(
            processExitsWith: .success, observing: [\.standardErrorContent]
        ) {
            _ = unsafe unsetenv("DEBUG")
            for scope in DebugLog.Scope.allCases { DebugLog.environment(scope, "hidden") }
        }
        #expect(result.standardErrorContent.isEmpty)
    }
}
