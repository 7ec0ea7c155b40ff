/// A record of a CSV file: its fields, without their quotes.
struct CSVRecord: Sendable {
    /// Why a record cannot be used.
    enum Problem: Sendable, Equatable, CustomStringConvertible {
        case quoteInside, textBehindQuote, unterminated
        case tooLong(limit: Int)

        var description: String {
            switch self {
            case .quoteInside: "a quote stands within a field that has none around it"
            case .textBehindQuote: "text follows the closing quote of a field"
            case .unterminated: "the quote of a field is not closed"
            case .tooLong(let limit): "it is longer than \(limit) bytes, or a quote is not closed"
            }
        }
    }

    /// The line on which it begins, from 1.
    fileprivate(set) var line = 1
    /// All fields, one behind the other.
    fileprivate(set) var bytes: [UInt8] = []
    fileprivate var ends: [Int] = []
    fileprivate(set) var problem: Problem?

    var count: Int { ends.count }

    /// Where a field stands in `bytes`, without the spaces around it.
    func range(_ index: Int) -> Range<Int> {
        var start = index == 0 ? 0 : ends[index - 1]
        var end = ends[index]
        while start < end, bytes[start] == UInt8(ascii: " ") { start += 1 }
        while end > start, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        return start..<end
    }

    func text(_ index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }
}

/// Reads CSV (RFC 4180) from bytes as they come: lines end with LF, CRLF or CR, and a byte order mark may come first.
/// Empty lines are passed over. Pure.
struct CSVReader: Sendable {
    /// In bytes and fields together: a quote that is never closed must not swallow the file.
    static let longestRecord = 65_536

    private enum State: Sendable {
        /// So many bytes of a byte order mark have come.
        case mark(Int)
        case fieldStart, plain, quoted, quoteInQuoted
        /// A record ended with CR, to which LF may belong.
        case afterReturn
        /// The rest of a line that is too long.
        case skipping
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The last record that was read.
    private(set) var record = CSVRecord()
    private var state = State.mark(0)
    private var line = 1
    private var isDone = false
    /// A quoted field makes a line that is not empty.
    private var hasQuote = false

    /// Reads on until a record ends, which is then in `record`, or the input does.
    /// - Parameter offset: where to begin in the input; moved behind what was read.
    /// - Returns: whether a record ended.
    mutating func next(_ input: Span<UInt8>, from offset: inout Int) -> Bool {
        if isDone { begin() }
        while offset < input.count {
            let byte = input[offset]
            offset += 1
            if take(byte) { return true }
        }
        return false
    }

    /// The input is over.
    /// - Returns: whether a last record, without an end of its line, is in `record`.
    mutating func end() -> Bool {
        if isDone { begin() }
        if case .mark(let count) = state, count > 0 {
            state = .plain
            record.bytes.append(contentsOf: Self.byteOrderMark.prefix(count))
        }
        switch state {
        case .quoted: fail(.unterminated)
        case .skipping: return finish(.fieldStart)
        case .mark, .afterReturn, .fieldStart, .plain, .quoteInQuoted: break
        }
        return endRecord(.fieldStart)
    }

    private mutating func begin() {
        isDone = false
        hasQuote = false
        record.bytes.removeAll(keepingCapacity: true)
        record.ends.removeAll(keepingCapacity: true)
        record.problem = nil
        record.line = line
    }

    /// - Returns: whether a record is complete.
    private mutating func take(_ byte: UInt8) -> Bool {
        switch state {
        case .plain: return takeBetween(byte)
        case .fieldStart:
            guard byte == UInt8(ascii: "\"") else { return takeBetween(byte) }
            (state, hasQuote) = (.quoted, true)
        case .quoted:
            if byte == UInt8(ascii: "\"") {
                state = .quoteInQuoted
            } else {
                if byte == UInt8(ascii: "\n") { line += 1 }
                append(byte)
            }
        case .quoteInQuoted:
            if byte == UInt8(ascii: "\"") {
                state = .quoted
                append(byte)
            } else {
                let isEnd =
                    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
                if !isEnd { fail(.textBehindQuote) }
                return takeBetween(byte)
            }
        case .afterReturn:
            state = .fieldStart
            return byte == UInt8(ascii: "\n") ? false : take(byte)
        case .mark(let count): return takeMark(byte, count)
        case .skipping:
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                line += 1
                return finish(byte == UInt8(ascii: "\r") ? .afterReturn : .fieldStart)
            }
        }
        return false
    }

    /// A byte outside quotes.
    private mutating func takeBetween(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","):
            record.ends.append(record.bytes.count)
            state = .fieldStart
            checkLength()
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
            line += 1
            return endRecord(byte == UInt8(ascii: "\r") ? .afterReturn : .fieldStart)
        default:
            if byte == UInt8(ascii: "\"") { fail(.quoteInside) }
            state = .plain
            append(byte)
        }
        return false
    }

    private mutating func takeMark(_ byte: UInt8, _ count: Int) -> Bool {
        state = .fieldStart
        if byte == Self.byteOrderMark[count] {
            if count < 2 { state = .mark(count + 1) }
            return false
        }
        for known in Self.byteOrderMark.prefix(count) { _ = take(known) }
        return take(byte)
    }

    private mutating func append(_ byte: UInt8) {
        record.bytes.append(byte)
        checkLength()
    }

    private mutating func checkLength() {
        guard record.bytes.count + record.ends.count > Self.longestRecord else { return }
        // What was wrong before may be a consequence.
        record.problem = .tooLong(limit: Self.longestRecord)
        state = .skipping
    }

    private mutating func fail(_ problem: CSVRecord.Problem) {
        if record.problem == nil { record.problem = problem }
    }

    /// - Returns: false for an empty line.
    private mutating func endRecord(_ next: State) -> Bool {
        if record.bytes.isEmpty, record.ends.isEmpty, !hasQuote {
            state = next
            record.line = line
            return false
        }
        record.ends.append(record.bytes.count)
        return finish(next)
    }

    private mutating func finish(_ next: State) -> Bool {
        state = next
        isDone = true
        return true
    }
}
