import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads the fields of a request and collects what is wrong with them, so that a client learns all of it at once.
///
/// Each accessor gives nil for a field that is missing or `null` as well as for one that is wrong; `finish` throws
/// for the latter, and for fields that nobody asked for, which are mostly misspelt.
struct FieldReader {
    /// Faults of one answer: what it says must not grow with what a client sends.
    private static let told = 20

    private let object: JSONObject
    /// Whether numbers and moments are spelt as texts, as in a query.
    private let readsTexts: Bool
    private var known: Set<String> = []
    private var faults: [APIFailure.Fault] = []

    init(_ object: JSONObject, readsTexts: Bool = false) {
        self.object = object
        self.readsTexts = readsTexts
    }

    /// Whether the client says something about a field, `null` included.
    func has(_ name: String) -> Bool { object[name] != nil }

    /// Ends the reading.
    func finish() throws(APIFailure) {
        var (faults, untold) = (faults, 0)
        for member in object.members where !known.contains(member.key) {
            guard faults.count < Self.told else {
                untold += 1
                continue
            }
            faults.append(
                APIFailure.Fault(
                    field: Self.shown(member.key), rule: "unknown", message: "there is no such field"))
        }
        if untold > 0 {
            let message = "\(untold) more fields cannot be used"
            faults.append(APIFailure.Fault(field: "*", rule: "more", message: message))
        }
        guard faults.isEmpty else { throw .invalid(faults) }
    }

    /// A client's own name for a field, which may be as long as its body.
    private static func shown(_ name: String) -> String {
        let start = name.unicodeScalars.prefix(100)
        return start.endIndex == name.endIndex ? name : String(start) + "…"
    }

    mutating func fail(_ name: String, _ rule: String, _ message: String) {
        faults.append(APIFailure.Fault(field: name, rule: rule, message: message))
    }

    /// Fields that are taken without being used, e.g. those that a client sends back as it got them.
    mutating func ignore(_ names: String...) { known.formUnion(names) }

    private mutating func value(_ name: String, isRequired: Bool) -> JSONValue? {
        known.insert(name)
        guard let value = object[name], !value.isNull else {
            if isRequired { fail(name, "required", "it is missing") }
            return nil
        }
        return value
    }

    // MARK: Kinds

    /// - Parameter length: in characters, of four bytes each at most: one with many accents may have any length.
    mutating func text(_ name: String, _ length: ClosedRange<Int>, isRequired: Bool = false) -> String? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        guard let text = value.stringValue else {
            fail(name, "type", "it is a text")
            return nil
        }
        // First what costs least: a text may be as long as the body.
        guard text.utf8.count <= length.upperBound * 4, length.contains(text.count), !text.utf8.contains(0)
        else {
            fail(name, "length", "it has \(length.lowerBound) to \(length.upperBound) characters, and no NUL")
            return nil
        }
        return text
    }

    /// An id as clients may choose one: it stands in paths and in names of rooms. `.` and `..` are steps of a path,
    /// which clients take out of it (RFC 3986 section 5.2.4).
    mutating func id(_ name: String, isRequired: Bool = false) -> String? {
        guard let text = text(name, 1...100, isRequired: isRequired) else { return nil }
        let isUsable = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isUsable, text != ".", text != ".." else {
            fail(name, "format", "it has letters, digits, -, _ and . alone, and is neither . nor ..")
            return nil
        }
        return text
    }

    mutating func choice(_ name: String, _ choices: [String], isRequired: Bool = false) -> String? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        guard let text = value.stringValue, choices.contains(text) else {
            fail(name, "choice", "it is one of \(choices.joined(separator: ", "))")
            return nil
        }
        return text
    }

    mutating func integer(_ name: String, _ range: ClosedRange<Int>, isRequired: Bool = false) -> Int? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        guard let number = readsTexts ? value.stringValue.flatMap(Int.init) : value.intValue else {
            fail(name, "type", "it is a whole number")
            return nil
        }
        guard range.contains(number) else {
            fail(name, "range", "it is from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func number(_ name: String, isRequired: Bool = false) -> Double? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        guard let number = readsTexts ? value.stringValue.flatMap(Double.init) : value.doubleValue,
            number.isFinite
        else {
            fail(name, "type", "it is a number")
            return nil
        }
        return number
    }

    /// A list of texts that are not empty.
    mutating func texts(_ name: String, _ count: ClosedRange<Int>, isRequired: Bool = false) -> [String]? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        let texts = value.arrayValue?.compactMap(\.stringValue).filter { !$0.isEmpty } ?? []
        guard texts.count == value.arrayValue?.count, count.contains(texts.count) else {
            fail(name, "type", "it is a list of \(count.lowerBound) to \(count.upperBound) texts")
            return nil
        }
        return texts
    }

    mutating func object(_ name: String, isRequired: Bool = false) -> JSONObject? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        guard let object = value.objectValue else {
            fail(name, "type", "it is an object")
            return nil
        }
        return object
    }

    /// Any value.
    mutating func json(_ name: String, isRequired: Bool = false) -> JSONValue? {
        value(name, isRequired: isRequired)
    }

    /// Where a page begins, as the page before it told.
    mutating func cursor(_ name: String) -> PageCursor? { cursor(name, PageCursor.init) }
    mutating func nameCursor(_ name: String) -> NameCursor? { cursor(name, NameCursor.init) }

    private mutating func cursor<Cursor>(_ name: String, _ read: (String) -> Cursor?) -> Cursor? {
        guard let value = value(name, isRequired: false) else { return nil }
        let cursor = value.stringValue.flatMap(read)
        if cursor == nil { fail(name, "format", "it is what the page before called next") }
        return cursor
    }

    /// A moment: ISO 8601 in UTC, or milliseconds since 1970.
    mutating func moment(_ name: String, isRequired: Bool = false) -> Moment? {
        guard let value = value(name, isRequired: isRequired) else { return nil }
        let moment: Moment? =
            if let text = value.stringValue {
                Int64(text).flatMap(Moment.init(checking:)) ?? Moment(iso: text)
            } else {
                value.intValue.flatMap { Moment(checking: Int64($0)) }
            }
        if moment == nil {
            fail(
                name, "format",
                "it is a time such as 2025-01-15T10:30:00.000Z, or milliseconds since 1970")
        }
        return moment
    }
}
