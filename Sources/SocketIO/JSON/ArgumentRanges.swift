/// Where the elements of a scanned array stand in its text: the name and arguments of an event.
///
/// Four ranges are kept inline, so that scanning a usual event allocates nothing; the rest spills into an
/// array. Offsets are 32 bits wide: `JSONScanner` refuses longer texts.
package struct ArgumentRanges: Sendable {
    /// How many elements the array has.
    package private(set) var count = 0
    private var first: Range<UInt32> = 0..<0
    private var second: Range<UInt32> = 0..<0
    private var third: Range<UInt32> = 0..<0
    private var fourth: Range<UInt32> = 0..<0
    private var others: [Range<UInt32>] = []

    /// No elements.
    package init() {}

    /// The bytes of the element at `index`, without white space around it.
    ///
    /// - Precondition: `index` is in `0..<count`.
    package subscript(index: Int) -> Range<Int> {
        precondition(index >= 0 && index < count, "an index below count")
        let range =
            switch index {
            case 0: first
            case 1: second
            case 2: third
            case 3: fourth
            default: others[index - 4]
            }
        return Int(range.lowerBound)..<Int(range.upperBound)
    }

    mutating func append(_ range: Range<UInt32>) {
        switch count {
        case 0: first = range
        case 1: second = range
        case 2: third = range
        case 3: fourth = range
        default: others.append(range)
        }
        count += 1
    }

    /// Forgets the last element.
    mutating func removeLast() {
        precondition(count > 0, "an element is there")
        if count > 4 { others.removeLast() }
        count -= 1
    }
}
