public import EngineWire

/// Which pages of other origins may read our answers (Fetch standard, section 3.3): the header fields that tell
/// browsers, with the names, values and order of Node's `cors` 2.8.
///
/// It protects users of browsers and nobody else: other clients send the `Origin` they like. CORS does not cover
/// WebSockets, which any page may open and which carry its user's cookies; ask `allows(_:)` for them.
public struct CORSPolicy: Sendable {
    /// Who is allowed.
    public enum Origins: Sendable {
        /// Every origin. Answered with `*`; with credentials by naming the request's origin, because browsers
        /// refuse `*` then.
        case any
        /// These, compared byte by byte, e.g. `https://app.example:8443`: scheme, host and a port that is not the
        /// scheme's own, without a path. `*` means nothing here; `null` stands for files and sandboxed frames.
        case list([String])
        /// Those for which the function returns true. It is called on the thread of the request's connection.
        case matching(@Sendable (String) -> Bool)
    }

    /// Which origins are allowed.
    public var origins: Origins
    /// Whether pages may send cookies and `Authorization`, and read what comes back.
    public var credentials: Bool
    /// Methods that pages may use.
    public var methods: [String]
    /// Header fields that pages may send beyond those that are always allowed; nil allows what they ask for.
    public var allowedHeaders: [String]?
    /// Header fields of our answers that pages may read beyond those that they always may.
    public var exposedHeaders: [String]
    /// How long a browser may keep the answer to a preflight, in whole seconds; nil leaves it to the browser.
    public var maxAge: Duration?

    /// A policy; by itself it lets every page read answers, but not with cookies.
    public init(
        origins: Origins = .any, credentials: Bool = false,
        methods: [String] = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"],
        allowedHeaders: [String]? = nil,
        exposedHeaders: [String] = [], maxAge: Duration? = nil
    ) {
        self.origins = origins
        self.credentials = credentials
        self.methods = methods
        self.allowedHeaders = allowedHeaders
        self.exposedHeaders = exposedHeaders
        self.maxAge = maxAge
    }

    /// The fields for the answer to an actual request, refusals included: without them a page cannot read why.
    ///
    /// An origin that is not allowed gets its answer too, without `Access-Control-Allow-Origin`: the browser keeps
    /// it from the page.
    public func fields(for request: HTTPRequest) -> HTTPFields {
        var fields = HTTPFields()
        addOrigin(request, to: &fields)
        addList("Access-Control-Expose-Headers", exposedHeaders, to: &fields)
        return fields
    }

    /// The fields for the answer to an OPTIONS request, whose status is 204.
    public func preflight(for request: HTTPRequest) -> HTTPFields {
        var fields = HTTPFields()
        addOrigin(request, to: &fields)
        addList("Access-Control-Allow-Methods", methods, to: &fields)
        addAllowedHeaders(request, to: &fields)
        if let maxAge { fields.append("Access-Control-Max-Age", String(maxAge.components.seconds)) }
        addList("Access-Control-Expose-Headers", exposedHeaders, to: &fields)
        // Not needed with a 204 (RFC 9110 section 8.6), but some browsers wait for a body without it.
        fields.append("Content-Length", "0")
        return fields
    }

    /// Whether a client with this `Origin` may open a WebSocket. Without one it is not a browser and may.
    public func allows(origin: String?) -> Bool {
        guard let origin else { return true }
        switch origins {
        case .any: return true
        case .list(let allowed): return allowed.contains { $0.utf8.elementsEqual(origin.utf8) }
        case .matching(let isAllowed):
            // Several origins in one are no origin; a function that looks at the end would take the last for all.
            return !origin.utf8.contains(UInt8(ascii: ",")) && isAllowed(origin)
        }
    }

    /// Whether the client that sent `request` may open a WebSocket.
    public func allows(_ request: HTTPRequest) -> Bool { allows(origin: request.fieldList("Origin")) }

    private func addOrigin(_ request: HTTPRequest, to fields: inout HTTPFields) {
        if case .any = origins, !credentials {
            fields.append("Access-Control-Allow-Origin", "*")
        } else {
            if let origin = request.fieldList("Origin"), !origin.isEmpty, allows(origin: origin) {
                fields.append("Access-Control-Allow-Origin", origin)
            }
            fields.append("Vary", "Origin")
        }
        if credentials { fields.append("Access-Control-Allow-Credentials", "true") }
    }

    private func addAllowedHeaders(_ request: HTTPRequest, to fields: inout HTTPFields) {
        if let allowedHeaders { return addList("Access-Control-Allow-Headers", allowedHeaders, to: &fields) }
        fields.appendToList("Vary", "Access-Control-Request-Headers")
        if let asked = request.fieldList("Access-Control-Request-Headers"), !asked.isEmpty {
            fields.append("Access-Control-Allow-Headers", asked)
        }
    }

    private func addList(_ name: String, _ elements: [String], to fields: inout HTTPFields) {
        let value = elements.joined(separator: ",")
        if !value.isEmpty { fields.append(name, value) }
    }
}
