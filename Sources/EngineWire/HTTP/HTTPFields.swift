/// Header fields in the order in which they are sent.
///
/// Names keep their spelling; they are found whatever the case of their ASCII letters (RFC 9110 section 5.1). A
/// name may occur several times. Looking one up walks the fields, because responses have few.
public struct HTTPFields: Sendable {
    /// A field's name and value.
    public typealias Element = (name: String, value: String)

    private var items: [Element] = []

    /// No fields.
    public init() {}

    /// The fields of a sequence, as they are.
    public init(_ fields: some Sequence<Element>) { items = Array(fields) }

    /// Whether there are none.
    public var isEmpty: Bool { items.isEmpty }
    /// How many there are; those of one name count each.
    public var count: Int { items.count }

    /// The first value of a field. Setting it replaces all fields of that name where the first of them stood, or
    /// adds the field; setting nil removes them all.
    public subscript(name: String) -> String? {
        get { items.first { Self.isSame($0.name, name) }?.value }
        set {
            guard let first = items.firstIndex(where: { Self.isSame($0.name, name) }) else {
                if let newValue { append(name, newValue) }
                return
            }
            var isKept = newValue != nil
            items.removeAll { item in
                guard Self.isSame(item.name, name) else { return false }
                defer { isKept = false }
                return !isKept
            }
            if let newValue { items[first] = (name, newValue) }
        }
    }

    /// Whether there is a field of this name.
    public func contains(_ name: String) -> Bool { items.contains { Self.isSame($0.name, name) } }

    /// Adds a field behind all others, also if there are some of its name.
    public mutating func append(_ name: String, _ value: String) { items.append((name, value)) }

    /// Adds fields behind all others, also if there are some of their names.
    public mutating func append(contentsOf fields: some Sequence<Element>) {
        items.append(contentsOf: fields)
    }

    /// Adds an element to a field that is a comma-separated list, unless the list has it, in any case; adds the
    /// field if there is none. `*` stands for all elements: it replaces the others and takes no more (`Vary`,
    /// RFC 9110 section 12.5.5). Not for lists whose elements may be quoted strings.
    public mutating func appendToList(_ name: String, _ element: String) {
        var last: Int?
        var isListed = false
        var isAll = element == "*"
        for i in items.indices where Self.isSame(items[i].name, name) {
            last = i
            for part in items[i].value.utf8.split(separator: UInt8(ascii: ",")) {
                let listed = part.trimmingWhiteSpace
                if listed.elementsEqual(CollectionOfOne(UInt8(ascii: "*"))) { isAll = true }
                if Self.isSame(listed, element.utf8) { isListed = true }
            }
        }
        if isAll {
            self[name] = "*"
        } else if let last {
            if !isListed { items[last].value += items[last].value.isEmpty ? element : ", " + element }
        } else {
            append(name, element)
        }
    }

    private static func isSame(_ a: String, _ b: String) -> Bool { isSame(a.utf8, b.utf8) }

    private static func isSame(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { ASCII.lowercased($0) == ASCII.lowercased($1) }
    }
}

extension HTTPFields: Sequence {
    public func makeIterator() -> IndexingIterator<[Element]> { items.makeIterator() }

    public var underestimatedCount: Int { items.count }
}

extension HTTPFields: ExpressibleByDictionaryLiteral {
    /// The fields in the order of the literal, which may name one several times.
    public init(dictionaryLiteral elements: (String, String)...) {
        items = elements.map { (name: $0.0, value: $0.1) }
    }
}

extension BidirectionalCollection<UInt8> where SubSequence: BidirectionalCollection<UInt8> {
    /// Without spaces and tabs at its ends.
    fileprivate var trimmingWhiteSpace: SubSequence {
        func isWhite(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }
        guard let last = lastIndex(where: { !isWhite($0) }) else { return self[endIndex...] }
        return self[...last].drop(while: isWhite)
    }
}
