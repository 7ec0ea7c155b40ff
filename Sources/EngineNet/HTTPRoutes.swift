public import EngineWire

/// What a server answers besides its own protocol: a table from method and path to a closure.
public struct HTTPRoutes: Sendable {
    /// Answers one request. Runs on the connection's loop; must not block it.
    public typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

    /// Answers one request, with what its path has in place of a template's names.
    public typealias TemplateHandler = @Sendable (HTTPRequest, HTTPPathValues) async -> HTTPResponse

    private enum Pattern: Sendable {
        case exact(String)
        case prefix(String)
        case template(HTTPPathTemplate)

        func match(_ request: HTTPRequest) -> HTTPPathValues? {
            switch self {
            case .exact(let path): request.pathEquals(path) ? HTTPPathValues() : nil
            case .prefix(let path): request.path.hasPrefix(path) ? HTTPPathValues() : nil
            case .template(let template): template.match(request.path)
            }
        }
    }

    private struct Route: Sendable {
        var method: HTTPMethod
        var pattern: Pattern
        var handler: TemplateHandler
    }

    private var routes: [Route] = []

    /// A table without routes.
    public init() {}

    /// Answers GET and HEAD requests of exactly this path.
    public mutating func get(_ path: String, _ handler: @escaping Handler) {
        add(.get, .exact(path), handler)
    }

    /// Answers GET and HEAD requests of all paths that begin so. Routes that were added earlier go first.
    public mutating func get(prefix: String, _ handler: @escaping Handler) {
        add(.get, .prefix(prefix), handler)
    }

    /// Answers POST requests of exactly this path.
    public mutating func post(_ path: String, _ handler: @escaping Handler) {
        add(.post, .exact(path), handler)
    }

    /// Answers requests of one method whose path fits a template: in `/sectors/{id}/candles` the name stands for one
    /// segment, which must not be empty. GET includes HEAD. Routes that were added earlier go first.
    public mutating func on(_ method: HTTPMethod, _ template: String, _ handler: @escaping TemplateHandler) {
        routes.append(Route(method: method, pattern: .template(HTTPPathTemplate(template)), handler: handler))
    }

    private mutating func add(_ method: HTTPMethod, _ pattern: Pattern, _ handler: @escaping Handler) {
        routes.append(Route(method: method, pattern: pattern) { request, _ in await handler(request) })
    }

    /// Answers from the table; 404 for a path that is not in it, 405 for a method that its path does not have.
    package func serve(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        let method = request.method == .head ? HTTPMethod.get : request.method
        var allowed: [String] = []
        for route in routes {
            guard let values = route.pattern.match(request) else { continue }
            guard route.method == method else {
                allowed.append(contentsOf: route.method == .get ? ["GET", "HEAD"] : [route.method.name])
                continue
            }
            let handler = route.handler
            exchange.whenWhole { request in
                Task(executorPreference: exchange.loop) {
                    exchange.respond(await handler(request, values))
                }
            }
            return
        }
        var response = HTTPResponse(
            status: 404, contentType: "text/plain; charset=utf-8", text: "not found\n")
        if !allowed.isEmpty {
            response = HTTPResponse(
                status: 405, contentType: "text/plain; charset=utf-8", text: "method not allowed\n")
            var known = Set<String>()
            response.fields["Allow"] = allowed.filter { known.insert($0).inserted }.joined(separator: ", ")
        }
        // Behind the body, so that the connection can be kept.
        exchange.whenWhole { _ in exchange.respond(response) }
    }
}
