/// Reads bars from a file, a part at a time.
struct BarInput {
    struct Part {
        var rows: [BarRow] = []
        var faults: [BarFile.Fault] = []
        var isLast = false
    }

    /// A part of the file, in bytes.
    private static let length = 262_144

    let order: ImportOrder
    private let file: InputFile
    private(set) var bars: BarFile
    private var buffer = [UInt8](repeating: 0, count: length)
    private var bytes = 0

    init(_ order: ImportOrder, _ file: InputFile) {
        (self.order, self.file) = (order, file)
        bars = BarFile(order)
    }

    /// How much was read; nil where the size is not known.
    var percent: Int? { file.size.map { $0 > 0 ? min(100, bytes * 100 / $0) : 100 } }

    /// Reads up to the header, and what comes with it.
    mutating func begin() throws(InputFile.Failure) -> Part {
        while true {
            let part = try next()
            if bars.hasHeader { return part }
        }
    }

    mutating func next() throws(InputFile.Failure) -> Part {
        let count = try file.read(into: &buffer)
        bytes += count
        var part = Part(isLast: count == 0)
        // Shares the bytes; a span of the property would keep all of this from being changed.
        let chunk = buffer
        do throws(BarFile.Fault) {
            if part.isLast {
                try bars.end(into: &part.rows, faults: &part.faults)
            } else {
                try bars.read(chunk.span.extracting(0..<count), into: &part.rows, faults: &part.faults)
            }
        } catch { throw InputFile.Failure(description: "\(order.file): \(error)") }
        return part
    }
}
