internal import EngineWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Lines that tell what the server does, for whoever looks for a fault; off unless asked for by name.
///
/// Scopes and patterns are those of `DEBUG` on Node: `DEBUG=engine*,-engine:ws`. A scope that is off costs one test
/// of a bit: its message is not made. Messages say what happened, never payloads or tokens.
public struct DebugLog: Sendable {
    /// Where lines go. Called on the thread that logs, with a text without control characters.
    public typealias Sink = @Sendable (Scope, String) -> Void

    /// One bit for each scope that is on.
    @usableFromInline let mask: UInt32
    private let sink: Sink

    /// A log of the scopes that patterns name.
    /// - Parameters:
    ///   - patterns: separated by commas or white space. `*` stands for any text; a pattern behind `-` excludes
    ///     what it names, wherever it stands.
    ///   - sink: where lines go.
    public init(patterns: String, sink: @escaping Sink = Self.standardError) {
        let patterns = patterns.split { $0 == "," || $0.isWhitespace }
        let excluded = patterns.filter { $0.hasPrefix("-") }.map { $0.dropFirst() }
        let included = patterns.filter { !$0.hasPrefix("-") }
        func isNamed(_ scope: Scope, by patterns: [Substring]) -> Bool {
            patterns.contains { Self.matches(scope.name.utf8[...], $0.utf8) }
        }
        let scopes = Scope.allCases.filter { isNamed($0, by: included) && !isNamed($0, by: excluded) }
        mask = scopes.reduce(0) { $0 | $1.bit }
        self.sink = sink
    }

    /// A log of nothing.
    public static let off = DebugLog(patterns: "")

    /// The log that the environment's `DEBUG` asked for when it was first used; to standard error.
    public static let environment = DebugLog(
        patterns: unsafe getenv("DEBUG").map { unsafe String(cString: $0) } ?? "")

    /// Whether lines of a scope are written.
    @inlinable @inline(__always)
    public func isOn(_ scope: Scope) -> Bool { mask & scope.bit != 0 }

    /// Writes a line if its scope is on; otherwise `message` is not evaluated.
    @inlinable @inline(__always)
    public func callAsFunction(_ scope: Scope, _ message: @autoclosure () -> String) {
        if isOn(scope) { write(scope, message()) }
    }

    @inline(never) @usableFromInline
    func write(_ scope: Scope, _ message: String) { sink(scope, LogText.line(message)) }

    /// Writes `2026-11-21T08:33:05.123Z engine:socket text` to standard error. One call for a line, which a pipe
    /// takes as a whole: lines of several threads do not mix.
    @Sendable public static func standardError(_ scope: Scope, _ text: String) {
        let (seconds, milliseconds) = WallClock.milliseconds.quotientAndRemainder(dividingBy: 1_000)
        let time = CivilTime(secondsSince1970: seconds).isoText(millisecond: milliseconds)
        let line = Array("\(time) \(scope.name) \(text)\n".utf8)
        // Nobody to tell when this fails.
        _ = unsafe line.withUnsafeBytes { unsafe Self.write($0.baseAddress, $0.count) }
    }

    private static func write(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.write(2, bytes, count)
        #else
            unsafe Darwin.write(2, bytes, count)
        #endif
    }

    /// Whether a pattern with `*` describes a whole name.
    private static func matches(_ name: Substring.UTF8View, _ pattern: Substring.UTF8View) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        guard first == UInt8(ascii: "*") else {
            return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
        }
        let rest = pattern.drop { $0 == UInt8(ascii: "*") }
        return rest.isEmpty || name.indices.contains { matches(name[$0...], rest) }
    }
}
