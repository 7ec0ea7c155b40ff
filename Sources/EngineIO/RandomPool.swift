#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Random numbers of the system, fetched many at a time: each fetch is a system call.
package struct RandomPool {
    /// 256 bytes are the most that one call gives.
    private static let fetched = 32

    private var numbers: [UInt64] = []

    package init() { numbers.reserveCapacity(Self.fetched) }

    package mutating func next() -> UInt64 {
        if numbers.isEmpty { fetch() }
        return numbers.removeLast()
    }

    /// 20 characters that nobody can guess (120 bits).
    package mutating func identifier() -> String { SessionID.text(next(), next()) }

    private mutating func fetch() {
        numbers = Array(repeating: 0, count: Self.fetched)
        let status = unsafe numbers.withUnsafeMutableBytes { unsafe getentropy($0.baseAddress, $0.count) }
        guard status != 0 else { return }
        // A system without that call has another way, which the standard library knows.
        var generator = SystemRandomNumberGenerator()
        numbers = (0..<Self.fetched).map { _ in generator.next() }
    }
}
