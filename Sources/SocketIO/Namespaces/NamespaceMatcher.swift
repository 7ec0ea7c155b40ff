internal import Synchronization

/// Decides which names of namespaces a parent is for.
enum NamespaceMatcher: Sendable {
    /// Says whether a client with this `auth` object may have a namespace of this name.
    typealias Predicate = @Sendable (_ name: String, _ auth: JSONValue) async throws -> Bool

    case regex(@Sendable (String) -> Bool)
    case pattern(NamespacePattern)
    case predicate(Predicate)

    /// What the name alone captures; nil if it does not match, or is not all that counts.
    func match(_ name: String) -> [String: String]? {
        switch self {
        case .regex(let matches): matches(name) ? [:] : nil
        case .pattern(let pattern): pattern.match(name)
        case .predicate: nil
        }
    }

    /// What the name captures; nil if it does not match.
    func match(_ name: String, auth: PacketObject) async throws -> [String: String]? {
        switch self {
        case .regex, .pattern: match(name)
        case .predicate(let predicate):
            try await predicate(name, auth.value ?? [:]) ? [:] : nil
        }
    }
}

/// A name with placeholders, e.g. `/games/{id}`: each stands for one or more characters that are no slash.
struct NamespacePattern: Sendable {
    private enum Piece {
        case text(Substring)
        case capture(String)
    }

    private let segments: [[Piece]]

    /// - Precondition: braces are paired and around names, and no two placeholders are side by side.
    init(_ pattern: String) {
        let pattern = pattern.hasPrefix("/") ? pattern : "/" + pattern
        segments = pattern.split(separator: "/", omittingEmptySubsequences: false).map(Self.pieces)
    }

    private static func pieces(_ segment: Substring) -> [Piece] {
        var pieces: [Piece] = []
        var rest = segment
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}"), rest.index(after: open) < close else {
                preconditionFailure(
                    "\"\(segment)\" has a brace without its other one, or no name between them")
            }
            if open > rest.startIndex { pieces.append(.text(rest[..<open])) }
            if case .capture = pieces.last {
                preconditionFailure("\"\(segment)\" has placeholders side by side")
            }
            pieces.append(.capture(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(rest)) }
        return pieces
    }

    /// What the placeholders stand for; nil if the name does not match.
    func match(_ name: String) -> [String: String]? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return nil }
        var captures: [String: String] = [:]
        for (part, pieces) in zip(parts, segments) {
            guard Self.match(part, pieces[...], &captures) else { return nil }
        }
        return captures
    }

    /// Each placeholder takes as little as possible; what follows it in the segment ends it.
    private static func match(
        _ part: Substring, _ pieces: ArraySlice<Piece>, _ captures: inout [String: String]
    ) -> Bool {
        var rest = part
        var pieces = pieces
        while let piece = pieces.popFirst() {
            switch piece {
            case .text(let text):
                guard rest.hasPrefix(text) else { return false }
                rest = rest.dropFirst(text.count)
            case .capture(let name):
                guard case .text(let text)? = pieces.first else {
                    captures[name] = String(rest)
                    return !rest.isEmpty
                }
                guard let found = rest.dropFirst().firstRange(of: text) else { return false }
                captures[name] = String(rest[..<found.lowerBound])
                rest = rest[found.lowerBound...]
            }
        }
        return rest.isEmpty
    }
}

/// A regular expression for many threads, which `Regex` itself is not.
final class SharedRegex<Output>: Sendable {
    private let regex: Mutex<Regex<Output>>

    init(_ regex: sending Regex<Output>) { self.regex = Mutex(regex) }

    func isFound(in text: String) -> Bool { regex.withLock { (try? $0.firstMatch(in: text)) != nil } }
}
