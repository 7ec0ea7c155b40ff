/// A scalar, or the head of an array or map, as `MessagePackReader` reads it. Ranges are of the bytes read.
enum MessagePackToken: Equatable, Sendable {
    case null
    /// JavaScript's `undefined`, which notepack writes as extension 0 with one byte.
    case undefined
    case bool(Bool)
    case unsigned(UInt64)
    /// An integer below zero.
    case negative(Int64)
    /// A number of either precision.
    case double(Double)
    /// Text that need not be UTF-8.
    case string(Range<Int>)
    case binary(Range<Int>)
    /// Milliseconds since 1970; maybe beyond what JavaScript's `Date` knows.
    case date(Double)
    /// The number of elements, which follow.
    case array(Int)
    /// The number of members, which follow: a key and a value each.
    case map(Int)

    /// How many values follow inside this one, keys among them.
    var children: Int {
        switch self {
        case .array(let count): count
        case .map(let count): 2 * count
        case .null, .undefined, .bool, .unsigned, .negative, .double, .string, .binary, .date: 0
        }
    }

    /// The value as an integer, as JavaScript's `Number.isInteger` sees it: `2.0` is one, too.
    var integer: Int? {
        switch self {
        case .unsigned(let value): Int(exactly: value)
        case .negative(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        case .null, .undefined, .bool, .string, .binary, .date, .array, .map: nil
        }
    }

    /// Whether a field with this value is as good as left out.
    ///
    /// JavaScript writes `undefined` for what it has not, others write nil: the Python client in each DISCONNECT.
    var isAbsent: Bool { self == .undefined || self == .null }
}
