import SocketIO

/// A text with names in braces: `bars:{symbol}:{resolution}`. Taken apart once, filled for each message.
struct Template: Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    private enum Piece: Sendable {
        case text(String)
        case name(String)
    }

    let description: String
    private let pieces: [Piece]

    init(stringLiteral text: String) { self.init(text) }

    init(_ text: String) {
        description = text
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            pieces.append(.name(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        self.pieces = pieces
    }

    /// The text with its names replaced; nil when one has no value.
    func filled(_ value: (String) -> String?) -> String? {
        if pieces.count == 1, case .text(let text) = pieces[0] { return text }
        var result = ""
        for piece in pieces {
            switch piece {
            case .text(let text): result += text
            case .name(let name):
                guard let value = value(name) else { return nil }
                result += value
            }
        }
        return result
    }
}
