@testable import EngineWire

/// A second reader of HTTP/1.1 requests, written for comparison: it cuts whole input at its marks, and knows no pieces.
/// As strict as RFC 9112 lets a server be.
enum SlowHTTP {
    /// The limits that it knows, so that both readers refuse the same.
    static let limits = {
        var limits = HTTPLimits()
        limits.body = 300
        return limits
    }()

    struct Field: Equatable, CustomStringConvertible {
        var name: [UInt8]
        var value: [UInt8]

        init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }

        init(name: String, value: String) { self.init(name: Array(name.utf8), value: Array(value.utf8)) }

        var description: String {
            "\(String(decoding: name, as: UTF8.self)): \(String(decoding: value, as: UTF8.self).debugDescription)"
        }
    }

    struct Request: Equatable {
        var method: [UInt8]
        /// From the path on.
        var target: [UInt8]
        var fields: [Field]
        var body: [UInt8] = []
        var keepsConnection = true

        func bytes(version: String) -> [UInt8] {
            var bytes = method + Array(" ".utf8) + target + Array(" HTTP/\(version)\r\n".utf8)
            for field in fields { bytes += field.name + Array(": ".utf8) + field.value + Array("\r\n".utf8) }
            return bytes + Array("\r\n".utf8) + body
        }
    }

    /// The input breaks the protocol.
    private struct Refusal: Error {}

    /// All requests that are whole, and whether what follows them is refused.
    static func read(_ input: [UInt8]) -> (requests: [Request], isRefused: Bool) {
        var requests: [Request] = []
        var rest = input[...]
        do throws(Refusal) {
            while let request = try takeRequest(&rest) { requests.append(request) }
            return (requests, false)
        } catch {
            return (requests, true)
        }
    }

    /// Takes a request off the front; nil when it is not whole.
    private static func takeRequest(_ rest: inout ArraySlice<UInt8>) throws(Refusal) -> Request? {
        if rest.starts(with: "\r\n".utf8) { rest = rest.dropFirst(2) }
        guard let end = place(of: "\r\n\r\n", in: rest) else { return nil }
        let head = rest[..<end]
        guard head.count + 4 <= limits.head else { throw Refusal() }
        rest = rest[(end + 4)...]
        var lines = try lines(head)
        let start = lines.removeFirst()
        guard start.count <= limits.requestLine, lines.count <= limits.fieldCount else { throw Refusal() }
        var (request, isNew) = try requestLine(start)
        for line in lines { request.fields.append(try field(line)) }
        guard let body = try takeBody(&rest, request, isNew) else { return nil }
        request.body = body
        let options = values("connection", request).flatMap(elements).map(lowercased)
        request.keepsConnection = !options.contains("close") && (isNew || options.contains("keep-alive"))
        return request
    }

    private static func requestLine(_ line: ArraySlice<UInt8>) throws(Refusal) -> (Request, isNew: Bool) {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, isToken(words[0]), words[1].allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw Refusal()
        }
        let isNew = words[2].elementsEqual("HTTP/1.1".utf8)
        guard isNew || words[2].elementsEqual("HTTP/1.0".utf8) else { throw Refusal() }
        let isAsterisk = words[0].elementsEqual("OPTIONS".utf8) && words[1].elementsEqual("*".utf8)
        let target = isAsterisk ? words[1] : try target(words[1])
        return (Request(method: Array(words[0]), target: Array(target), fields: []), isNew)
    }

    private static func target(_ text: ArraySlice<UInt8>) throws(Refusal) -> ArraySlice<UInt8> {
        if text.first == UInt8(ascii: "/") { return text }
        guard let colon = place(of: "://", in: text), ["http", "https"].contains(lowercased(text[..<colon]))
        else {
            throw Refusal()
        }
        let authority = text[(colon + 3)...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        guard !authority.isEmpty, SlowHost.isValid(authority) else { throw Refusal() }
        let target = text[authority.endIndex...]
        return target.first == UInt8(ascii: "/") ? target : ArraySlice("/".utf8) + target
    }

    private static func field(_ line: ArraySlice<UInt8>) throws(Refusal) -> Field {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isToken(line[..<colon]) else {
            throw Refusal()
        }
        let value = trimmed(line[(colon + 1)...])
        guard value.allSatisfy({ $0 == 9 || $0 >= 0x20 && $0 != 0x7F }) else { throw Refusal() }
        return Field(name: Array(line[..<colon]), value: Array(value))
    }

    /// The body, its framing removed; nil when it is not whole.
    private static func takeBody(
        _ rest: inout ArraySlice<UInt8>, _ request: Request, _ isNew: Bool
    ) throws(Refusal) -> [UInt8]? {
        let hosts = values("host", request)
        guard hosts.count == 1 || hosts.isEmpty && !isNew,
            hosts.allSatisfy({ $0.isEmpty || SlowHost.isValid($0) })
        else { throw Refusal() }
        guard values("expect", request).allSatisfy({ lowercased($0) == "100-continue" }) else {
            throw Refusal()
        }
        let lengths = values("content-length", request)
        let codings = values("transfer-encoding", request)
        guard lengths.count + codings.count <= 1 else { throw Refusal() }
        if let coding = codings.first {
            guard isNew, lowercased(coding) == "chunked" else { throw Refusal() }
            return try takeChunks(&rest)
        }
        guard let text = lengths.first else { return [] }
        guard text.allSatisfy({ 48...57 ~= $0 }), text.count <= 18,
            let length = Int(String(decoding: text, as: UTF8.self)), length <= limits.body
        else { throw Refusal() }
        guard rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(length) }
        return Array(rest.prefix(length))
    }

    private static func takeChunks(_ rest: inout ArraySlice<UInt8>) throws(Refusal) -> [UInt8]? {
        var body: [UInt8] = []
        var lineBytes = 0
        while true {
            guard let line = try takeLine(&rest, longest: 255) else { return nil }
            let digits = line.prefix { ASCII.hexValue($0) != nil }
            let tail = line[digits.endIndex...]
            guard 1...8 ~= digits.count, tail.isEmpty || tail.first == UInt8(ascii: ";"),
                tail.allSatisfy({ $0 == 9 || $0 >= 0x20 && $0 != 0x7F }),
                let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw Refusal() }
            lineBytes += line.count
            guard body.count + size <= limits.body, lineBytes <= limits.head + body.count else {
                throw Refusal()
            }
            if size == 0 { break }
            body += rest.prefix(size)
            guard rest.count >= size + 2 else { return nil }
            rest = rest.dropFirst(size)
            guard rest.starts(with: "\r\n".utf8) else { throw Refusal() }
            rest = rest.dropFirst(2)
        }
        var room = limits.head
        while let line = try takeLine(&rest, longest: room - 1) {
            if line.isEmpty { return body }
            _ = try field(line)
            room -= line.count + 2
        }
        return nil
    }

    private static func takeLine(
        _ rest: inout ArraySlice<UInt8>, longest: Int
    ) throws(Refusal) -> ArraySlice<UInt8>? {
        guard let end = place(of: "\r\n", in: rest) else { return nil }
        let line = rest[..<end]
        guard line.count <= longest, !line.contains(10), !line.contains(13) else { throw Refusal() }
        rest = rest[(end + 2)...]
        return line
    }

    // MARK: Marks

    /// Lines without their ends; none may have a CR or LF of its own.
    private static func lines(_ head: ArraySlice<UInt8>) throws(Refusal) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = head
        while let end = place(of: "\r\n", in: rest) {
            lines.append(rest[..<end])
            rest = rest[(end + 2)...]
        }
        lines.append(rest)
        guard lines.allSatisfy({ !$0.contains(10) && !$0.contains(13) }) else { throw Refusal() }
        return lines
    }

    private static func values(_ name: String, _ request: Request) -> [ArraySlice<UInt8>] {
        request.fields.filter { lowercased($0.name[...]) == name }.map { $0.value[...] }
    }

    private static func elements(_ value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        value.split(separator: UInt8(ascii: ",")).map(trimmed)
    }

    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop { $0 == 32 || $0 == 9 }
        while bytes.last == 32 || bytes.last == 9 { bytes.removeLast() }
        return bytes
    }

    private static func place(of mark: String, in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.indices.first { bytes[$0...].starts(with: mark.utf8) }
    }

    private static func lowercased(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.map { 65...90 ~= $0 ? $0 + 32 : $0 }, as: UTF8.self)
    }

    static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        let marks = Array("!#$%&'*+-.^_`|~".utf8)
        return !bytes.isEmpty && bytes.allSatisfy { isLetterOrDigit($0) || marks.contains($0) }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        48...57 ~= byte || 65...90 ~= byte || 97...122 ~= byte
    }
}

extension SlowHTTP.Request {
    /// What our decoder made of a request.
    init(_ request: HTTPRequest) {
        self.init(
            method: Array(request.method.name.utf8),
            target: (request.pathRange.isEmpty ? Array("/".utf8) : request.bytes(request.pathRange))
                + request.bytes(request.pathRange.upperBound..<request.queryRange.upperBound),
            fields: request.fields.map {
                SlowHTTP.Field(name: request.bytes($0.name), value: request.bytes($0.value))
            }, body: request.body, keepsConnection: request.keepsConnection)
    }
}

extension HTTPRequest {
    fileprivate func bytes(_ range: Range<UInt16>) -> [UInt8] {
        Array(head[Int(range.lowerBound)..<Int(range.upperBound)])
    }
}
