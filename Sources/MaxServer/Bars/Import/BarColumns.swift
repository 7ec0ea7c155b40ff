import SocketIO

/// Why a line of a file is no bar.
struct BadLine: Error, Equatable, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// What the columns of a file are, as its header says; reads bars from the lines behind it. Pure.
struct BarColumns: Sendable {
    /// Times below this are seconds since 1970 (until the year 5138), others milliseconds (from March 1973).
    private static let firstMilliseconds: Int64 = 100_000_000_000

    private static let prices = ["open", "high", "low", "close"]

    private let count: Int
    private let time: Int
    private let prices: [Int]
    private let volume: Int?
    private let symbol: Int?
    private let resolution: Int?
    private let order: ImportOrder
    /// The last resolution that was read: it is nearly always the next one too.
    private var lastResolution = (text: "", name: "")

    /// - Throws: what the header lacks.
    init(header: CSVRecord, _ order: ImportOrder) throws(BadLine) {
        if let problem = header.problem { throw BadLine("\(problem)") }
        var places: [String: Int] = [:]
        for index in 0..<header.count {
            let name = header.text(index).lowercased()
            guard places.updateValue(index, forKey: name) == nil else {
                throw BadLine("the header has two columns \(shown(name))")
            }
        }
        guard let time = places["time"] ?? places["timestamp"] else { throw BadLine("the header lacks time") }
        var prices: [Int] = []
        for name in Self.prices {
            guard let place = places[name] else { throw BadLine("the header lacks \(name)") }
            prices.append(place)
        }
        (count, self.time, self.prices, self.order) = (header.count, time, prices, order)
        (volume, symbol, resolution) = (places["volume"], places["symbol"], places["resolution"])
        guard symbol != nil || order.symbol != nil else {
            throw BadLine("the header has no symbol; say whose bars these are with --symbol")
        }
        guard resolution != nil || order.resolution != nil else {
            throw BadLine("the header has no resolution; say how long the bars are with --resolution")
        }
    }

    mutating func row(_ record: CSVRecord) throws(BadLine) -> BarRow {
        if let problem = record.problem { throw BadLine("\(problem)") }
        guard record.count == count else {
            throw BadLine("it has \(record.count) fields, and the header \(count)")
        }
        let moment = try readTime(record)
        let bar = Bar(
            time: moment, open: try number(record, prices[0], "open"),
            high: try number(record, prices[1], "high"), low: try number(record, prices[2], "low"),
            close: try number(record, prices[3], "close"), volume: try readVolume(record))
        guard bar.high >= max(bar.open, bar.close), bar.low <= min(bar.open, bar.close) else {
            throw BadLine("open and close do not lie between low and high")
        }
        return BarRow(symbol: try readSymbol(record), resolution: try readResolution(record), bar: bar)
    }

    private func readTime(_ record: CSVRecord) throws(BadLine) -> Int64 {
        let text = record.bytes.span.extracting(record.range(time))
        if let number = DecimalNumber.whole(text) {
            let milliseconds = abs(number) < Self.firstMilliseconds ? number * 1_000 : number
            if Moment(checking: milliseconds) != nil { return milliseconds }
        } else if let milliseconds = ISODate.milliseconds(text) {
            if let moment = Moment(checking: Int64(milliseconds.rounded(.down))) {
                return moment.milliseconds
            }
        } else if text.count == 10, let date = Moment(iso: record.text(time)) {
            return date.milliseconds
        }
        throw BadLine(
            "time: \(shown(record.text(time))) is neither ISO 8601 with a zone nor seconds or milliseconds since 1970"
        )
    }

    private func number(_ record: CSVRecord, _ index: Int, _ name: String) throws(BadLine) -> Double {
        guard let value = DecimalNumber.real(record.bytes.span.extracting(record.range(index))) else {
            throw BadLine("\(name): \(shown(record.text(index))) is no number")
        }
        return value
    }

    private func readVolume(_ record: CSVRecord) throws(BadLine) -> Double {
        guard let volume, !record.range(volume).isEmpty else { return 0 }
        let value = try number(record, volume, "volume")
        guard value >= 0 else { throw BadLine("volume: \(shown(record.text(volume))) is less than nothing") }
        return value
    }

    private func readSymbol(_ record: CSVRecord) throws(BadLine) -> String {
        guard let text = text(record, symbol) ?? order.symbol else { throw BadLine("symbol: it is empty") }
        guard Symbol.isSymbol(text) else { throw BadLine("symbol: \(shown(text)) is none") }
        return text
    }

    private mutating func readResolution(_ record: CSVRecord) throws(BadLine) -> String {
        guard let text = text(record, resolution) ?? order.resolution else {
            throw BadLine("resolution: it is empty")
        }
        if text != lastResolution.text {
            guard let read = Resolution(text) else {
                throw BadLine("resolution: \(shown(text)) is none: minutes that divide a day, or D")
            }
            lastResolution = (text, read.name)
        }
        return lastResolution.name
    }

    /// Nil for a field that is empty or not there.
    private func text(_ record: CSVRecord, _ index: Int?) -> String? {
        guard let index, !record.range(index).isEmpty else { return nil }
        return record.text(index)
    }
}

/// A value as a message may repeat it: in quotes, short, and without what moves a terminal's cursor.
private func shown(_ text: String) -> String {
    let most = 40
    let scalars = text.unicodeScalars.prefix(most).map { scalar in
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "?" : Character(scalar)
    }
    return "\"\(String(scalars))\(text.unicodeScalars.count > most ? "…" : "")\""
}
