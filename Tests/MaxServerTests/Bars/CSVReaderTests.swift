import Testing

@testable import MaxServer

@Suite struct `CSV` {
    /// A text, and its fields by record.
    private static let texts: [(String, [[String]])] = [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]), ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r1,2", [["a", "b"], ["1", "2"]]), ("\u{FEFF}a,b\n", [["a", "b"]]),
        ("\u{FEFF}\"a\",b\n", [["a", "b"]]), ("\"a,b\",\"c\"\"d\",\"\"\n", [["a,b", "c\"d", ""]]),
        ("\"two\r\nlines\",x\n", [["two\r\nlines", "x"]]), (",\n,,\n", [["", ""], ["", "", ""]]),
        ("\n\r\n\na\n\n", [["a"]]), ("", []), ("\n", []), ("a", [["a"]]), ("a,", [["a", ""]]),
        ("\"\"\n", [[""]]), (" a , \"b\n", [["a", "\"b"]]), ("ž,日本\n", [["ž", "日本"]]),
        ("\u{FEFF}", []),
    ]

    @Test(arguments: texts)
    func `is read the same however it is split`(text: String, records: [[String]]) {
        let bytes = Array(text.utf8)
        #expect(read([bytes]).map(\.fields) == records)
        #expect(read(bytes.map { [$0] }).map(\.fields) == records)
        for cut in bytes.indices {
            #expect(read([Array(bytes[..<cut]), Array(bytes[cut...])]).map(\.fields) == records)
        }
    }

    @Test func `part of a byte order mark is text`() {
        #expect(read([[0xEF, 0xBB], [0x2C, 0x61]]).first?.record.bytes == [0xEF, 0xBB, 0x61])
        #expect(read([[0xEF]]).first?.record.bytes == [0xEF])
    }

    @Test func `records know their lines, also behind breaks within quotes and empty lines`() {
        let read = read([Array("a\n\"b\nb\"\r\n\r\nc\rd\n".utf8)])
        #expect(read.map(\.record.line) == [1, 2, 5, 6])
        #expect(read.map(\.record.problem) == [nil, nil, nil, nil])
    }

    @Test(
        arguments: [
            ("a\"b,c\nd\n", .quoteInside), ("\"a\"b\nd\n", .textBehindQuote), ("d\n\"a\n", .unterminated),
        ] as [(String, CSVRecord.Problem)])
    func `quotes out of place are the problem of one record`(text: String, problem: CSVRecord.Problem) {
        let read = read([Array(text.utf8)])
        #expect(read.count == 2 && read.compactMap(\.record.problem) == [problem])
        #expect(read.contains { $0.record.problem == nil && $0.fields == ["d"] })
    }

    @Test(arguments: [
        (String(repeating: "x", count: CSVReader.longestRecord), false),
        (String(repeating: "x", count: CSVReader.longestRecord + 1), true),
        (String(repeating: ",", count: CSVReader.longestRecord), false),
        (String(repeating: ",", count: CSVReader.longestRecord + 1), true),
        ("\"" + String(repeating: "x\n", count: CSVReader.longestRecord / 2 + 10), true),
    ])
    func `a record has a greatest length, and the next lines are read again`(text: String, isTooLong: Bool) {
        let read = read([Array((text + "\na\n").utf8)])
        #expect(read[0].record.problem == (isTooLong ? .tooLong(limit: CSVReader.longestRecord) : nil))
        #expect(read.last?.fields == ["a"] && read.last?.record.problem == nil)
    }

    private func read(_ parts: [[UInt8]]) -> [(record: CSVRecord, fields: [String])] {
        var reader = CSVReader()
        var records: [CSVRecord] = []
        for part in parts {
            var offset = 0
            while reader.next(part.span, from: &offset) { records.append(reader.record) }
            #expect(offset == part.count)
        }
        if reader.end() { records.append(reader.record) }
        return records.map { record in (record, (0..<record.count).map { record.text($0) }) }
    }
}

@Suite struct `Decimal numbers` {
    @Test(arguments: [
        "0", "-0", "1", "1.5", "-12.25", ".5", "5.", "123456789.123456", "9007199254740993", "0.1", "1e3",
        "1.7976931348623157e308", "4.9e-324", "+2", "0.000000000000000000001", "12345678901234567890.5",
        "179.3399963378906",
    ])
    func `are read as Swift reads them`(text: String) {
        let expected = text == "5." ? 5.0 : text == ".5" ? 0.5 : Double(text)
        #expect(DecimalNumber.real(Array(text.utf8).span) == expected)
    }

    @Test(arguments: ["", "-", ".", "nan", "inf", "0x1p3", "1e999", "1,5", "1 ", "--1", "1.2.3", "1e", "١"])
    func `that are none are refused`(text: String) {
        #expect(DecimalNumber.real(Array(text.utf8).span) == nil)
    }

    @Test func `many of them, to the last bit`() {
        var random = SplitMix(state: 5)
        for _ in 0..<20_000 {
            let text = "\(Double(random.next() >> 20) / 10_000)"
            #expect(DecimalNumber.real(Array(text.utf8).span) == Double(text))
        }
    }

    @Test(arguments: [("0", 0), ("-5", -5), ("999999999999999999", 999_999_999_999_999_999)])
    func `whole ones have up to 18 digits`(text: String, number: Int64) {
        #expect(DecimalNumber.whole(Array(text.utf8).span) == number)
        for wrong in ["", "-", "1.0", "9999999999999999999", "+1", "1e3", " 1"] {
            #expect(DecimalNumber.whole(Array(wrong.utf8).span) == nil)
        }
    }
}
