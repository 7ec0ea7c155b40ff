/// Bytes in, requests out: HTTP/1.1 request framing (RFC 9112), one request at a time.
///
/// The caller keeps what was not consumed and passes it again with more behind it. A head is consumed only
/// when it is whole; body bytes are consumed as they come. A request is told twice: when its head is there, so
/// that it can be refused, moved or given a limit before its body, and when it is whole.
package struct RequestDecoder: Sendable {
    package enum Event: Sendable {
        /// The head is there; the body is empty so far. Bytes are needed no more for a request without one.
        case head(HTTPRequest)
        case whole(HTTPRequest)
    }

    /// `scanned` counts the bytes of a head or line that have come without its end, and are not searched again.
    private enum State: Sendable {
        case head(scanned: Int)
        case begun(HTTPRequest, RequestHeadParser.Framing, expectsContinue: Bool)
        case body(HTTPRequest, remaining: Int)
        case chunkSize(HTTPRequest, scanned: Int = 0)
        case chunkData(HTTPRequest, remaining: Int)
        case chunkEnd(HTTPRequest)
        case trailers(HTTPRequest, size: Int, scanned: Int = 0)
    }

    private let limits: HTTPLimits
    private var state = State.head(scanned: 0)
    /// The client waits for `100 Continue` before it sends the body; the caller answers and clears it.
    package var owesContinue = false
    /// Bytes of the lines before the chunks of the request in progress.
    private var chunkLines = 0
    /// Largest body of the request in progress, in bytes.
    package var bodyLimit: Int

    package init(limits: HTTPLimits) {
        self.limits = limits
        bodyLimit = limits.body
        precondition(limits.head <= HTTPLimits.largestHead, "HTTPLimits.head is at most 65,535 bytes")
    }

    /// Whether nothing of a next request has been consumed yet.
    package var isBetweenRequests: Bool {
        if case .head = state { true } else { false }
    }

    /// The request whose head was told and whose body has not begun: what another decoder's owner goes on with.
    package var begun: HTTPRequest? {
        if case .begun(let request, _, _) = state { request } else { nil }
    }

    /// Whether bytes of the request in progress are still to come.
    package var awaitsBody: Bool {
        switch state {
        case .head, .begun(_, .length(0), _): false
        default: true
        }
    }

    /// Forgets a request that was answered by its head and has no body.
    package mutating func endWithoutBody() {
        precondition(!awaitsBody, "what is left of a body cannot be told from the next request")
        state = .head(scanned: 0)
    }

    /// Decodes up to the next event.
    /// - Returns: the bytes consumed from the front of `input`, and the event; nil when more bytes must come.
    package mutating func decode(_ input: Span<UInt8>) throws(HTTPViolation) -> (consumed: Int, event: Event?)
    {
        var consumed = 0
        while true {
            let rest = input.extracting(consumed..<input.count)
            switch state {
            case .head(let scanned):
                guard let head = try wholeHead(rest, scanned: scanned) else { return (consumed, nil) }
                consumed += head.upperBound
                var parser = RequestHeadParser()
                let request = try parser.parse(rest.extracting(head), limits: limits)
                state = .begun(request, parser.framing, expectsContinue: parser.expectsContinue)
                bodyLimit = limits.body
                chunkLines = 0
                return (consumed, .head(request))

            case .begun(let request, let framing, let expectsContinue):
                switch framing {
                case .length(0):
                    state = .head(scanned: 0)
                    return (consumed, .whole(request))
                case .length(let length):
                    guard length <= bodyLimit else { throw tooLarge() }
                    state = .body(request, remaining: length)
                case .chunked: state = .chunkSize(request)
                }
                owesContinue = expectsContinue && rest.isEmpty  // who sends the body at once does not wait

            case .body(var request, let remaining):
                let part = min(remaining, rest.count)
                state = .head(scanned: 0)  // keeps the body's array uniquely referenced while it grows
                request.body.append(rest.extracting(0..<part))
                consumed += part
                if part == remaining { return (consumed, .whole(request)) }
                state = .body(request, remaining: remaining - part)
                return (consumed, nil)

            case .chunkSize(let request, var scanned):
                guard let line = try line(rest, limit: 256, &scanned) else {
                    state = .chunkSize(request, scanned: scanned)
                    return (consumed, nil)
                }
                let size = try chunkSize(rest.extracting(0..<line))
                consumed += line + 2
                // Extensions could cost hundreds of times what the body counts.
                chunkLines += line
                guard chunkLines <= limits.head + request.body.count else {
                    throw HTTPViolation(status: 431, reason: "the chunks' lines are longer than their data")
                }
                guard request.body.count + size <= bodyLimit else { throw tooLarge() }
                state = size == 0 ? .trailers(request, size: 0) : .chunkData(request, remaining: size)

            case .chunkData(var request, let remaining):
                guard !rest.isEmpty else { return (consumed, nil) }
                let part = min(remaining, rest.count)
                state = .head(scanned: 0)
                request.body.append(rest.extracting(0..<part))
                consumed += part
                state =
                    part == remaining ? .chunkEnd(request) : .chunkData(request, remaining: remaining - part)

            case .chunkEnd(let request):
                guard rest.count >= 2 else { return (consumed, nil) }
                guard rest[0] == ASCII.cr, rest[1] == ASCII.lf else {
                    throw .badRequest("a chunk does not end with CR LF")
                }
                consumed += 2
                state = .chunkSize(request)

            case .trailers(let request, let size, var scanned):
                guard let line = try line(rest, limit: limits.head - size, &scanned) else {
                    state = .trailers(request, size: size, scanned: scanned)
                    return (consumed, nil)
                }
                consumed += line + 2
                if line == 0 {
                    state = .head(scanned: 0)
                    return (consumed, .whole(request))
                }
                _ = try RequestHeadParser.places(in: rest, 0..<line)
                state = .trailers(request, size: size + line + 2)
            }
        }
    }

    /// The place of a whole head at the front of `input`, its empty line included; nil when more must come.
    private mutating func wholeHead(_ input: Span<UInt8>, scanned: Int) throws(HTTPViolation) -> Range<Int>? {
        // One empty line before a request is forgiven (RFC 9112 section 2.2).
        let start = input.count >= 2 && input[0] == ASCII.cr && input[1] == ASCII.lf ? 2 : 0
        var i = max(scanned, start)
        let end = min(input.count, limits.head + start)
        while i < end {
            if i == start || input[i - 1] != ASCII.cr, let word = ByteWord.load(input, i, before: end) {
                let plain = ByteWord.bytesBeforeLineEnd(word)
                i += plain
                if plain == 8 { continue }
            }
            let byte = input[i]
            if byte == ASCII.lf {
                guard i > start, input[i - 1] == ASCII.cr else {
                    throw .badRequest("an LF without CR in the head")
                }
                if i >= start + 3, input[i - 2] == ASCII.lf { return start..<(i + 1) }
            } else if i > start, input[i - 1] == ASCII.cr {
                throw .badRequest("a CR without LF in the head")
            }
            i += 1
        }
        guard input.count < limits.head + start else {
            throw HTTPViolation(status: 431, reason: "the head is longer than \(limits.head) bytes")
        }
        state = .head(scanned: i)
        return nil
    }

    private func chunkSize(_ line: Span<UInt8>) throws(HTTPViolation) -> Int {
        var size = 0
        var i = 0
        while i < line.count, let digit = ASCII.hexValue(line[i]) {
            guard i < 8 else { throw tooLarge() }
            size = size << 4 | Int(digit)
            i += 1
        }
        // Extensions are allowed behind a semicolon and ignored (RFC 9112 section 7.1.1).
        guard i > 0, i == line.count || line[i] == UInt8(ascii: ";") else {
            throw .badRequest("a chunk's size is not a hexadecimal number")
        }
        for j in i..<line.count where !ASCII.isFieldValue(line[j]) {
            throw .badRequest("a chunk's extension has a control character")
        }
        return size
    }

    /// The length of the line at the front of `input` without its CR LF; nil when more must come.
    private func line(
        _ input: Span<UInt8>, limit: Int, _ scanned: inout Int
    ) throws(HTTPViolation) -> Int? {
        var i = scanned
        while i < input.count {
            guard i <= limit else { throw HTTPViolation(status: 431, reason: "a chunk's line is too long") }
            if input[i] == ASCII.lf {
                guard i > 0, input[i - 1] == ASCII.cr else {
                    throw .badRequest("an LF without CR between chunks")
                }
                return i - 1
            }
            if i > 0, input[i - 1] == ASCII.cr { throw .badRequest("a CR without LF between chunks") }
            i += 1
        }
        scanned = i
        return nil
    }

    private func tooLarge() -> HTTPViolation {
        HTTPViolation(status: 413, reason: "the body is larger than \(bodyLimit) bytes")
    }
}
