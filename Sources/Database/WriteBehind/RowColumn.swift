/// The values of one column; of the arrays only that of its kind is used.
struct RowColumn {
    let kind: KeyedTable.Kind
    var texts: [String] = []
    var reals: [Double] = []
    var optionalReals: [Double?] = []
    var integers: [Int64] = []

    init(_ kind: KeyedTable.Kind) { self.kind = kind }

    /// Puts the last value into another place.
    mutating func moveLast(to position: Int) {
        switch kind {
        case .text: texts[position] = texts.removeLast()
        case .real: reals[position] = reals.removeLast()
        case .optionalReal: optionalReals[position] = optionalReals.removeLast()
        case .integer, .timestamp: integers[position] = integers.removeLast()
        }
    }

    mutating func removeFirst(_ count: Int) {
        switch kind {
        case .text: texts.removeFirst(count)
        case .real: reals.removeFirst(count)
        case .optionalReal: optionalReals.removeFirst(count)
        case .integer, .timestamp: integers.removeFirst(count)
        }
    }

    /// The values in these places, in this order.
    func values(at positions: [Int]) -> UpsertColumn {
        switch kind {
        case .text: .text(positions.map { texts[$0] })
        case .real: .real(positions.map { reals[$0] })
        case .optionalReal: .optionalReal(positions.map { optionalReals[$0] })
        case .integer: .integer(positions.map { integers[$0] })
        case .timestamp: .timestamp(positions.map { integers[$0] })
        }
    }

    // MARK: As a part of a key

    func hash(_ position: Int, into hasher: inout Hasher) {
        switch kind {
        case .text: hasher.combine(texts[position])
        case .real: hasher.combine(reals[position])
        case .optionalReal: hasher.combine(optionalReals[position])
        case .integer, .timestamp: hasher.combine(integers[position])
        }
    }

    /// Whether two values are the same to a database: texts byte by byte.
    func isSame(_ one: Int, _ other: Int) -> Bool {
        switch kind {
        case .text: texts[one].utf8.elementsEqual(texts[other].utf8)
        case .real: reals[one] == reals[other]
        case .optionalReal: optionalReals[one] == optionalReals[other]
        case .integer, .timestamp: integers[one] == integers[other]
        }
    }

    /// - Returns: whether one stands before the other; nil when neither does.
    func isBefore(_ one: Int, _ other: Int) -> Bool? {
        switch kind {
        case .text: Self.isBefore(texts[one], texts[other])
        case .real: Self.isBefore(reals[one], reals[other])
        case .optionalReal:
            Self.isBefore(optionalReals[one] ?? -.infinity, optionalReals[other] ?? -.infinity)
        case .integer, .timestamp: Self.isBefore(integers[one], integers[other])
        }
    }

    private static func isBefore<Value: Comparable>(_ one: Value, _ other: Value) -> Bool? {
        one == other ? nil : one < other
    }
}
