/// What one HTTP request may cost before it is refused. All sizes are in bytes.
public struct HTTPLimits: Sendable, Hashable {
    /// Longest request line (414 beyond it). Socket.IO's are below 300; 8,000 is what RFC 9112 asks for.
    public var requestLine = 8_000
    /// Longest head: request line and header section together (431 beyond it).
    public var head = 16_384
    /// Most header fields (431 beyond it). Browsers behind proxies send 20 to 40.
    public var fieldCount = 100
    /// Largest body, counted while it arrives (413 beyond it).
    public var body = 1_000_000

    /// The defaults.
    public init() {}

    /// Offsets into the head are kept in 16 bits.
    static let largestHead = Int(UInt16.max)
}

/// A request that breaks HTTP, with the status that tells its sender so.
package struct HTTPViolation: Error, Sendable, Hashable, CustomStringConvertible {
    /// The status of the answer, e.g. 400 or 431.
    package var status: Int
    /// What was wrong, as a sentence for a log or the response's body.
    package var reason: String

    package init(status: Int, reason: String) {
        self.status = status
        self.reason = reason
    }

    static func badRequest(_ reason: String) -> HTTPViolation { HTTPViolation(status: 400, reason: reason) }

    package var description: String { "HTTP \(status): \(reason)" }
}
