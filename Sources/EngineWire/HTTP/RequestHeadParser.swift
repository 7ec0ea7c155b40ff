/// Reads one whole request head (RFC 9112 sections 2 to 5) strictly: no folded lines, no bare CR or LF, no
/// space before a colon, exactly one `Host`, and never two opinions about where the body ends.
struct RequestHeadParser {
    /// How the body that follows the head is delimited (RFC 9112 section 6.3).
    enum Framing: Equatable {
        case length(Int)
        case chunked
    }

    private(set) var framing = Framing.length(0)
    private(set) var expectsContinue = false
    private var fields: [HTTPRequest.Field] = []
    private var hostCount = 0
    private var sawLength = false
    private var sawCoding = false
    private var saysClose = false
    private var saysKeepAlive = false

    /// Parses `head`, which ends with its empty line.
    mutating func parse(_ head: Span<UInt8>, limits: HTTPLimits) throws(HTTPViolation) -> HTTPRequest {
        let lineEnd = try endOfLine(head, from: 0)
        guard lineEnd <= limits.requestLine else {
            throw HTTPViolation(
                status: 414, reason: "the request line is longer than \(limits.requestLine) bytes")
        }
        let line = try parseRequestLine(head, end: lineEnd)

        fields.reserveCapacity(16)
        var start = lineEnd + 2
        while true {
            let end = try endOfLine(head, from: start)
            if end == start { break }
            guard fields.count < limits.fieldCount else {
                throw HTTPViolation(status: 431, reason: "more than \(limits.fieldCount) header fields")
            }
            try parseField(head, start..<end)
            start = end + 2
        }

        guard hostCount == 1 || (hostCount == 0 && line.minorVersion == 0) else {
            throw .badRequest(hostCount == 0 ? "the Host field is missing" : "more than one Host field")
        }
        if sawCoding {
            guard !sawLength else { throw .badRequest("both Content-Length and Transfer-Encoding") }
            guard line.minorVersion == 1 else { throw .badRequest("Transfer-Encoding in HTTP/1.0") }
        }
        // RFC 9110 section 10.1.1: HTTP/1.0 clients do not know the 100 that they would get.
        if line.minorVersion == 0 { expectsContinue = false }
        var bytes: [UInt8] = []
        bytes.append(head)
        return HTTPRequest(
            head: bytes, fields: fields, path: line.path, query: line.query, method: line.method,
            keepsConnection: line.minorVersion == 1 ? !saysClose : saysKeepAlive && !saysClose)
    }

    private struct Line {
        var method: HTTPMethod
        var path: Range<UInt16>
        var query: Range<UInt16>
        var minorVersion: UInt8
    }

    private func parseRequestLine(_ head: Span<UInt8>, end: Int) throws(HTTPViolation) -> Line {
        var i = 0
        while i < end, ASCII.isToken(head[i]) { i += 1 }
        guard i > 0, i < end, head[i] == ASCII.space else {
            throw .badRequest("the request line has no method")
        }
        let method = HTTPMethod(head.extracting(0..<i))

        var start = i + 1
        i = start
        while i < end {
            if let word = ByteWord.load(head, i, before: end) {
                let plain = ByteWord.bytesBeforeSpaceOrControl(word)
                i += plain
                if plain == 8 { continue }
            }
            guard head[i] > ASCII.space, head[i] != 0x7F else { break }
            i += 1
        }
        guard i > start, i < end, head[i] == ASCII.space else {
            throw .badRequest("the request line has no target")
        }
        let targetEnd = i
        let version = head.extracting((i + 1)..<end)
        guard version.count == 8, version.extracting(0..<5).equals("HTTP/"), version[6] == UInt8(ascii: ".")
        else {
            throw .badRequest("the request line does not end with an HTTP version")
        }
        guard version[5] == UInt8(ascii: "1"),
            version[7] == UInt8(ascii: "1") || version[7] == UInt8(ascii: "0")
        else { throw HTTPViolation(status: 505, reason: "only HTTP/1.0 and HTTP/1.1 are spoken here") }

        // absolute-form (RFC 9112 section 3.2.2): skip scheme and authority.
        let isAsterisk = method == .options && head.extracting(start..<targetEnd).equals("*")
        if head[start] != UInt8(ascii: "/"), !isAsterisk {
            start = try startOfPath(head, start..<targetEnd)
        }
        let question = head.extracting(start..<targetEnd).firstIndex(of: UInt8(ascii: "?")).map { start + $0 }
        return Line(
            method: method, path: UInt16(start)..<UInt16(question ?? targetEnd),
            query: UInt16(question.map { $0 + 1 } ?? targetEnd)..<UInt16(targetEnd),
            minorVersion: version[7] - UInt8(ascii: "0"))
    }

