#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Tells on standard error how far a command is: on a terminal in one line that changes, else in a line each second.
struct ProgressLine {
    private let isTerminal: Bool
    private var next: ContinuousClock.Instant

    init(isTerminal: Bool = isatty(2) == 1, now: ContinuousClock.Instant = .now) {
        self.isTerminal = isTerminal
        next = now + .seconds(1)
    }

    /// Tells it if that is due.
    mutating func show(_ text: @autoclosure () -> String, now: ContinuousClock.Instant = .now) {
        guard now >= next else { return }
        next = now + (isTerminal ? .milliseconds(200) : .seconds(1))
        Self.write(isTerminal ? "\r\u{1B}[K\(text())" : text() + "\n")
    }

    /// A line that stays.
    func keep(_ text: String) { Self.write((isTerminal ? "\r\u{1B}[K" : "") + text + "\n") }

    /// Takes the changing line away.
    func clear() { if isTerminal { Self.write("\r\u{1B}[K") } }

    private static func write(_ text: String) {
        unsafe text.withCString { pointer in
            #if canImport(Glibc)
                _ = unsafe Glibc.write(2, pointer, strlen(pointer))
            #else
                _ = unsafe Darwin.write(2, pointer, strlen(pointer))
            #endif
        }
    }
}

extension Int {
    /// The number with a comma at every three digits.
    var grouped: String {
        var text = ""
        for (index, digit) in String(magnitude).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + String(text.reversed())
    }
}
