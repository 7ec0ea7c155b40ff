import EngineWire
import Testing

/// RFC 9112: what a request is and where it ends.
@Suite struct `Requests` {
    @Test(arguments: RequestSample.all)
    func `are the same however their bytes are split`(sample: RequestSample) {
        let expected = Outcome<Heard, Int>(heard: sample.requests)
        for pieces in Splits.all(Array(sample.text.utf8)) {
            #expect(RequestReader.outcome(pieces) == expected, "cut after \(pieces[0].count) bytes")
        }
    }

    @Test func `one by one leave the bytes of the next alone`() throws {
        let first = "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
        let both = Array((first + "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n").utf8)
        var decoder = RequestDecoder(limits: HTTPLimits())
        let (head, _) = try decoder.decode(both.span)
        let (body, event) = try decoder.decode(both.span.extracting(head...))
        #expect(head + body == first.utf8.count)
        guard case .whole(let request) = event else { return #expect(Bool(false), "the first is whole") }
        #expect(request.body == Array("ab".utf8))
        #expect(decoder.isBetweenRequests)
    }

    @Test func `are told by their head first, and can be given another limit then`() throws {
        let head = "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"
        for limit in [2, 3] {
            var decoder = RequestDecoder(limits: HTTPLimits())
            let (_, event) = try decoder.decode(Array(head.utf8).span)
            guard case .head = event else { return #expect(Bool(false), "the head is told") }
            #expect(decoder.awaitsBody && decoder.begun?.path == "/1")
            decoder.bodyLimit = limit
            let result = Result { try decoder.decode(Array("abc".utf8).span).consumed }
            #expect((try? result.get()) == (limit == 3 ? 3 : nil))
        }
    }

    @Test func `without a body can end with their head`() throws {
        var decoder = RequestDecoder(limits: HTTPLimits())
        _ = try decoder.decode(Array("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n".utf8).span)
        #expect(!decoder.awaitsBody && !decoder.isBetweenRequests)
        decoder.endWithoutBody()
        #expect(decoder.isBetweenRequests)
    }

    @Test func `are under way from their first body byte to their last`() throws {
        var reader = RequestReader()
        #expect(reader.isBetweenRequests)
        try reader.read("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na".utf8)
        #expect(!reader.isBetweenRequests)
        try reader.read("b".utf8)
        #expect(reader.isBetweenRequests)
    }

    @Test func `whose body waits are owed 100 Continue`() throws {
        var reader = RequestReader()
        try reader.read("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".utf8)
        #expect(reader.owesContinue)
    }

    @Test func `whose body did not wait are owed nothing`() throws {
        var reader = RequestReader()
        try reader.read(
            "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\na".utf8)
        let owes = reader.owesContinue
        #expect(!owes)
    }

    @Test func `that expect to continue without a body are owed nothing`() throws {
        var reader = RequestReader()
        try reader.read("GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n".utf8)
        let owes = reader.owesContinue
        #expect(!owes)
    }

    /// RFC 9110 section 10.1.1: an expectation in an HTTP/1.0 request must be ignored.
    @Test func `of HTTP 1_0 are never owed 100 Continue`() throws {
        var reader = RequestReader()
        try reader.read("PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".utf8)
        let owes = reader.owesContinue
        #expect(!owes)
    }

    /// Who sends byte by byte must not have all of a long line read again for each.
    @Test(arguments: ["A: ", "\r\n1;", "\r\n0\r\nA: "])
    func `are not searched again for the end of a line`(before: String) throws {
        var line = Array("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\(before)".utf8)
        line += [UInt8](repeating: UInt8(ascii: "a"), count: 50)
        var decoder = RequestDecoder(limits: HTTPLimits())
        var consumed = 0
        var event: RequestDecoder.Event?
        repeat {
            let step = try decoder.decode(line.span.extracting(consumed...))
            consumed += step.consumed
            event = step.event
        } while event != nil
        // No line may have this byte. Nobody sees it where the decoder has been.
        line[line.count - 40] = 0x0A
        line.append(UInt8(ascii: "a"))
        #expect(try decoder.decode(line.span.extracting(consumed...)).consumed == 0)
    }

    @Test(arguments: [
        ("1.1", "", true), ("1.1", "Connection: close\r\n", false), ("1.1", "Connection: CLOSE\r\n", false),
        ("1.1", "Connection: keep-alive\r\n", true), ("1.1", "Connection: x, close\r\n", false),
        ("1.1", "Connection: x\r\nConnection: close\r\n", false), ("1.1", "Connection: closed\r\n", true),
        ("1.0", "", false), ("1.0", "Connection: keep-alive\r\n", true),
        ("1.0", "Connection: Keep-Alive , x\r\n", true), ("1.0", "Connection: keep-alive, close\r\n", false),
    ])
    func `keep their connection as RFC 9112 section 9-3 says`(version: String, fields: String, keeps: Bool)
        throws
    {
        let request = try RequestReader.only("GET / HTTP/\(version)\r\nHost: h\r\n\(fields)\r\n")
        #expect(request?.keepsConnection == keeps)
    }
}

/// Each limit of `HTTPLimits`, on both sides.
@Suite struct `Limits of requests` {
    @Test func `the request line`() throws {
        var limits = HTTPLimits()
        limits.requestLine = 30
        let line = "GET /\(String(repeating: "a", count: 16)) HTTP/1.1"
        #expect(line.utf8.count == 30)
        #expect(try RequestReader.only("\(line)\r\nHost: h\r\n\r\n", limits: limits) != nil)
        expect(414, "\(line.replacing("a ", with: "aa "))\r\nHost: h\r\n\r\n", limits)
    }

    @Test func `the whole head, whether it ends or not`() throws {
        var limits = HTTPLimits()
        limits.head = 64
        let head = "GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: 32))\r\n\r\n"
        #expect(head.utf8.count == 64)
        #expect(try RequestReader.only(head, limits: limits) != nil)
        #expect(try RequestReader.only("\r\n" + head, limits: limits) != nil, "the empty line does not count")
        expect(431, head.replacing("A: ", with: "A: a"), limits)
        expect(431, "GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: "A", count: 40), limits)
    }

    @Test func `the number of fields`() throws {
        var limits = HTTPLimits()
        limits.fieldCount = 3
        #expect(
            try RequestReader.only("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n\r\n", limits: limits) != nil
        )
        expect(431, "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits)
    }

    @Test func `the body by its length, before it comes`() throws {
        var limits = HTTPLimits()
        limits.body = 5
        let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: "
        #expect(try RequestReader.only(head + "5\r\n\r\nhello", limits: limits)?.body.count == 5)
        expect(413, head + "6\r\n\r\n", limits)
        expect(413, head + "999999999999999999\r\n\r\n", limits)
    }

    @Test func `the body by its chunks, all together`() throws {
        var limits = HTTPLimits()
        limits.body = 5
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        let whole = try RequestReader.only(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", limits: limits)
        #expect(whole?.body == Array("abcde".utf8))
        expect(413, head + "6\r\n", limits)
        expect(413, head + "3\r\nabc\r\n3\r\n", limits)
        expect(413, head + "FFFFFFFF\r\n", limits)
        expect(413, head + "FFFFFFFFFFFFFFFFFFFF\r\n", limits)
    }

    @Test func `a chunk's line`() throws {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0;"
        let extension253 = String(repeating: "e", count: 253)
        #expect(try RequestReader.only(head + extension253 + "\r\n\r\n") != nil)
        expect(431, head + extension253 + "e\r\n\r\n", HTTPLimits())
        expect(431, head + extension253 + "eeeee", HTTPLimits())
    }

    @Test func `all trailers together`() throws {
        var limits = HTTPLimits()
        limits.head = 100
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        let trailer = "A: \(String(repeating: "a", count: 45))\r\n"
        #expect(trailer.utf8.count == 50)
        #expect(try RequestReader.only(head + trailer + "\r\n", limits: limits) != nil)
        expect(431, head + trailer + trailer + trailer, limits)
        expect(431, head + String(repeating: "a", count: 102), limits)
    }

    /// Expects that `text` is refused, in one piece and byte by byte.
    private func expect(
        _ status: Int, _ text: String, _ limits: HTTPLimits, at place: SourceLocation = #_sourceLocation
    ) {
        let bytes = Array(text.utf8)
        let refused = Outcome<Heard, Int>(refusal: status)
        #expect(RequestReader.outcome([bytes], limits: limits) == refused, sourceLocation: place)
        #expect(
            RequestReader.outcome(Splits.byteByByte(bytes), limits: limits) == refused, sourceLocation: place)
    }
}
