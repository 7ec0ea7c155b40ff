/// Reads bars from a CSV file as its bytes come, and notes the lines that are none. Pure.
struct BarFile: Sendable {
    struct Fault: Sendable, Equatable, CustomStringConvertible {
        var line: Int
        var reason: String

        var description: String { "line \(line): \(reason)" }
    }

    private var reader = CSVReader()
    private var columns: BarColumns?
    private let order: ImportOrder
    private(set) var rowCount = 0
    private(set) var faultCount = 0

    init(_ order: ImportOrder) { self.order = order }

    /// Whether a header has come.
    var hasHeader: Bool { columns != nil }

    /// - Parameters:
    ///   - rows: gets the bars.
    ///   - faults: gets the lines that are none.
    /// - Throws: what is wrong with the header.
    mutating func read(_ input: Span<UInt8>, into rows: inout [BarRow], faults: inout [Fault]) throws(Fault) {
        var offset = 0
        while reader.next(input, from: &offset) { try take(&rows, &faults) }
    }

    /// The file is over.
    mutating func end(into rows: inout [BarRow], faults: inout [Fault]) throws(Fault) {
        if reader.end() { try take(&rows, &faults) }
        if columns == nil {
            throw Fault(line: 1, reason: "there is no header such as time,open,high,low,close,volume")
        }
    }

    private mutating func take(_ rows: inout [BarRow], _ faults: inout [Fault]) throws(Fault) {
        let line = reader.record.line
        guard columns != nil else {
            do throws(BadLine) {
                columns = try BarColumns(header: reader.record, order)
            } catch { throw Fault(line: line, reason: "\(error)") }
            return
        }
        do throws(BadLine) {
            if let row = try columns?.row(reader.record) { rows.append(row) }
            rowCount += 1
        } catch {
            faultCount += 1
            faults.append(Fault(line: line, reason: "\(error)"))
        }
    }
}

extension BarFile.Fault: Error {}
