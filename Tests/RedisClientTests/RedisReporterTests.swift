import RedisClient
import Testing

@Suite("Lines about Redis in the log")
struct RedisReporterTests {
    private let start = ContinuousClock.now

    private func down(_ error: String) -> RedisState { .down(since: start, lastError: error) }

    @Test func `one line when lost, one when back`() {
        var reporter = RedisReporter(place: "redis://h:1", interval: .seconds(10))
        #expect(
            reporter.line(from: .live, to: down("gone"), at: start)
                == .trouble("Redis at redis://h:1 is lost: gone; trying again"))
        #expect(reporter.line(from: down("gone"), to: down("refused"), at: start + .seconds(1)) == nil)
        #expect(
            reporter.line(from: down("refused"), to: .live, at: start + .seconds(3))
                == .back("Redis at redis://h:1 is back after 3000 ms"))
    }

    @Test func `a line is one line, whatever Redis says`() {
        var reporter = RedisReporter(place: "redis://h:1", interval: .seconds(10))
        #expect(
            reporter.line(from: .live, to: down("ERR no\nINFO all is well\u{2028}"), at: start)
                == .trouble(
                    #"Redis at redis://h:1 is lost: ERR no\nINFO all is well\u{2028}; trying again"#))
    }

    @Test func `a server that is away at the start is told once`() {
        var reporter = RedisReporter(place: "redis://h:1", interval: .seconds(10))
        #expect(reporter.line(from: .stopped, to: .connecting, at: start) == nil)
        #expect(
            reporter.line(from: .connecting, to: down("refused"), at: start)
                == .trouble("Redis at redis://h:1 cannot be reached: refused; trying again"))
        #expect(reporter.line(from: down("refused"), to: down("refused"), at: start + .seconds(60)) == nil)
    }

    @Test func `another reason is told, but not soon after the last`() {
        var reporter = RedisReporter(place: "redis://h:1", interval: .seconds(10))
        _ = reporter.line(from: .live, to: down("gone"), at: start)
        #expect(reporter.line(from: down("gone"), to: down("loading"), at: start + .seconds(9)) == nil)
        #expect(
            reporter.line(from: down("loading"), to: down("password"), at: start + .seconds(10))
                == .trouble(
                    "Redis at redis://h:1 cannot be reached, for 10 s now: password; trying again; "
                        + "1 more of such were not reported"))
    }

    @Test func `a loss soon after another is told late, and so is its return`() {
        var reporter = RedisReporter(place: "redis://h:1", interval: .seconds(10))
        _ = reporter.line(from: .connecting, to: down("refused"), at: start)
        _ = reporter.line(from: down("refused"), to: .live, at: start + .seconds(1))
        let lost = RedisState.down(since: start + .seconds(2), lastError: "gone")
        #expect(reporter.line(from: .live, to: lost, at: start + .seconds(2)) == nil)
        #expect(reporter.line(from: lost, to: lost, at: start + .seconds(9)) == nil)
        #expect(
            reporter.line(from: lost, to: lost, at: start + .seconds(10))
                == .trouble("Redis at redis://h:1 is lost, for 8000 ms now: gone; trying again"))
        #expect(reporter.line(from: lost, to: lost, at: start + .seconds(30)) == nil)
        #expect(
            reporter.line(from: lost, to: .live, at: start + .seconds(32))
                == .back("Redis at redis://h:1 is back after 30 s"))
    }

    @Test func `a connection that comes and goes does not flood the log`() {
        var reporter = RedisReporter(place: "redis://h:1", interval: .seconds(10))
        var lines = 0
        for i in 0..<1_000 {
            let now = start + .milliseconds(100) * i
            if reporter.line(from: .live, to: .down(since: now, lastError: "gone"), at: now) != nil {
                lines += 1
            }
            if reporter.line(from: .down(since: now, lastError: "gone"), to: .live, at: now) != nil {
                lines += 1
            }
        }
        #expect(lines == 20)
    }
}

@Suite("Greeting Redis")
struct RedisGreetingTests {
    @Test(
        arguments: [
            ("redis://h", nil, ["PING"]),
            ("redis://:pw@h/2", "me", ["AUTH pw", "SELECT 2", "CLIENT SETNAME me", "PING"]),
            ("redis://ann:pw@h", nil, ["AUTH ann pw", "PING"]),
            ("redis://ann@h", nil, ["AUTH ann ", "PING"]),
        ] as [(String, String?, [String])])
    func `it says what the URL asks for and ends with PING`(url: String, name: String?, expected: [String])
        throws
    {
        let greeting = RedisGreeting(try RedisURL(url), clientName: name)
        let commands = greeting.commands.map { command in
            command.arguments.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        }
        #expect(commands == expected)
        #expect(greeting.steps.count == expected.count)
        #expect(greeting.steps.last == .ping)
    }
}
