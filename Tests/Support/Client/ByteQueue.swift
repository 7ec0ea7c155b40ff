/// Bytes that arrived and wait to be understood.
package struct ByteQueue: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    package init() {}

    package var count: Int { bytes.count - start }
    package var isEmpty: Bool { count == 0 }

    package subscript(index: Int) -> UInt8 { bytes[start + index] }

    package mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Removes bytes from the front.
    package mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(bytes[start..<(start + count)])
        start += count
        if start == bytes.count || start > 1 << 20 {
            bytes.removeFirst(start)
            start = 0
        }
        return taken
    }

    package mutating func takeAll() -> [UInt8] { take(count) }

    /// Where a text begins, looked for from `from` on; nil when it has not come.
    package func place(of text: String, from: Int = 0) -> Int? {
        let wanted = Array(text.utf8)
        var index = from
        while index + wanted.count <= count {
            if bytes[(start + index)...].starts(with: wanted) { return index }
            index += 1
        }
        return nil
    }
}
