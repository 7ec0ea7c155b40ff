public import EngineWire

/// What a server answers besides its own protocol: a table from method and path to a closure.
///
/// A path may be a template: in `/sectors/{id}/candles` the name stands for one segment, which must not be empty. Routes
/// that were added earlier go first.
public struct HTTPRoutes: Sendable {
    /// Answers one request. Runs on the connection's loop; must not block it. When it throws, the answer is 500 and says
    /// no more, and `onError` is told.
    public typealias Handler = @Sendable (HTTPRequest) async throws -> HTTPResponse

    /// Answers one request, with what its path has in place of a template's names. Else as `Handler`.
    public typealias TemplateHandler = @Sendable (HTTPRequest, HTTPPathValues) async throws -> HTTPResponse

    /// Answers a request whose path has no route, or none for its method.
    /// - Parameter allowed: the methods that its path has, as the field `Allow` lists them; empty for none.
    package typealias Fallback = @Sendable (HTTPRequest, _ allowed: [String]) async -> HTTPResponse

    private enum Pattern: Sendable {
        case exact(String)
        case prefix(String)
        case template(HTTPPathTemplate)

        /// A template, or a path without names, which is compared as a whole.
        init(_ path: String) {
            let template = HTTPPathTemplate(path)
            self = template.hasNames ? .template(template) : .exact(path)
        }

        func match(_ request: HTTPRequest) -> HTTPPathValues? {
            switch self {
            case .exact(let path): request.pathEquals(path) ? HTTPPathValues() : nil
            case .prefix(let path): request.path.hasPrefix(path) ? HTTPPathValues() : nil
            case .template(let template): template.match(request.path)
            }
        }
    }

    private struct Route: Sendable {
        enum Answer: Sendable {
            case method(HTTPMethod, TemplateHandler)
            case otherwise(Fallback)
            /// Fields besides those of the answer that a later route gives.
            case fields(@Sendable (HTTPRequest) -> HTTPFields)
        }

        var pattern: Pattern
        var answer: Answer
    }

    private var routes: [Route] = []
    private var errorHandler: (@Sendable (any Error, HTTPRequest) -> Void)?

    /// A table without routes.
    public init() {}

    /// Answers GET and HEAD requests of exactly this path, or of those that fit this template.
    public mutating func get(_ path: String, _ handler: @escaping Handler) {
        add(.get, Pattern(path), handler)
    }

    /// Answers GET and HEAD requests whose path fits a template: `get("/lots/{id}") { request, values in … }`.
    public mutating func get(_ template: String, _ handler: @escaping TemplateHandler) {
        on(.get, template, handler)
    }

    /// Answers GET and HEAD requests of all paths that begin so, byte by byte: this is no template. Routes that were
    /// added earlier go first.
    public mutating func get(prefix: String, _ handler: @escaping Handler) {
        add(.get, .prefix(prefix), handler)
    }

    /// Answers POST requests of exactly this path, or of those that fit this template.
    public mutating func post(_ path: String, _ handler: @escaping Handler) {
        add(.post, Pattern(path), handler)
    }

    /// Answers POST requests whose path fits a template: `post("/lots/{id}") { request, values in … }`.
    public mutating func post(_ template: String, _ handler: @escaping TemplateHandler) {
        on(.post, template, handler)
    }

    /// Answers requests of one method whose path fits a template: in `/sectors/{id}/candles` the name stands for one
    /// segment, which must not be empty. GET includes HEAD. Routes that were added earlier go first.
    public mutating func on(_ method: HTTPMethod, _ template: String, _ handler: @escaping TemplateHandler) {
        routes.append(
            Route(pattern: .template(HTTPPathTemplate(template)), answer: .method(method, handler)))
    }

    /// Calls back when a route's handler throws, in place of what was set before. Besides, the error stands in the debug
    /// log of the server, under `engine:http`.
    /// - Parameter handler: gets the error and the request that was being answered; must not block.
    public mutating func onError(_ handler: @escaping @Sendable (any Error, HTTPRequest) -> Void) {
        errorHandler = handler
    }

    /// Answers all requests of a path, and of those below it, that no route answers which was added earlier.
    /// - Parameter path: without a slash at its end.
    package mutating func otherwise(below path: String, _ handler: @escaping Fallback) {
        for pattern in Self.below(path) {
            routes.append(Route(pattern: pattern, answer: .otherwise(handler)))
        }
    }

    /// Adds fields to all answers to requests of a path, and of those below it, unless a route answers that was added
    /// earlier; also to the refusal of a body that is too large.
    /// - Parameter path: without a slash at its end.
    package mutating func addFields(
        below path: String, _ fields: @escaping @Sendable (HTTPRequest) -> HTTPFields
    ) {
        for pattern in Self.below(path) { routes.append(Route(pattern: pattern, answer: .fields(fields))) }
    }

    private static func below(_ path: String) -> [Pattern] { [.exact(path), .prefix(path + "/")] }

    private mutating func add(_ method: HTTPMethod, _ pattern: Pattern, _ handler: @escaping Handler) {
        routes.append(
            Route(pattern: pattern, answer: .method(method) { request, _ in try await handler(request) }))
    }

    /// Answers from the table; 404 for a path that is not in it, 405 for a method that its path does not have.
    package func serve(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        let method = request.method == .head ? HTTPMethod.get : request.method
        var allowed: [String] = []
        for route in routes {
            guard let values = route.pattern.match(request) else { continue }
            switch route.answer {
            case .method(method, let handler):
                return answer(exchange) { try await handler($0, values) }
            case .method(let other, _):
                for name in other == .get ? ["GET", "HEAD"] : [other.name] where !allowed.contains(name) {
                    allowed.append(name)
                }
            case .fields(let fields): exchange.fields.append(contentsOf: fields(request))
            case .otherwise(let handler):
                let methods = allowed
                return answer(exchange) { await handler($0, methods) }
            }
        }
        let response = Self.refusal(allowed: allowed)
        // Behind the body, so that the connection can be kept.
        exchange.whenWhole { _ in exchange.respond(response) }
    }

    private func answer(_ exchange: HTTPExchange, _ handler: @escaping Handler) {
        exchange.whenWhole { [errorHandler] request in
            let debug = exchange.debug
            Task(executorPreference: exchange.loop) {
                do { exchange.respond(try await handler(request)) } catch {
                    debug(.engineHTTP, "\(exchange.peer): \(request.method.name) \(request.path): \(error)")
                    errorHandler?(error, request)
                    exchange.respond(Self.failure)
                }
            }
        }
    }

    /// What went wrong is not for clients.
    private static let failure = HTTPResponse(
        status: 500, contentType: "text/plain; charset=utf-8", text: "internal server error\n")

    private static func refusal(allowed: [String]) -> HTTPResponse {
        guard !allowed.isEmpty else {
            return HTTPResponse(status: 404, contentType: "text/plain; charset=utf-8", text: "not found\n")
        }
        var response = HTTPResponse(
            status: 405, contentType: "text/plain; charset=utf-8", text: "method not allowed\n")
        response.fields["Allow"] = allowed.joined(separator: ", ")
        return response
    }
}
