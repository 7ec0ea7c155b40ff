import Foundation

/// Types that the suites of the coders decode and encode.
struct Candle: Codable, Equatable {
    var sectorId: String
    var timestamp: Date
    var value, open, high, low, close: Double
    var volume: Int
}

struct Point: Codable, Equatable {
    var x: Int
    var y: Int
}

/// A key made up by hand.
struct Name: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringLiteral value: String) { stringValue = value }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// Arrays in arrays, written as a user would write them.
indirect enum Tree: Codable, Equatable {
    case leaf(Int)
    case branches([Tree])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Int.self) {
            self = .leaf(value)
        } else {
            self = .branches(try container.decode([Tree].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .leaf(let value): try container.encode(value)
        case .branches(let branches): try container.encode(branches)
        }
    }

    var depth: Int {
        guard case .branches(let branches) = self else { return 0 }
        return 1 + (branches.map(\.depth).max() ?? 0)
    }
}

class Base: Codable {
    var name: String

    init(name: String) { self.name = name }
}

/// Shares the object with its superclass, and keeps another one under `super`.
final class Derived: Base {
    var extra: Int
    var other: Base

    init(name: String, extra: Int, other: Base) {
        self.extra = extra
        self.other = other
        super.init(name: name)
    }

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        extra = try container.decode(Int.self, forKey: "extra")
        other = try Base(from: container.superDecoder())
        try super.init(from: decoder)
    }

    override func encode(to encoder: any Encoder) throws {
        try super.encode(to: encoder)
        var container = encoder.container(keyedBy: Name.self)
        try container.encode(extra, forKey: "extra")
        try other.encode(to: container.superEncoder())
    }
}
