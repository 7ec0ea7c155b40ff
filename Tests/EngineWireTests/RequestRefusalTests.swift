import EngineWire
import Testing

/// What is not HTTP, and what two parties could read differently (RFC 9112 section 11.2).
@Suite struct `Refused requests` {
    @Test(arguments: [
        ("both lengths", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        ("both lengths, the other way round", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
        ("two different lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", 400),
        ("the same length twice", "Content-Length: 5\r\nContent-Length: 5\r\n", 400),
        ("a list of lengths", "Content-Length: 5, 5\r\n", 400),
        ("a length with a sign", "Content-Length: +5\r\n", 400),
        ("a negative length", "Content-Length: -5\r\n", 400),
        ("a hexadecimal length", "Content-Length: 0x5\r\n", 400),
        ("a length with a space inside", "Content-Length: 1 5\r\n", 400),
        ("a fraction as length", "Content-Length: 5.0\r\n", 400),
        ("a length that is no number", "Content-Length: five\r\n", 400),
        ("an empty length", "Content-Length:\r\n", 400),
        ("a length beyond 64 bits", "Content-Length: 18446744073709551621\r\n", 400),
        ("a length of Arabic digits", "Content-Length: \u{665}\r\n", 400),
        ("a length above the limit", "Content-Length: 1000001\r\n", 413),
        ("an unknown coding", "Transfer-Encoding: gzip\r\n", 501),
        ("two codings", "Transfer-Encoding: gzip, chunked\r\n", 501),
        ("chunked twice", "Transfer-Encoding: chunked, chunked\r\n", 501),
        ("chunked in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
        ("a coding that only begins with chunked", "Transfer-Encoding: chunked;q=1\r\n", 501),
        ("a coding with a vertical tab", "Transfer-Encoding: \u{B}chunked\r\n", 400),
        ("the identity coding", "Transfer-Encoding: identity\r\n", 501),
        ("an empty coding", "Transfer-Encoding:\r\n", 501),
        ("another expectation", "Expect: a miracle\r\n", 417),
        ("a second Host", "Host: h\r\n", 400),
        ("a space before the colon", "X : y\r\n", 400),
        ("a tab before the colon", "X\t: y\r\n", 400),
        ("a length with a space before the colon", "Content-Length : 5\r\n", 400),
        ("a folded line", "X: y\r\n z\r\n", 400),
        ("a line folded with a tab", "X: y\r\n\tz\r\n", 400),
        ("a field without a colon", "X\r\n", 400),
        ("a field without a name", ": y\r\n", 400),
        ("a name that is no token", "X(: y\r\n", 400),
        ("a name above ASCII", "\u{FC}: y\r\n", 400),
        ("a bare LF between fields", "X: y\nZ: 1\r\n", 400),
        ("a bare CR in a value", "X: y\rz\r\n", 400),
        ("a CR before the line's end", "X: y\r\r\n", 400),
        ("a NUL in a value", "X: y\u{0}z\r\n", 400),
        ("a NUL in a name", "X\u{0}: y\r\n", 400),
        ("a control character in a value", "X: y\u{1}\r\n", 400),
        ("a DEL in a value", "X: y\u{7F}\r\n", 400),
    ])
    func `for a field`(name: String, fields: String, status: Int) {
        expect(status, "POST / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n")
    }

    @Test(arguments: [
        ("GET / HTTP/2.0", 505), ("GET / HTTP/1.2", 505), ("GET / HTTP/0.9", 505), ("PRI * HTTP/2.0", 505),
        ("GET / HTTP/1", 400), ("GET / HTTP/1.10", 400), ("GET / http/1.1", 400), ("GET / HTTP/1,1", 400),
        ("GET /", 400), ("GET", 400), ("", 400), (" GET / HTTP/1.1", 400), ("GET  / HTTP/1.1", 400),
        ("GET / HTTP/1.1 ", 400), ("GET /  HTTP/1.1", 400), ("GET\t/ HTTP/1.1", 400), ("G(T / HTTP/1.1", 400),
        ("GET /a b HTTP/1.1", 400), ("GET /\u{0} HTTP/1.1", 400), ("GET /\u{7F} HTTP/1.1", 400),
        ("GET a HTTP/1.1", 400), ("GET * HTTP/1.1", 400), ("GET ftp://h/ HTTP/1.1", 400),
        ("GET http:/ HTTP/1.1", 400), ("CONNECT h:443 HTTP/1.1", 400), ("OPTIONS *a HTTP/1.1", 400),
        ("GET /\r HTTP/1.1", 400), ("GET / HTTP/1.1\nX: y", 400),
    ])
    func `for the request line`(line: String, status: Int) {
        expect(status, "\(line)\r\nHost: h\r\n\r\n")
    }

    /// The authority ends at the question mark (RFC 3986 section 3.2), so the path is empty; it is not `/y`.
    @Test func `a slash in the query of absolute-form does not begin a path`() {
        let outcome = RequestReader.outcome([Array("GET http://h?x=/y HTTP/1.1\r\nHost: h\r\n\r\n".utf8)])
        #expect(outcome.heard != [Heard("GET /y")])
    }

    @Test func `without Host`() {
        expect(400, "GET / HTTP/1.1\r\n\r\n")
    }

    @Test func `for two Hosts in HTTP 1_0`() {
        expect(400, "GET / HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n")
    }

    @Test func `for chunks in HTTP 1_0`() {
        expect(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    @Test(arguments: [
        ("x\r\n", 400), ("\r\n", 400), ("-1\r\n", 400), ("+1\r\n", 400), (" 1\r\n", 400), ("0x1\r\n", 400),
        ("1 ;a\r\n", 400), ("1g\r\n", 400), ("1\n", 400), ("1\rx", 400), (";a\r\n", 400), ("1;a\rb\r\n", 400),
        ("1;a\nb\r\n", 400), ("1\r\nabc", 400), ("1\r\na\n0\r\n\r\n", 400), ("1\r\na\r0", 400),
        ("0\r\nA: b\nC: d\r\n\r\n", 400), ("0\r\n\rx", 400), ("123456789\r\n", 413), ("F4241\r\n", 413),
    ])
    func `for their chunks`(chunks: String, status: Int) {
        expect(status, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)")
    }

    @Test func `end a pipeline behind the requests before`() {
        let text = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/3.0\r\nHost: h\r\n\r\n"
        #expect(RequestReader.outcome(Splits.byteByByte(Array(text.utf8))).heard == [Heard("GET /1")])
        #expect(RequestReader.outcome(Splits.byteByByte(Array(text.utf8))).refusal == 505)
    }

    /// Expects that `text` is refused with the same status however it is split.
    private func expect(_ status: Int, _ text: String, at place: SourceLocation = #_sourceLocation) {
        for pieces in Splits.all(Array(text.utf8)) {
            let outcome = RequestReader.outcome(pieces)
            guard outcome != Outcome(refusal: status) else { continue }
            Issue.record(
                "\(outcome), cut after \(pieces[0].count) of \(text.utf8.count) bytes", sourceLocation: place)
            return
        }
    }
}
