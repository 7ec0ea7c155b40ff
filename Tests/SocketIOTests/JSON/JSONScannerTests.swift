import SocketIO
import Testing

/// What the scanner accepts and refuses: RFC 8259, read as `JSON.parse` reads it.
@Suite struct `JSON scanner` {
    @Test(arguments: [
        "[]", "[ ]", " \t\r\n[1] \n", "[1,2]", "[[],{}]", #"["a",{"b":[true,false,null]}]"#,
        "[0]", "[-0]", "[0.5]", "[10]", "[1e3]", "[1E+3]", "[1.5e-3]", "[1e999]", "[9007199254740993]",
        "[18446744073709551616]", "[123456789012345678901234567890]",
        #"[""]"#, #"["\"\\\/\b\f\n\r\t\u00e9"]"#, #"["a\u0000b"]"#, #"["é 世 😀"]"#,
        #"["\ud83d"]"#, #"["\ude00\ud83d"]"#, #"[{"a":1,"a":2}]"#, "[\"\u{7F}\u{2028}\"]",
    ])
    func `valid arrays are accepted`(text: String) throws {
        _ = try JSONScanner.scanArray(Array(text.utf8).span)
    }

    @Test(
        arguments: [
            ("", JSONError.Kind.unexpectedEnd, 0), ("   ", .unexpectedEnd, 3), ("[", .unexpectedEnd, 1),
            ("{}", .notAnArray, 0), ("1", .notAnArray, 0), ("\u{FEFF}[]", .notAnArray, 0),
            ("[NaN]", .noValue, 1), ("[Infinity]", .noValue, 1), ("[nul]", .misspeltLiteral, 1),
            ("[trux]", .misspeltLiteral, 1), ("['a']", .noValue, 1), ("[1,]", .noValue, 3),
            ("[,1]", .noValue, 1),
            ("[1 2]", .noCommaInArray, 3), ("[1}", .noCommaInArray, 2), (#"[{"a":1]"#, .noCommaInObject, 7),
            (#"[{"a":1,}]"#, .noKey, 8), ("[{1:2}]", .noKey, 2), (#"[{"a" 1}]"#, .noColon, 6),
            ("[01]", .malformedNumber, 1), ("[-01]", .malformedNumber, 1), ("[1.]", .malformedNumber, 1),
            ("[+1]", .noValue, 1), ("[.5]", .noValue, 1), ("[-]", .malformedNumber, 1),
            ("[1e]", .malformedNumber, 1),
            ("[1e+]", .malformedNumber, 1), ("[0x10]", .noCommaInArray, 2), ("[1_000]", .noCommaInArray, 2),
            ("[\"a\nb\"]", .controlCharacter, 3), ("[\"\u{0}\"]", .controlCharacter, 2),
            (#"["\x41"]"#, .malformedEscape, 2), (#"["\u12g4"]"#, .malformedEscape, 2),
            (#"["\U0041"]"#, .malformedEscape, 2),
            ("[]]", .trailingBytes, 2), ("[] x", .trailingBytes, 3), ("[]\u{0}", .trailingBytes, 2),
        ] as [(String, JSONError.Kind, Int)])
    func `invalid texts are refused at the right byte`(text: String, kind: JSONError.Kind, offset: Int) {
        #expect(throws: JSONError(kind, at: offset)) { _ = try JSONScanner.scanArray(Array(text.utf8).span) }
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xFF], [0x80], [0xC3], [0xC3, 0x41], [0xE0, 0x9F, 0x80],
            [0xED, 0xA0, 0x80],
            [0xE4, 0xB8], [0xF0, 0x8F, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xF0, 0x9F, 0x98], [0xF8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are refused wherever they stand in a string`(bad: [UInt8]) {
        for padding in 0..<17 {
            let text = Array("[\"".utf8) + Array(repeating: UInt8(ascii: "a"), count: padding) + bad
            let whole = text + Array("bcdefghijk\"]".utf8)
            #expect(throws: JSONError(.malformedUTF8, at: padding + 2)) {
                _ = try JSONScanner.scanArray(whole.span)
            }
        }
    }

    @Test func `every scalar value of Unicode is accepted`() throws {
        for value: UInt32 in 0x20...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
            try JSONScanner.validateValue(Array("\"\(scalar)\"".utf8).span)
        }
    }

    @Test func `a control character is found wherever it stands in a string`() {
        for padding in 0..<17 {
            for control: UInt8 in 0..<0x20 {
                let text =
                    [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "a"), count: padding) + [control]
                #expect(throws: JSONError(.controlCharacter, at: padding + 1)) {
                    try JSONScanner.validateValue((text + Array("bcdefghijk\"".utf8)).span)
                }
            }
        }
    }

    @Test(arguments: [1, 2, 63, 64, 65, 128, 129, 511, 512])
    func `nesting is accepted up to the limit and refused beyond`(depth: Int) throws {
        for limit in [depth, 512] {
            let text = mixedNesting(depth)
            _ = try JSONScanner.scanArray(text.span, depthLimit: limit)
        }
        #expect(throws: JSONError.self) {
            _ = try JSONScanner.scanArray(mixedNesting(depth).span, depthLimit: depth - 1)
        }
    }

    @Test(arguments: [513, 1000, 1_000_000])
    func `unless told otherwise, 512 levels are accepted`(depth: Int) {
        let text = Array(repeating: UInt8(ascii: "["), count: depth)
        #expect(throws: JSONError(.tooDeep, at: 512)) { _ = try JSONScanner.scanArray(text.span) }
    }

    @Test(arguments: [513, 575, 576, 577, 640, 641, 1000])
    func `texts of our own are as deep as they like`(depth: Int) throws {
        let text = mixedNesting(depth)
        _ = try JSONScanner.scanArray(text.span, depthLimit: .max)
        for place in text.indices where [UInt8(ascii: "]"), UInt8(ascii: "}")].contains(text[place]) {
            var wrong = text
            wrong[place] ^= 0x20  // The other bracket.
            #expect(throws: JSONError.self) { _ = try JSONScanner.scanArray(wrong.span, depthLimit: .max) }
        }
    }

    @Test func `every truncation of a document is refused`() throws {
        for document in JSONSamples.arrays {
            let bytes = Array(document.utf8)
            _ = try JSONScanner.scanArray(bytes.span)
            for length in 0..<bytes.count {
                #expect(throws: JSONError.self, "\(document) cut at \(length)") {
                    _ = try JSONScanner.scanArray(bytes.span.extracting(first: length))
                }
            }
        }
    }

    @Test func `errors read as sentences without the text`() {
        let error = #expect(throws: JSONError.self) {
            try JSONScanner.validateValue(Array("[secret]".utf8).span)
        }
        #expect(error?.description == "byte 1: no JSON value begins here")
    }

    /// `[{"a":[{"a":…1…}]}]` with `depth` containers.
    private func mixedNesting(_ depth: Int) -> [UInt8] {
        var text = "1"
        for level in (0..<depth).reversed() { text = level % 3 == 1 ? "{\"a\":\(text)}" : "[\(text)]" }
        return Array(text.utf8)
    }
}

/// Where the elements of the outermost array stand.
@Suite struct `Argument ranges` {
    @Test func `elements are reported without the space around them`() throws {
        let text = Array(#"42/admin,[ "chat" , {"a": [1, 2]},-1.5e3 ,null,[ ] , "x\"]" ]"#.utf8)
        let ranges = try JSONScanner.scanArray(text.span, from: 9)
        let elements = (0..<ranges.count).map { String(decoding: text[ranges[$0]], as: UTF8.self) }
        #expect(elements == [#""chat""#, #"{"a": [1, 2]}"#, "-1.5e3", "null", "[ ]", #""x\"]""#])
    }

    @Test(arguments: 0...9)
    func `any number of elements is counted`(count: Int) throws {
        let text = "[" + (0..<count).map { "\($0)" }.joined(separator: ",") + "]"
        let ranges = try JSONScanner.scanArray(Array(text.utf8).span)
        #expect(ranges.count == count)
        #expect((0..<count).map { ranges[$0] } == (0..<count).map { 1 + $0 * 2..<2 + $0 * 2 })
    }

    @Test func `a start outside of the text is an end, not a trap`() {
        let empty: [UInt8] = []
        #expect(throws: JSONError.self) { _ = try JSONScanner.scanArray(empty.span, from: 3) }
        #expect(throws: JSONError.self) { _ = try JSONScanner.scanArray(Array("[".utf8).span, from: -3) }
    }
}