    private func startOfPath(_ head: Span<UInt8>, _ target: Range<Int>) throws(HTTPViolation) -> Int {
        let bytes = head.extracting(target)
        let prefix =
            bytes.count > 7 && bytes.extracting(0..<7).equalsIgnoringCase("http://")
            ? 7 : bytes.count > 8 && bytes.extracting(0..<8).equalsIgnoringCase("https://") ? 8 : 0
        guard prefix > 0 else { throw .badRequest("the request target is neither a path nor an http URL") }
        var end = prefix
        while end < bytes.count, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") { end += 1 }
        guard HostField.isValid(bytes.extracting(prefix..<end), mayBeEmpty: false) else {
            throw .badRequest("the request target has no host")
        }
        return target.lowerBound + end
    }

    /// The places of a field line's name and value (RFC 9112 section 5).
    static func places(
        in head: Span<UInt8>, _ line: Range<Int>
    ) throws(HTTPViolation) -> (name: Range<Int>, value: Range<Int>) {
        var i = line.lowerBound
        while i < line.upperBound, ASCII.isToken(head[i]) { i += 1 }
        guard i > line.lowerBound, i < line.upperBound, head[i] == UInt8(ascii: ":") else {
            throw .badRequest("a header field's name is not a token followed by a colon")
        }
        let value = trimming(head, (i + 1)..<line.upperBound)
        guard ASCII.isFieldValue(head.extracting(value)) else {
            throw .badRequest("a header field's value has a control character")
        }
        return (line.lowerBound..<i, value)
    }

    private mutating func parseField(_ head: Span<UInt8>, _ line: Range<Int>) throws(HTTPViolation) {
        let (name, value) = try Self.places(in: head, line)
        try note(name: head.extracting(name), value: head.extracting(value))
        fields.append(
            HTTPRequest.Field(
                name: UInt16(name.lowerBound)..<UInt16(name.upperBound),
                value: UInt16(value.lowerBound)..<UInt16(value.upperBound)))
    }

    /// Keeps what the fields say about the connection and the body.
    private mutating func note(name: Span<UInt8>, value: Span<UInt8>) throws(HTTPViolation) {
        switch name.count {
        case 4 where name.equalsIgnoringCase("host"):
            guard HostField.isValid(value, mayBeEmpty: true) else {
                throw .badRequest("the Host field is not a host with or without a port")
            }
            hostCount += 1
        case 6 where name.equalsIgnoringCase("expect"):
            guard value.equalsIgnoringCase("100-continue") else {
                throw HTTPViolation(status: 417, reason: "the only expectation met here is 100-continue")
            }
            expectsContinue = true
        case 10 where name.equalsIgnoringCase("connection"):
            var start = 0
            for i in 0...value.count where i == value.count || value[i] == UInt8(ascii: ",") {
                let option = value.extracting(trimming(value, start..<i))
                if option.equalsIgnoringCase("close") { saysClose = true }
                if option.equalsIgnoringCase("keep-alive") { saysKeepAlive = true }
                start = i + 1
            }
        case 14 where name.equalsIgnoringCase("content-length"):
            guard !sawLength else { throw .badRequest("more than one Content-Length field") }
            guard let length = value.decimal() else { throw .badRequest("Content-Length is not a number") }
            sawLength = true
            framing = .length(length)
        case 17 where name.equalsIgnoringCase("transfer-encoding"):
            guard !sawCoding else { throw .badRequest("more than one Transfer-Encoding field") }
            guard value.equalsIgnoringCase("chunked") else {
                throw HTTPViolation(status: 501, reason: "the only transfer coding spoken here is chunked")
            }
            sawCoding = true
            framing = .chunked
        default: break
        }
    }

    /// The index of the CR that ends the line starting at `start`. `RequestDecoder` has seen to it that a CR and an LF
    /// always come together.
    private func endOfLine(_ head: Span<UInt8>, from start: Int) throws(HTTPViolation) -> Int {
        var i = start
        while i < head.count {
            if let word = ByteWord.load(head, i, before: head.count) {
                let plain = ByteWord.bytesBeforeLineEnd(word)
                i += plain
                if plain == 8 { continue }
            }
            if head[i] == ASCII.cr { return i }
            i += 1
        }
        throw .badRequest("the head does not end with an empty line")
    }
}
