import SocketIO
import Synchronization

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
///
/// Loops write it, so it waits for nobody: while standard error takes nothing, lines are lost, and counted.
struct Log: Sendable {
    /// Lines lost since the last one that was written. All logs of the process share standard error.
    private static let lost = Mutex(0)

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
        Self.lost.withLock { lost in
            if lost > 0, StandardError.take(lossText(lost, time)) { lost = 0 }
            if lost > 0 || !StandardError.take(line) { lost += 1 }
        }
    }

    private func lossText(_ lines: Int, _ time: String) -> String {
        let message = "lines of this log were lost"
        let metadata: KeyValuePairs = ["lines": "\(lines)", "reason": "standard error was not read"]
        return isForPeople
            ? text(.warning, message, metadata, time) : json(.warning, message, metadata, time)
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

/// The stream that the log goes to.
private enum StandardError {
    /// Writes a line in one call, unless that would have to wait for who reads it; false if so.
    ///
    /// The stream cannot be made non-blocking for that: it may be a terminal that other processes use too.
    static func take(_ line: String) -> Bool {
        var stream = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
        // A pipe that polls as writable has room for a page, and lines are shorter. Anything else that poll says, as
        // of a closed pipe, is no reason to wait either.
        guard unsafe poll(&stream, 1, 0) != 0 else { return false }
        unsafe line.withCString { pointer in _ = unsafe write(2, pointer, strlen(pointer)) }
        return true
    }
}
