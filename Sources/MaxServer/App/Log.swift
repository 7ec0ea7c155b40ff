import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How important a log line is.
enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    case debug, info, warning, error

    /// Reads `DEBUG`, `info`, `WARN`, `warning`, …
    init?(_ name: String) {
        switch name.lowercased() {
        case "trace", "debug": self = .debug
        case "info", "notice": self = .info
        case "warn", "warning": self = .warning
        case "error", "critical": self = .error
        default: return nil
        }
    }

    var name: String { "\(self)" }

    static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}

/// Writes one line per message to standard error: for people when it is a terminal, JSON otherwise.
///
/// Never payloads, tokens or passwords: a line says what happened, metadata says to which.
struct Log: Sendable {
    private let label: String
    private let level: LogLevel
    private let isForPeople: Bool

    init(_ label: String, level: LogLevel, isForPeople: Bool = isatty(2) == 1) {
        self.label = label
        self.level = level
        self.isForPeople = isForPeople
    }

    /// The same log under another label.
    func labelled(_ label: String) -> Log { Log(label, level: level, isForPeople: isForPeople) }

    func debug(_ message: @autoclosure () -> String, _ metadata: KeyValuePairs<String, String> = [:]) {
        if level <= .debug { write(.debug, message(), metadata) }
    }

    func info(_ message: @autoclosure () -> String, _ metadata: KeyValuePairs<String, String> = [:]) {
        if level <= .info { write(.info, message(), metadata) }
    }

    func warning(_ message: @autoclosure () -> String, _ metadata: KeyValuePairs<String, String> = [:]) {
        if level <= .warning { write(.warning, message(), metadata) }
    }

    func error(_ message: @autoclosure () -> String, _ metadata: KeyValuePairs<String, String> = [:]) {
        write(.error, message(), metadata)
    }

    private func write(_ level: LogLevel, _ message: String, _ metadata: KeyValuePairs<String, String>) {
        let time = Date.now.javaScriptText
        let line = isForPeople ? text(level, message, metadata, time) : json(level, message, metadata, time)
        // One write for a line: lines of several threads never mix.
        unsafe line.withCString { pointer in _ = unsafe Self.writeAll(pointer, strlen(pointer)) }
    }

    private static func writeAll(_ pointer: UnsafePointer<CChar>, _ count: Int) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.write(2, pointer, count)
        #else
            unsafe Darwin.write(2, pointer, count)
        #endif
    }

    private func text(
        _ level: LogLevel, _ message: String, _ metadata: KeyValuePairs<String, String>, _ time: String
    ) -> String {
        let details = metadata.map { " \($0.key)=\($0.value)" }.joined()
        return "\(time.dropFirst(11).dropLast()) \(level.name.uppercased()) \(label): \(message)\(details)\n"
    }

    private func json(
        _ level: LogLevel, _ message: String, _ metadata: KeyValuePairs<String, String>, _ time: String
    ) -> String {
        var object: JSONObject = [
            "ts": .string(time), "level": .string(level.name), "logger": .string(label),
            "msg": .string(message),
        ]
        for (key, value) in metadata {
            object[object[key] == nil ? key : key + "_"] = .string(value)
        }
        return JSONValue.object(object).description + "\n"
    }
}
