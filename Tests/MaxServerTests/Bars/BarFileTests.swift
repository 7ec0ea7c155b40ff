import Testing

@testable import MaxServer

@Suite struct `Files of bars` {
    private static let header = "time,open,high,low,close,volume,symbol,resolution\n"
    private static let bar = Bar(
        time: 1_736_937_000_000, open: 1.5, high: 2.25, low: 1, close: 2, volume: 10)

    @Test(arguments: ["2025-01-15T10:30:00.000Z", "2025-01-15T11:30:00+01:00", "1736937000", "1736937000000"])
    func `have times in ISO 8601, seconds or milliseconds`(time: String) throws {
        let read = try read(Self.header + "\(time),1.5,2.25,1,2,10,AAPL,5\n")
        #expect(read.rows.map(\.bar) == [Self.bar] && read.faults.isEmpty)
        #expect(read.rows[0].symbol == "AAPL" && read.rows[0].resolution == "5")
    }

    @Test func `have dates alone, and times before 1970`() throws {
        let read = try read(Self.header + "2025-01-15,1,1,1,1,,A,D\n-86400,1,1,1,1,,A,D\n")
        #expect(read.rows.map(\.bar.time) == [1_736_899_200_000, -86_400_000])
        #expect(read.rows.map(\.bar.volume) == [0, 0])
    }

    @Test(arguments: ["D", "1D", "1440"])
    func `have one name for days`(name: String) throws {
        let read = try read(Self.header + "2025-01-15,1,1,1,1,,A,\(name)\n")
        #expect(read.rows.map(\.resolution) == ["D"])
    }

    @Test func `have their columns in any order, with others among them`() throws {
        let text = "Close ,\"High\",x, Low,Open,Timestamp\n2,2.25,?,1,1.5,1736937000\n"
        let read = try read(text, ImportOrder(file: "", symbol: "A", resolution: "1"))
        #expect(read.rows.map(\.bar) == [bar(volume: 0)] && read.rows[0].symbol == "A")
    }

    @Test func `say themselves whose bars they are where they do, and are told otherwise`() throws {
        let order = ImportOrder(file: "", symbol: "A", resolution: "1")
        let read = try read(Self.header + "1,1,1,1,1,,B,5\n2,1,1,1,1,,,\n", order)
        #expect(read.rows.map(\.symbol) == ["B", "A"] && read.rows.map(\.resolution) == ["5", "1"])
    }

    @Test(arguments: [
        ("x,1,1,1,1,1,A,1", "time: \"x\" is neither"), ("99999999999999999,1,1,1,1,1,A,1", "time: "),
        ("2025-01-15 10:30:00,1,1,1,1,1,A,1", "time: "), ("2025-02-30,1,1,1,1,1,A,1", "time: "),
        ("1,abc,1,1,1,1,A,1", "open: \"abc\" is no number"), ("1,1,,1,1,1,A,1", "high: \"\" is no number"),
        ("1,1,1,nan,1,1,A,1", "low: \"nan\""), ("1,1,1,1,0x1,1,A,1", "close: "),
        ("1,1,0.5,1,1,1,A,1", "do not lie between"), ("1,1,2,1.5,1,1,A,1", "do not lie between"),
        ("1,1,1,1,1,-1,A,1", "volume: \"-1\" is less"), ("1,1,1,1,1,1,A:B,1", "symbol: \"A:B\" is none"),
        ("1,1,1,1,1,1,,1", "symbol: it is empty"), ("1,1,1,1,1,1,A,7", "resolution: \"7\" is none"),
        ("1,1,1,1,1,1,A", "it has 7 fields, and the header 8"), ("1,1,1,1,1,1,A,1,2", "it has 9 fields"),
        ("1,1,1\"1,1,1,1,A,1", "a quote stands within"), ("\u{1B}[2J,1,1,1,1,1,A,1", "time: \"?[2J\""),
    ])
    func `bad lines are told with number and reason, and the others read`(line: String, reason: String) throws
    {
        let good = "1736937000,1.5,2.25,1,2,10,AAPL,5\n"
        let read = try read(Self.header + good + line + "\n" + good)
        #expect(read.rows.count == 2 && read.faults.count == 1 && read.faults.first?.line == 3)
        #expect(read.faults.first?.reason.contains(reason) == true)
    }

    @Test(arguments: [
        ("", "there is no header"), ("time,open,high,low\n", "lacks close"), ("date\n", "lacks time"),
        ("time,open,high,low,close,open\n", "two columns \"open\""), ("\"time\n", "not closed"),
        ("time,open,high,low,close\n", "--symbol"), ("time,open,high,low,close,symbol\n", "--resolution"),
    ])
    func `without a header that can be used are refused`(text: String, reason: String) throws {
        let fault = try #require(throws: BarFile.Fault.self) { try read(text) }
        #expect(fault.description.contains(reason) && fault.line == 1)
    }

    @Test func `are read the same however they are split`() throws {
        let text = Array((Self.header + "1,1,1,1,1,,\"B\",5\r\nbad\r\n2,1,1,1,1,,C,5").utf8)
        for cut in text.indices {
            var file = BarFile(ImportOrder(file: ""))
            var (rows, faults): ([BarRow], [BarFile.Fault]) = ([], [])
            try file.read(text.span.extracting(0..<cut), into: &rows, faults: &faults)
            try file.read(text.span.extracting(cut..<text.count), into: &rows, faults: &faults)
            try file.end(into: &rows, faults: &faults)
            #expect(rows.map(\.symbol) == ["B", "C"] && faults.map(\.line) == [3])
            #expect(file.rowCount == 2 && file.faultCount == 1)
        }
    }

    private func bar(volume: Double) -> Bar {
        var bar = Self.bar
        bar.volume = volume
        return bar
    }

    private func read(_ text: String, _ order: ImportOrder = ImportOrder(file: "")) throws
        -> (rows: [BarRow], faults: [BarFile.Fault])
    {
        var file = BarFile(order)
        var (rows, faults): ([BarRow], [BarFile.Fault]) = ([], [])
        try file.read(Array(text.utf8).span, into: &rows, faults: &faults)
        try file.end(into: &rows, faults: &faults)
        return (rows, faults)
    }
}
