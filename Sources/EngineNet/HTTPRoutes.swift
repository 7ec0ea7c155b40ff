public import EngineWire

/// What a server answers besides its own protocol: a table from method and path to a closure.
public struct HTTPRoutes: Sendable {
    /// Answers one request. Runs on the connection's loop; must not block it.
    public typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

    private enum Pattern: Sendable {
        case exact(String)
        case prefix(String)

        func matches(_ request: HTTPRequest) -> Bool {
            switch self {
            case .exact(let path): request.pathEquals(path)
            case .prefix(let path): request.path.hasPrefix(path)
            }
        }
    }

    private struct Route: Sendable {
        var method: HTTPMethod
        var pattern: Pattern
        var handler: Handler
    }

    private var routes: [Route] = []

    /// A table without routes.
    public init() {}

    /// Answers GET and HEAD requests of exactly this path.
    public mutating func get(_ path: String, _ handler: @escaping Handler) {
        routes.append(Route(method: .get, pattern: .exact(path), handler: handler))
    }

    /// Answers GET and HEAD requests of all paths that begin so. Routes that were added earlier go first.
    public mutating func get(prefix: String, _ handler: @escaping Handler) {
        routes.append(Route(method: .get, pattern: .prefix(prefix), handler: handler))
    }

    /// Answers POST requests of exactly this path.
    public mutating func post(_ path: String, _ handler: @escaping Handler) {
        routes.append(Route(method: .post, pattern: .exact(path), handler: handler))
    }

    /// Answers from the table; 404 for a path that is not in it, 405 for a method that its path does not have.
    package func serve(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        let method = request.method == .head ? HTTPMethod.get : request.method
        var allowed: [String] = []
        for route in routes where route.pattern.matches(request) {
            guard route.method == method else {
                allowed.append(contentsOf: route.method == .get ? ["GET", "HEAD"] : [route.method.name])
                continue
            }
            let handler = route.handler
            exchange.whenWhole { request in
                Task(executorPreference: exchange.loop) {
                    exchange.respond(await handler(request))
                }
            }
            return
        }
        var response = HTTPResponse(
            status: 404, contentType: "text/plain; charset=utf-8", text: "not found\n")
        if !allowed.isEmpty {
            response = HTTPResponse(
                status: 405, contentType: "text/plain; charset=utf-8", text: "method not allowed\n")
            response.fields["Allow"] = allowed.joined(separator: ", ")
        }
        // Behind the body, so that the connection can be kept.
        exchange.whenWhole { _ in exchange.respond(response) }
    }
}
