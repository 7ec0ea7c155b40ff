import Database
import EngineNet
import SocketIO

/// The REST interface: handlers that answer data or fail, in one envelope, each request with an id in the log.
struct API: Sendable {
    typealias Handler = @Sendable (APIRequest) async throws -> APIAnswer

    private var table: HTTPRoutes
    private let origins: PageOrigins
    private let log: Log

    /// - Parameter cors: which pages of other origins may use it; nil for none.
    init(adding routes: HTTPRoutes = HTTPRoutes(), cors: CORSPolicy? = nil, log: Log) {
        let origins = PageOrigins(cors)
        table = routes
        table.addFields(below: "/api") { origins.fields(for: $0) }
        self.origins = origins
        self.log = log
    }

    mutating func get(_ template: String, _ handler: @escaping Handler) { add(.get, template, handler) }
    mutating func post(_ template: String, _ handler: @escaping Handler) { add(.post, template, handler) }
    mutating func patch(_ template: String, _ handler: @escaping Handler) { add(.patch, template, handler) }
    mutating func delete(_ template: String, _ handler: @escaping Handler) { add(.delete, template, handler) }

    /// All that was added, and an answer for everything else below `/api`.
    var routes: HTTPRoutes {
        var routes = table
        routes.otherwise(below: "/api") { [origins, log] http, allowed in
            if let answer = origins.preflight(http) { return answer }
            return await Self.answer(
                APIRequest(http: http, path: HTTPPathValues(), id: Self.id(of: http)), log
            ) {
                _ in
                throw allowed.isEmpty
                    ? APIFailure(
                        status: 404, code: "NOT_FOUND", message: "there is no such path")
                    : APIFailure.notAllowed(allowed)
            }
        }
        return routes
    }

    private mutating func add(_ method: HTTPMethod, _ template: String, _ handler: @escaping Handler) {
        table.on(method, template) { [origins, log] http, path in
            await Self.answer(APIRequest(http: http, path: path, id: Self.id(of: http)), log) { request in
                guard method == .get || origins.mayWrite(http) else { throw APIFailure.foreignOrigin }
                return try await handler(request)
            }
        }
    }

    private static func answer(_ request: APIRequest, _ log: Log, _ handler: Handler) async -> HTTPResponse {
        let http = request.http
        let start = ContinuousClock.now
        var response: HTTPResponse
        do {
            // Postgres has no texts with NUL, so nothing can be called so.
            guard !http.path.contains("%00") else {
                throw APIFailure(status: 404, code: "NOT_FOUND", message: "there is no such thing")
            }
            response = APIEnvelope.response(try await handler(request), to: http)
        } catch {
            response = APIEnvelope.response(failure(error, request, log))
        }
        response.fields["X-Request-Id"] = request.id
        log.debug(
            "\(http.method.name) \(http.path)",
            [
                "request": request.id, "status": "\(response.status)",
                "ms": "\((ContinuousClock.now - start).wholeMilliseconds)",
            ])
        return response
    }

    /// What the client is told of an error. One that is the server's or the database's is logged.
    private static func failure(_ error: any Error, _ request: APIRequest, _ log: Log) -> APIFailure {
        if let failure = error as? APIFailure { return failure }
        let failure =
            (error as? SQLError).map(APIFailure.init)
            ?? APIFailure(
                status: 500, code: "INTERNAL",
                message: "the server failed; the log says why, by the request's id")
        if failure.status >= 500 {
            log.error(
                "\(request.http.method.name) \(request.http.path) failed",
                ["request": request.id, "error": "\(error)"])
        }
        return failure
    }

    /// The client's id for the request if it may stand in a log, else a new one.
    private static func id(of request: HTTPRequest) -> String {
        guard let given = request.field("x-request-id"), (1...64).contains(given.utf8.count),
            given.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return Identifier.make("req") }
        return given
    }
}
