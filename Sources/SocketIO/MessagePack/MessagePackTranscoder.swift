internal import EngineWire

/// Writes a MessagePack value as our inner form: JSON text, with placeholders for what is binary in it.
///
/// The text is what `JSON.stringify` makes of the value that notepack reads, but for two points: `undefined` is
/// `null` in objects, too, and integers keep all their digits.
struct MessagePackTranscoder: Sendable {
    /// Bounds of one value.
    struct Limits: Sendable {
        /// Most binary values. Each may take two bytes only, and costs about 90.
        var attachments: Int
        /// Most arrays and maps inside each other.
        var depth = JSONScanner.greatestDepth
    }

    /// An array or map that is open.
    private struct Level {
        var isMap: Bool
        /// Elements or members that are not yet begun.
        var missing: Int
    }

    private(set) var text: [UInt8] = []
    private(set) var attachments: [[UInt8]] = []
    /// If the value is an array: where its elements stand in the text.
    private(set) var elements = ArgumentRanges()

    private let limits: Limits
    private var open: [Level] = []
    /// Where the element that is being written begins.
    private var start = 0
    /// Whether a map of the sender has the mark of a placeholder.
    private var hasLookalike = false

    /// Reads one value and writes it.
    ///
    /// A map of the sender's own with `"_placeholder": true` is refused when something else is binary: nobody could
    /// tell them apart any more. Without binary values the text has no placeholders, and the map is what it is.
    init(
        _ bytes: Span<UInt8>, _ reader: inout MessagePackReader, limits: Limits
    ) throws(MessagePackError) {
        self.limits = limits
        text.reserveCapacity((bytes.count - reader.at) * 5 / 4)
        repeat { try appendToken(bytes, &reader) } while try goOn(bytes, &reader)
        guard !hasLookalike || attachments.isEmpty else { throw .ambiguousPlaceholder }
    }

    private mutating func appendToken(
        _ bytes: Span<UInt8>, _ reader: inout MessagePackReader
    ) throws(MessagePackError) {
        switch try reader.next(bytes) {
        case .null, .undefined: text.append("null")
        case .bool(let value): text.append(value ? "true" : "false")
        case .unsigned(let value): JSONWriter.appendInteger(value, to: &text)
        case .negative(let value): JSONWriter.appendInteger(value, to: &text)
        case .double(let value): JSONWriter.appendNumber(value, to: &text)
        case .string(let range): appendString(bytes.extracting(range))
        case .binary(let range): try appendPlaceholder(bytes.extracting(range))
        case .date(let milliseconds): appendDate(milliseconds)
        case .array(let count): try begin(Level(isMap: false, missing: count))
        case .map(let count): try begin(Level(isMap: true, missing: count))
        }
    }

    // MARK: Arrays and maps

    private mutating func begin(_ level: Level) throws(MessagePackError) {
        guard open.count < limits.depth else { throw .tooDeep }
        text.append(UInt8(ascii: level.isMap ? "{" : "["))
        open.append(level)
    }

    /// A scalar is complete or a container begun: closes what ends here, and writes what stands before the next
    /// value. False when the whole is complete.
    private mutating func goOn(
        _ bytes: Span<UInt8>, _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> Bool {
        while let level = open.last {
            let isEmpty = text.last == UInt8(ascii: level.isMap ? "{" : "[")
            if open.count == 1, !level.isMap, !isEmpty { try endElement() }
            if level.missing > 0 {
                open[open.count - 1].missing -= 1
                if !isEmpty { text.append(UInt8(ascii: ",")) }
                if level.isMap { try appendKey(bytes, &reader) }
                if open.count == 1 { start = text.count }
                return true
            }
            text.append(UInt8(ascii: level.isMap ? "}" : "]"))
            open.removeLast()
        }
        return false
    }

    private mutating func endElement() throws(MessagePackError) {
        guard let end = UInt32(exactly: text.count) else { throw .tooLong }
        elements.append(UInt32(start)..<end)
    }

    /// Writes a key as JavaScript makes one of a scalar: all keys of its objects are text.
    private mutating func appendKey(
        _ bytes: Span<UInt8>, _ reader: inout MessagePackReader
    ) throws(MessagePackError) {
        switch try reader.next(bytes) {
        case .string(let range):
            let key = bytes.extracting(range)
            appendString(key)
            if key.equals("_placeholder") {
                var value = reader
                if try value.next(bytes) == .bool(true) { hasLookalike = true }
            }
        case .unsigned(let value): appendKey("\(value)")
        case .negative(let value): appendKey("\(value)")
        case .double(let value): appendKey(Self.name(of: value))
        case .bool(let value): appendKey(value ? "true" : "false")
        case .null: appendKey("null")
        case .undefined: appendKey("undefined")
        case .binary, .date, .array, .map: throw .illegalKey
        }
        text.append(UInt8(ascii: ":"))
    }

    private mutating func appendKey(_ key: String) { JSONWriter.appendString(key, to: &text) }

    /// `String(value)` of JavaScript.
    private static func name(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return JSONNumber(value)?.text ?? ""
    }

    // MARK: Scalars

    /// Bytes that are not UTF-8 become U+FFFD, as in Node: there is no other text that one side could mean by them.
    private mutating func appendString(_ content: Span<UInt8>) {
        var utf8 = UTF8Validator()
        if utf8.accepts(content), utf8.isAtBoundary {
            JSONWriter.appendString(utf8: content, to: &text)
        } else {
            JSONWriter.appendString(String(lossy: content), to: &text)
        }
    }

    /// The text of `Date.prototype.toJSON`; `null` for what no `Date` holds.
    private mutating func appendDate(_ milliseconds: Double) {
        let start = text.count
        text.append(UInt8(ascii: "\""))
        if ISODate.append(milliseconds, to: &text) {
            text.append(UInt8(ascii: "\""))
        } else {
            text.removeLast(text.count - start)
            text.append("null")
        }
    }

    /// A placeholder is an object, so it counts as a level.
    private mutating func appendPlaceholder(_ content: Span<UInt8>) throws(MessagePackError) {
        guard open.count < limits.depth else { throw .tooDeep }
        guard attachments.count < limits.attachments else { throw .tooManyAttachments }
        text.append("{\"_placeholder\":true,\"num\":")
        text.append(decimal: attachments.count)
        text.append(UInt8(ascii: "}"))
        var attachment: [UInt8] = []
        attachment.append(content)
        attachments.append(attachment)
    }
}
