import SocketIO

/// Which pages may use the REST interface: the server's own, and those that its policy lists for its sockets.
///
/// It protects users of browsers; other clients send no `Origin`, or the one they like.
struct PageOrigins: Sendable {
    /// Nil if no page of another origin is listed.
    private let policy: CORSPolicy?

    init(_ policy: CORSPolicy?) {
        var policy = policy
        policy?.methods = ["GET", "HEAD", "POST", "PATCH", "DELETE"]
        policy?.exposedHeaders = ["ETag", "Location", "Retry-After", "X-Published", "X-Request-Id"]
        self.policy = policy
    }

    /// The answer to a browser that asks what a page may send (Fetch standard, section 3.3.2); nil for other requests.
    func preflight(_ request: HTTPRequest) -> HTTPResponse? {
        guard let policy, Self.isPreflight(request) else { return nil }
        return HTTPResponse(status: 204, fields: policy.preflight(for: request))
    }

    /// What tells browsers who may read the answer to any other request.
    func fields(for request: HTTPRequest) -> HTTPFields {
        guard let policy, !Self.isPreflight(request) else { return HTTPFields() }
        return policy.fields(for: request)
    }

    /// Whether a request may change something. Browsers send those of a form's kind without asking, and only keep
    /// the answer from the page.
    func mayWrite(_ request: HTTPRequest) -> Bool {
        guard let origin = request.fieldList("origin") else { return true }
        return Self.isOwn(origin, request) || policy?.allows(origin: origin) ?? false
    }

    private static func isPreflight(_ request: HTTPRequest) -> Bool {
        request.method == .options && request.field("access-control-request-method") != nil
    }

    /// Whether a page is the server's own. Schemes are not compared: behind a proxy the server does not know its own.
    private static func isOwn(_ origin: String, _ request: HTTPRequest) -> Bool {
        // No page can set it, and it is right also behind a proxy that changes `Host` (Fetch Metadata, section 2.3).
        if request.field("sec-fetch-site") == "same-origin" { return true }
        guard let host = request.field("host"), let separator = origin.firstRange(of: "://") else {
            return false
        }
        let port = origin[..<separator.lowerBound].lowercased() == "https" ? ":443" : ":80"
        let authorities = [origin[separator.upperBound...], host[...]].map { authority in
            let text = authority.lowercased()
            return text.hasSuffix(port) ? text.dropLast(port.count) : text[...]
        }
        return authorities[0] == authorities[1]
    }
}
