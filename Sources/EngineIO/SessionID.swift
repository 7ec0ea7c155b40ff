internal import EngineWire
internal import Synchronization

/// A session's name: unless the application makes its own, 20 characters of URL-safe base64, that is 15 bytes.
///
/// 14 bytes are random and one tells, mixed with the first, which loop owns the session. So any loop finds the
/// owner without asking, and a guessed id still has 112 bits to guess.
public struct SessionID: Sendable, Hashable, CustomStringConvertible {
    private enum Name: Hashable {
        /// 15 bytes: the second number has seven, and the lowest of them carries the loop.
        case random(UInt64, UInt64)
        case custom(String)
    }

    private static let byteCount = 15
    private let name: Name

    init(loop: Int, random: inout RandomPool) {
        let high = random.next()
        name = .random(high, random.next() >> 8 & ~0xFF | ((high ^ UInt64(loop)) & 0xFF))
    }

    /// An id that the application made; nil unless it can stand in a query as it is, and a log is safe with it.
    init?(custom text: String) {
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(ASCII.isUnreserved) else {
            return nil
        }
        name = .custom(text)
    }

    /// Reads a random id as clients send it; nil when it is none.
    init?(_ text: Span<UInt8>) {
        guard text.count == 20 else { return nil }
        // 120 bits, of which the first 64 are the first number.
        guard let front = Base64.urlNumber(text.extracting(0..<10)),
            let back = Base64.urlNumber(text.extracting(10..<20))
        else { return nil }
        name = .random(front << 4 | back >> 56, back & (1 << 56 - 1))
    }

    init?(_ text: String) { self.init(Array(text.utf8).span) }

    /// The loop that owns the session; nil for a custom id, which a `SessionDirectory` knows.
    var loop: Int? {
        guard case .random(let high, let low) = name else { return nil }
        return Int((high ^ low) & 0xFF)
    }

    /// What may stand in a log: enough to tell sessions apart, not enough to take one over.
    var tag: String {
        let whole = description
        return whole.prefix(min(8, whole.utf8.count / 2)) + "…"
    }

    public var description: String {
        switch name {
        case .random(let high, let low): Self.text(high, low)
        case .custom(let text): text
        }
    }

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

/// Which loop owns a session whose id the application made. For all loops; as large as there are sessions.
final class SessionDirectory: Sendable {
    private let owners = Mutex<[SessionID: Int]>([:])

    /// Takes an id for a loop; false if a session has it.
    func claim(_ id: SessionID, loop: Int) -> Bool {
        owners.withLock { owners in
            guard owners[id] == nil else { return false }
            owners[id] = loop
            return true
        }
    }

    func owner(of id: SessionID) -> Int? { owners.withLock { $0[id] } }

    func release(_ id: SessionID) { owners.withLock { _ = $0.removeValue(forKey: id) } }
}
