internal import Database
internal import EngineWire

/// The values of a statement as they go to Postgres, one behind the other.
package struct Parameters: Sendable, Hashable {
    package struct Item: Sendable, Hashable {
        /// Where it stands among the bytes; nil for null.
        package var range: Range<Int>?
        /// Whether in the binary form of its type, or as text that the server reads.
        package var isBinary: Bool
    }

    /// Never empty, so that an empty value has an address: to libpq, no address is null.
    package private(set) var bytes: [UInt8] = [0]
    package private(set) var items: [Item] = []

    package init() {}

    mutating func reserve(items count: Int, bytes size: Int) {
        items.reserveCapacity(count)
        bytes.reserveCapacity(size)
    }

    mutating func appendNull() { items.append(Item(range: nil, isBinary: true)) }

    mutating func append(_ text: String) {
        item(isBinary: false) { $0.append(contentsOf: text.utf8) }
        // libpq looks at the length of binary values only.
        bytes.append(0)
    }

    mutating func append(binary value: some Collection<UInt8>) {
        item(isBinary: true) { $0.append(contentsOf: value) }
    }

    mutating func append(_ value: some FixedWidthInteger) {
        item(isBinary: true) { $0.append(bigEndian: value) }
    }

    /// Appends one item, whose bytes `body` appends.
    mutating func item(isBinary: Bool, _ body: (inout [UInt8]) -> Void) {
        let start = bytes.count
        body(&bytes)
        items.append(Item(range: start..<bytes.count, isBinary: isBinary))
    }
}
