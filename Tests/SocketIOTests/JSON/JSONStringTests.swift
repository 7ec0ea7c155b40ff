import SocketIO
import Testing

/// Texts out of JSON strings, and back.
@Suite struct `JSON strings` {
    @Test(arguments: [
        (#""""#, ""), (#""plain""#, "plain"), (#""Grüße 世界 😀""#, "Grüße 世界 😀"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""a\u0000b""#, "a\0b"),
        (#""\u00E9\u4e16""#, "é世"),
        (#""\ud83d\ude00""#, "😀"), (#""x\ud83d\ude00y\n""#, "x😀y\n"),
    ])
    func `escapes are decoded`(json: String, text: String) {
        #expect(decoded(json) == text)
    }

    @Test(arguments: [
        (#""\ud83d""#, "\u{FFFD}"), (#""a\ud83d b""#, "a\u{FFFD} b"), (#""\ude00""#, "\u{FFFD}"),
        (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
        (#""\ud83d\n""#, "\u{FFFD}\n"),
        (#""\ud83dx\ude00""#, "\u{FFFD}x\u{FFFD}"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
    ])
    func `a lone surrogate escape is accepted and decodes to U+FFFD`(json: String, text: String) throws {
        try JSONScanner.validateValue(Array(json.utf8).span)
        #expect(decoded(json) == text)
    }

    @Test(arguments: ["12", "null", "[]", "{\"a\":1}", "\"", "", #""\"#, #""\u12""#, #""\q""#])
    func `what is no string gives none`(json: String) {
        #expect(decoded(json) == nil)
    }

    @Test func `a range outside of the text gives none`() {
        let text = Array(#""abc""#.utf8)
        #expect(JSONScanner.string(in: text.span, range: 0..<9) == nil)
        #expect(JSONScanner.string(in: text.span, range: -1..<3) == nil)
        #expect(JSONScanner.string(in: text.span, range: 0..<0) == nil)
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("\"\\/", #""\"\\/""#), ("\u{8}\u{C}\n\r\t", #""\b\f\n\r\t""#),
        ("\0\u{1}\u{1F}\u{1A}", #""\u0000\u0001\u001f\u001a""#),
        ("\u{7F}é世😀\u{2028}", "\"\u{7F}é世😀\u{2028}\""),
    ])
    func `strings are written as JSON.stringify writes them`(text: String, json: String) {
        #expect(written(text) == json)
    }

    @Test func `every character is written and read back at every place`() throws {
        for padding in 0..<9 {
            for value: UInt32 in (0..<0x300) {
                guard let scalar = Unicode.Scalar(value) else { continue }
                let text = String(repeating: "a", count: padding) + String(scalar) + "bcdefghi"
                let json = written(text)
                try JSONScanner.validateValue(Array(json.utf8).span)
                #expect(decoded(json) == text)
            }
        }
    }

    private func decoded(_ json: String) -> String? {
        let bytes = Array(json.utf8)
        return JSONScanner.string(in: bytes.span, range: 0..<bytes.count)
    }

    private func written(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONWriter.appendString(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
