internal import EngineIO

/// Something whose instructions are counted.
struct Case {
    var name: String
    /// Operations of one round, by which the instructions are divided.
    var operations = 1
    /// Rounds that are counted. As many go before, in which caches fill and symbols are bound.
    var rounds: Int
    /// Makes what a round needs.
    var prepare: () throws -> Work

    /// Runs the case, with the marks between which valgrind counts.
    func run() throws {
        let work = try prepare()
        let expected = try work.round()
        for _ in 0..<rounds { try check(expected, work.round()) }
        work.mark(countingBegins)
        for _ in 0..<rounds { try check(expected, work.round()) }
        work.mark(countingEnds)
    }

    private func check(_ expected: Int, _ result: Int) throws {
        guard result == expected else { throw CaseFailure("a round did something else than the first") }
    }
}

/// What a case does again and again.
struct Work {
    /// The loop of the server whose instructions are counted, on which the marks are set; nil for the caller's.
    var loop: LoopHandle?
    /// Does it once, and answers with a number that is always the same.
    var round: () throws -> Int
}

/// Why there is nothing to count.
struct CaseFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// Decoded values and encoded bytes of the cases: one quote of a feed, as applications send them.
struct Quote: Codable, Sendable {
    var symbol = "EUR/USD"
    var bid = 1.08421
    var ask = 1.08437
    var volume = 1_250_000
    var time = 1_767_225_600_123
    var venue: String? = "LMAX"
    var isFirm = true

    /// The quote as a client writes it.
    static let json =
        #"{"symbol":"EUR/USD","bid":1.08421,"ask":1.08437,"volume":1250000,"time":1767225600123,"#
        + #""venue":"LMAX","isFirm":true}"#
}

extension [UInt8] {
    /// A frame as a client sends it: final and masked (RFC 6455 section 5.2). The key keeps ASCII ASCII.
    static func clientFrame(_ opcode: UInt8 = 1, _ payload: [UInt8]) -> [UInt8] {
        let key: [UInt8] = [0x01, 0x02, 0x03, 0x04]
        var frame: [UInt8] = [0x80 | opcode]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        return frame + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    static func clientFrame(_ text: String) -> [UInt8] { clientFrame(1, Array(text.utf8)) }
}
