@testable import EngineWire

/// Requests (RFC 9112): their heads, and how their bodies are delimited.
enum HTTPChecks {
    /// The bytes of a connection.
    static func head(_ input: [UInt8]) throws(Finding) {
        let whole = try RequestListener.listen([input[...]], SlowHTTP.limits)
        try compareWithReference(whole, input)
        for request in whole.requests {
            try checkParts(request)
            try checkRepeated(request)
        }
        try checkCuts(input, whole, SlowHTTP.limits)
        try checkCuts(input, RequestListener.listen([input[...]], tight), tight)
    }

    /// The first byte chooses the framing, the others are what stands behind the head.
    static func body(_ input: [UInt8]) throws(Finding) {
        let choice = input.first ?? 0
        let framing = choice & 1 == 0 ? "Transfer-Encoding: chunked" : "Content-Length: \(choice >> 1)"
        try head(Array("POST / HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n".utf8) + input.dropFirst())
    }

    /// Limits that short inputs reach.
    private static let tight = {
        var limits = HTTPLimits()
        (limits.requestLine, limits.head, limits.fieldCount, limits.body) = (24, 96, 3, 20)
        return limits
    }()

    private static func checkCuts(
        _ input: [UInt8], _ whole: RequestListener, _ limits: HTTPLimits
    ) throws(Finding) {
        for pieces in Pieces.ways(input) {
            let cut = try RequestListener.listen(pieces, limits)
            try expectEqual(
                cut.told, whole.told, "the events differ when the bytes come as \(pieces.count) pieces")
            try expectEqual(cut.refusal, whole.refusal, "the refusal differs when the bytes come in pieces")
        }
    }

    private static func compareWithReference(_ heard: RequestListener, _ input: [UInt8]) throws(Finding) {
        let reference = SlowHTTP.read(input)
        try expectEqual(
            heard.requests.map { SlowHTTP.Request($0) }, reference.requests,
            "the reference hears other requests")
        if reference.isRefused { try expect(heard.refusal != nil, "the reference refuses what is accepted") }
    }

    /// What handlers ask of a request.
    private static func checkParts(_ request: HTTPRequest) throws(Finding) {
        // U+FFFD stands for bytes that are not UTF-8.
        if !request.path.unicodeScalars.contains("\u{FFFD}") {
            try expect(request.pathEquals(request.path), "a path is not itself")
        }
        for item in request.queryItems where !item.name.unicodeScalars.contains("\u{FFFD}") {
            try expect(request.queryValue(item.name) != nil, "an item of the query is not found by its name")
        }
        if let list = request.fieldList("connection") {
            try expectEqual(
                request.fieldValues("Connection").joined(separator: ", "), list, "a list is not its values")
        }
        _ = try? WebSocketHandshake(request)
    }

    /// A request that is written again, with a length before its body, is the same request.
    private static func checkRepeated(_ request: HTTPRequest) throws(Finding) {
        var one = SlowHTTP.Request(request)
        let framing = ["content-length", "transfer-encoding", "expect"]
        one.fields.removeAll { field in
            framing.contains(String(decoding: field.name, as: UTF8.self).lowercased())
        }
        if !one.body.isEmpty { one.fields.append(.init(name: "Content-Length", value: "\(one.body.count)")) }
        let version =
            one.fields.contains { $0.name.map(ASCII.lowercased) == Array("host".utf8) } ? "1.1" : "1.0"
        let bytes = one.bytes(version: version)
        let listener = try RequestListener.listen([bytes[...]], SlowHTTP.limits)
        var other = listener.requests.first.map { SlowHTTP.Request($0) }
        other?.keepsConnection = one.keepsConnection
        try expectEqual(other, one, "a request changes when it is written again")
    }
}

/// A connection to a request decoder: keeps the bytes that were not consumed, as the driver does.
struct RequestListener {
    private var decoder: RequestDecoder
    private let limits: HTTPLimits
    private var waiting: [UInt8] = []
    private(set) var requests: [HTTPRequest] = []
    /// All events, in words.
    private(set) var told: [String] = []
    private(set) var refusal: HTTPViolation?

    private init(limits: HTTPLimits) {
        self.limits = limits
        decoder = RequestDecoder(limits: limits)
    }

    /// Feeds pieces until one is refused.
    static func listen(_ pieces: [ArraySlice<UInt8>], _ limits: HTTPLimits) throws(Finding) -> RequestListener
    {
        var listener = RequestListener(limits: limits)
        for piece in pieces where listener.refusal == nil {
            listener.waiting += piece
            while try listener.hear() {}
        }
        return listener
    }

    /// Takes one event; false when there is none.
    private mutating func hear() throws(Finding) -> Bool {
        let bytes = waiting
        let (consumed, event): (Int, RequestDecoder.Event?)
        do throws(HTTPViolation) { (consumed, event) = try decoder.decode(bytes.span) } catch {
            refusal = error
            return false
        }
        try expect(0...bytes.count ~= consumed, "\(consumed) of \(bytes.count) bytes are consumed")
        waiting.removeFirst(consumed)
        switch event {
        case .head(let request):
            told.append("head \(request.method.name) \(request.target)")
            try expect(request.body.isEmpty, "a head has a body")
            try expect(request.allFields.count <= limits.fieldCount, "more fields than the limit")
            try expect(consumed <= limits.head + 2, "a head above the limit")
        case .whole(let request):
            told.append("whole \(request.method.name) \(request.target) \(request.body)")
            try expect(request.body.count <= limits.body, "a body above the limit")
            requests.append(request)
        case nil:
            try expect(waiting.count <= max(limits.head + 2, 258), "bytes pile up unread")
            return false
        }
        return true
    }
}
