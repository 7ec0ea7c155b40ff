/// A message of a WebSocket or of an Engine.IO session, as tests write it: `"4hello"`, `[1, 2, 3]`.
package enum TestMessage: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, CustomStringConvertible
{
    case text(String)
    case binary([UInt8])

    package init(stringLiteral value: String) { self = .text(value) }
    package init(arrayLiteral elements: UInt8...) { self = .binary(elements) }

    /// The text; empty for a binary message.
    package var text: String { if case .text(let text) = self { text } else { "" } }

    package var description: String {
        switch self {
        case .text(let text): text.count < 300 ? text : "\(text.prefix(300))… (\(text.count) characters)"
        case .binary(let bytes): bytes.count < 40 ? "\(bytes)" : "\(bytes.count) bytes"
        }
    }
}
