/// A request method (RFC 9110 section 9).
public enum HTTPMethod: Sendable, Hashable {
    /// `GET`.
    case get
    /// `HEAD`.
    case head
    /// `POST`.
    case post
    /// `PUT`.
    case put
    /// `PATCH`.
    case patch
    /// `DELETE`.
    case delete
    /// `OPTIONS`.
    case options
    /// Another one, as it was sent.
    case other(String)

    init(_ bytes: Span<UInt8>) {
        self =
            if bytes.equals("GET") {
                .get
            } else if bytes.equals("POST") {
                .post
            } else if bytes.equals("HEAD") {
                .head
            } else if bytes.equals("PUT") {
                .put
            } else if bytes.equals("PATCH") {
                .patch
            } else if bytes.equals("DELETE") {
                .delete
            } else if bytes.equals("OPTIONS") {
                .options
            } else {
                .other(String(lossy: bytes))
            }
    }

    /// The name as it stands in a request line.
    public var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other(let name): name
        }
    }
}

/// A whole request: its head as it was received, with the places of its parts, and its body.
///
/// The head's bytes are kept once; fields are looked up in them. A copy is two references, since requests are passed
/// around a lot.
public struct HTTPRequest: Sendable {
    struct Field: Sendable {
        var name: Range<UInt16>
        var value: Range<UInt16>
    }

    private final class Head: Sendable {
        let bytes: [UInt8]
        let fields: [Field]
        let path: Range<UInt16>
        let query: Range<UInt16>
        let method: HTTPMethod
        let keepsConnection: Bool

        init(
            bytes: [UInt8], fields: [Field], path: Range<UInt16>, query: Range<UInt16>, method: HTTPMethod,
            keepsConnection: Bool
        ) {
            self.bytes = bytes
            self.fields = fields
            self.path = path
            self.query = query
            self.method = method
            self.keepsConnection = keepsConnection
        }
    }

    private let parsed: Head
    var head: [UInt8] { parsed.bytes }
    var fields: [Field] { parsed.fields }
    var pathRange: Range<UInt16> { parsed.path }
    var queryRange: Range<UInt16> { parsed.query }
    /// The method of the request line.
    public var method: HTTPMethod { parsed.method }
    /// Whether the connection may carry another request after this one (RFC 9112 section 9.3).
    package var keepsConnection: Bool { parsed.keepsConnection }
    /// The body after its transfer coding was removed.
    public package(set) var body: [UInt8] = []

    init(
        head: [UInt8], fields: [Field], path: Range<UInt16>, query: Range<UInt16>, method: HTTPMethod,
        keepsConnection: Bool
    ) {
        parsed = Head(
            bytes: head, fields: fields, path: path, query: query, method: method,
            keepsConnection: keepsConnection)
    }

    /// The target's path as it was sent, percent escapes included, e.g. `/socket.io/`.
    public var path: String {
        // RFC 9110 section 4.2.3: a whole URL without a path means `/`.
        guard !pathRange.isEmpty else { return "/" }
        return String(decoding: head[Int(pathRange.lowerBound)..<Int(pathRange.upperBound)], as: UTF8.self)
    }

    /// Whether the target's path, as it was sent, is exactly `text`.
    public func pathEquals(_ text: String) -> Bool {
        guard !pathRange.isEmpty else { return text == "/" }
        let head = head
        return text.utf8.span.equals(
            head.span.extracting(Int(pathRange.lowerBound)..<Int(pathRange.upperBound)))
    }

    /// The target's query as it was sent, without the question mark.
    public var query: String {
        String(decoding: head[Int(queryRange.lowerBound)..<Int(queryRange.upperBound)], as: UTF8.self)
    }

    /// Path and query as they stood in the request line.
    public var target: String { queryRange.isEmpty ? path : "\(path)?\(query)" }

    /// The query's items as they were sent.
    package var rawQueryItems: QueryItems {
        QueryItems(head[Int(queryRange.lowerBound)..<Int(queryRange.upperBound)])
    }

    /// The first value of a query key, decoded; nil when the key is absent.
    public func queryValue(_ key: String) -> String? {
        QueryItems(head[Int(queryRange.lowerBound)..<Int(queryRange.upperBound)]).first(key)
    }

    /// All query items, decoded, in their order.
    public var queryItems: [(name: String, value: String)] {
        Array(QueryItems(head[Int(queryRange.lowerBound)..<Int(queryRange.upperBound)]))
    }

    /// The first value of a header field, whatever the case of its name; nil when it is absent.
    public func field(_ name: StaticString) -> String? {
        guard let place = place(of: name) else { return nil }
        return String(decoding: head[place], as: UTF8.self)
    }

    /// Whether a comma-separated field (e.g. `Connection`) lists `element`, whatever the case of both.
    public func field(_ name: StaticString, lists element: StaticString) -> Bool {
        for field in fields where isNamed(field, name) {
            let bytes = head.span.extracting(Int(field.value.lowerBound)..<Int(field.value.upperBound))
            var start = 0
            for i in 0...bytes.count where i == bytes.count || bytes[i] == UInt8(ascii: ",") {
                if bytes.extracting(trimming(bytes, start..<i)).equalsIgnoringCase(element) { return true }
                start = i + 1
            }
        }
        return false
    }

    /// All header fields in their order, names as they were sent.
    public var allFields: [(name: String, value: String)] {
        fields.map {
            (
                String(decoding: head[Int($0.name.lowerBound)..<Int($0.name.upperBound)], as: UTF8.self),
                String(decoding: head[Int($0.value.lowerBound)..<Int($0.value.upperBound)], as: UTF8.self)
            )
        }
    }

    private func isNamed(_ field: Field, _ name: StaticString) -> Bool {
        guard field.name.count == name.utf8CodeUnitCount else { return false }
        return head.span.extracting(Int(field.name.lowerBound)..<Int(field.name.upperBound))
            .equalsIgnoringCase(name)
    }

    private func place(of name: StaticString) -> Range<Int>? {
        for field in fields where isNamed(field, name) {
            return Int(field.value.lowerBound)..<Int(field.value.upperBound)
        }
        return nil
    }
}

/// `range` of `bytes` without optional white space at its ends.
func trimming(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, bytes[start] == ASCII.space || bytes[start] == ASCII.tab { start += 1 }
    while end > start, bytes[end - 1] == ASCII.space || bytes[end - 1] == ASCII.tab { end -= 1 }
    return start..<end
}
