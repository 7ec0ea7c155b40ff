internal import EngineWire

/// A session's name: 20 characters of URL-safe base64, that is 15 bytes.
///
/// 14 bytes are random and one tells, mixed with the first, which loop owns the session. So any loop finds the
/// owner without asking, and a guessed id still has 112 bits to guess.
public struct SessionID: Sendable, Hashable, CustomStringConvertible {
    private static let byteCount = 15
    private let high: UInt64
    /// Seven bytes; the lowest of them carries the loop.
    private let low: UInt64

    init(loop: Int, random: inout RandomPool) {
        high = random.next()
        low = random.next() >> 8 & ~0xFF | ((high ^ UInt64(loop)) & 0xFF)
    }

    /// Reads an id as clients send it; nil when it is none of ours.
    init?(_ text: String) {
        guard text.utf8.count == 20, let bytes = Base64.decode(Array(text.utf8).span),
            bytes.count == Self.byteCount
        else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
        // Digits have other spellings (`+` for `-`); only ours is the session's name.
        guard description == text else { return nil }
    }

    /// The loop that owns the session.
    var loop: Int { Int((high ^ low) & 0xFF) }

    public var description: String { Self.text(high, low) }

    /// The first eight bytes and the lower seven of the second number in URL-safe base64: 20 characters.
    static func text(_ high: UInt64, _ low: UInt64) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: high >> UInt64(shift)))
        }
        for shift in stride(from: 48, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: low >> UInt64(shift)))
        }
        return Base64.urlSafe(bytes.span)
    }
}

/// Random numbers of the system, fetched many at a time: each fetch is a system call.
package struct RandomPool {
    private var numbers: [UInt64] = []

    package init() {}

    package mutating func next() -> UInt64 {
        if let number = numbers.popLast() { return number }
        var generator = SystemRandomNumberGenerator()
        numbers = (0..<64).map { _ in generator.next() }
        return generator.next()
    }

    /// 20 characters that nobody can guess (120 bits).
    package mutating func identifier() -> String { SessionID.text(next(), next()) }
}
