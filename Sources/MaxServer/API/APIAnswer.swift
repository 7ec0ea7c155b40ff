import EngineWire
import SocketIO

/// What a handler answers: `{"success":true,"data":…}`, and `"next"` behind a page of a list.
struct APIAnswer: Sendable {
    var status = 200
    /// Nil answers `{"success":true}`.
    var data: RawJSON?
    /// For a page of a list: what asks for the next one, or that there is none.
    var next: Next?

    /// A cursor or `null`.
    enum Next: Sendable {
        case page(String)
        case none

        init(_ cursor: PageCursor?) { self = cursor.map { .page($0.text) } ?? .none }
        init(_ cursor: NameCursor?) { self = cursor.map { .page($0.text) } ?? .none }

        var json: String {
            switch self {
            // Its letters need no escape.
            case .page(let cursor): "\"\(cursor)\""
            case .none: "null"
            }
        }
    }

    /// Where a thing is that was just made.
    var location: String?
    /// False tells with `X-Published: false` that a thing was stored, and that nobody could be told of it.
    var isPublished = true

    static func data(_ value: some Encodable & Sendable) throws -> APIAnswer {
        APIAnswer(data: try RawJSON(encoding: value))
    }

    static func created(_ value: some Encodable & Sendable, at location: String) throws -> APIAnswer {
        APIAnswer(status: 201, data: try RawJSON(encoding: value), location: location)
    }

    static let done = APIAnswer()
}

/// Makes responses: the envelope, the tag by which a client recognizes what it has, and compression.
enum APIEnvelope {
    /// Smaller bodies are sent as they are: compressed they would be hardly smaller.
    private static let compressed = 1_024

    private struct Failed: Encodable, Sendable {
        struct Details: Encodable, Sendable {
            var code: String
            var message: String
            var fields: [APIFailure.Fault]?
        }

        var success = false
        var error: Details
    }

    static func response(_ answer: APIAnswer, to request: HTTPRequest) -> HTTPResponse {
        var body = Array(#"{"success":true"#.utf8)
        if let data = answer.data {
            body += Array(#","data":"#.utf8)
            body += data.bytes
        }
        if let next = answer.next { body += Array(#","next":\#(next.json)"#.utf8) }
        body.append(UInt8(ascii: "}"))
        var response = response(answer.status, body)
        if let location = answer.location { response.fields["Location"] = location }
        if !answer.isPublished { response.fields["X-Published"] = "false" }
        guard request.method == .get || request.method == .head, answer.status == 200 else { return response }
        let tag = EntityTag(hashing: body)
        // Weak, because it stands for the body in every coding (RFC 9110 section 8.8.3.3).
        response.fields["ETag"] = "W/\(tag)"
        response.fields["Cache-Control"] = "no-cache"
        if body.count >= compressed { response.fields["Vary"] = "Accept-Encoding" }
        if let known = request.fieldList("if-none-match"), tag.isListed(in: known) {
            response.status = 304
            response.body = []
            return response
        }
        if body.count >= compressed,
            let coding = request.fieldList("accept-encoding").flatMap(HTTPContentCoding.choose)
        {
            response.fields["Content-Encoding"] = coding.rawValue
            response.body = coding.compress(body)
        }
        return response
    }

    static func response(_ failure: APIFailure) -> HTTPResponse {
        let details = Failed.Details(
            code: failure.code, message: failure.message,
            fields: failure.faults.isEmpty ? nil : failure.faults)
        let body = (try? RawJSON(encoding: Failed(error: details))) ?? .emptyObject
        var response = response(failure.status, body.bytes)
        if failure.status == 503 { response.fields["Retry-After"] = "1" }
        if !failure.allowed.isEmpty { response.fields["Allow"] = failure.allowed.joined(separator: ", ") }
        return response
    }

    private static func response(_ status: Int, _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: status, fields: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: body)
    }
}
