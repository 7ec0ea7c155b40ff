import EngineWire
import Testing

@Suite struct `Responses` {
    @Test func `have a length and say whether the connection is kept`() {
        let response = HTTPResponse(status: 200, contentType: "text/plain", text: "h\u{E9}")
        #expect(
            wire(response)
                == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nh\u{E9}"
        )
        #expect(wire(response, keepsConnection: false).contains("\r\nConnection: close\r\n\r\n"))
    }

    @Test func `to HEAD have the same head and no body`() {
        let response = HTTPResponse(status: 200, contentType: "text/plain", text: "hello")
        #expect(wire(response, withoutBody: true) + "hello" == wire(response))
    }

    @Test(arguments: [204, 304])
    func `that cannot have a body have no length either`(status: Int) {
        let text = wire(HTTPResponse(status: status, body: Array("ignored".utf8)))
        #expect(!text.contains("Content-Length"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test func `without a body say so`() {
        #expect(wire(HTTPResponse(status: 404)).contains("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"))
    }

    @Test(arguments: ["a\r\nSet-Cookie: b", "a\nSet-Cookie: b", "a\rSet-Cookie: b", "a\u{0}Set-Cookie: b"])
    func `no value can begin another field`(value: String) {
        let text = wire(HTTPResponse(status: 200, fields: ["Location": value]))
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines[1].hasPrefix("Location: a"))
        #expect(!lines.contains { $0.hasPrefix("Set-Cookie") })
        #expect(text.utf8.count { $0 == 10 } == lines.count - 1 && !text.utf8.contains(0))
    }

    @Test func `a field is replaced whatever the case of its name`() {
        var response = HTTPResponse(status: 200, fields: ["ETag": "1"])
        response.fields["etag"] = "2"
        response.fields["Vary"] = "Origin"
        #expect(response.fields.map(\.name) == ["etag", "Vary"])
        #expect(response.fields.map(\.value) == ["2", "Origin"])
    }

    @Test func `go behind what the output has already`() {
        var output = Array("before".utf8)
        HTTPResponse(status: 204).encode(keepsConnection: true, withoutBody: false, into: &output)
        #expect(String(decoding: output, as: UTF8.self).hasPrefix("beforeHTTP/1.1 204 No Content\r\n"))
    }

    private func wire(_ response: HTTPResponse, keepsConnection: Bool = true, withoutBody: Bool = false)
        -> String
    {
        var bytes: [UInt8] = []
        response.encode(keepsConnection: keepsConnection, withoutBody: withoutBody, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite struct `ASCII text` {
    @Test(arguments: [0, 1, 9, 10, 1_234_567_890, -1, -10, Int.max, Int.min])
    func `integers are written in decimal`(value: Int) {
        var bytes = Array("x".utf8)
        bytes.append(decimal: value)
        #expect(String(decoding: bytes, as: UTF8.self) == "x\(value)")
    }

    @Test(
        arguments: [
            ("0", 0), ("007", 7), ("999999999999999999", 999_999_999_999_999_999), ("", nil),
            ("1000000000000000000", nil),
            ("-1", nil), ("+1", nil), ("1 ", nil), ("1a", nil), ("/", nil), (":", nil),
        ] as [(String, Int?)])
    func `numbers are digits only, 18 at most`(text: String, value: Int?) {
        #expect(Array(text.utf8).span.decimal() == value)
    }

    @Test func `tokens are those of RFC 9110 section 5-6-2`() {
        let tokens = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...UInt8.max { #expect(ASCII.isToken(byte) == tokens.contains(byte), "\(byte)") }
    }

    @Test func `every byte compares with its other case and no other`() {
        for byte in UInt8.min...UInt8.max {
            let isLetter = (65...90).contains(byte) || (97...122).contains(byte)
            #expect(ASCII.lowercased(byte) == (isLetter ? byte | 0x20 : byte), "\(byte)")
            let expected =
                Character(Unicode.Scalar(byte)).isASCII ? Character(Unicode.Scalar(byte)).hexDigitValue : nil
            #expect(ASCII.hexValue(byte).map(Int.init) == expected, "\(byte)")
        }
    }
}
