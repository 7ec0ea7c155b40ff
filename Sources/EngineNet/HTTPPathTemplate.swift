internal import EngineWire

/// What a request's path has in place of the names of its route's template, percent-decoded.
public struct HTTPPathValues: Sendable {
    private var values: [(name: String, value: String)] = []

    /// No values.
    package init() {}

    mutating func add(_ name: String, _ value: String) { values.append((name, value)) }

    /// The value of a name; empty if the template has no such name.
    public subscript(name: String) -> String { values.first { $0.name == name }?.value ?? "" }
}

/// A path with names for variable segments: `/sectors/{id}/candles`.
struct HTTPPathTemplate: Sendable {
    private enum Segment: Sendable {
        case fixed(String)
        case variable(String)
    }

    private let segments: [Segment]

    /// Whether any segment is variable.
    var hasNames: Bool {
        segments.contains { if case .variable = $0 { true } else { false } }
    }

    init(_ text: String) {
        segments = text.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            segment.hasPrefix("{") && segment.hasSuffix("}")
                ? .variable(String(segment.dropFirst().dropLast())) : .fixed(String(segment))
        }
    }

    /// The values of a path that fits; nil for another path.
    /// - Parameter path: as it was sent. An escaped slash does not part segments.
    func match(_ path: String) -> HTTPPathValues? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return nil }
        var values = HTTPPathValues()
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .fixed(let text): guard text == part else { return nil }
            case .variable(let name):
                guard !part.isEmpty else { return nil }
                values.add(name, QueryItems.decoded(Array(part.utf8)[...], plusIsSpace: false))
            }
        }
        return values
    }
}
