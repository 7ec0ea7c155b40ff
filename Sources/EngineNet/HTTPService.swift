package import EngineWire

/// What answers requests. One for each loop, called on it.
package protocol HTTPService: AnyObject {
    /// Called with a request's head, before its body is read. Answers with `exchange.respond`, now or later,
    /// exactly once; or makes the connection a WebSocket. Who needs the body asks for it with
    /// `exchange.whenWhole`.
    func serve(_ request: HTTPRequest, _ exchange: HTTPExchange)
}

/// What one loop answers: protocols at paths of their own, and the routes beside them.
final class HTTPSite: HTTPService {
    @safe @exclusivity(unchecked) private var mounts: [(path: String?, service: any HTTPService)] = []
    var routes = HTTPRoutes()

    /// Gives all requests of exactly this path to `service`; of every path if it is nil.
    func mount(_ service: any HTTPService, at path: String?) { mounts.append((path, service)) }

    func serve(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        for i in mounts.indices {
            if let path = mounts[i].path, !request.pathEquals(path) { continue }
            return mounts[i].service.serve(request, exchange)
        }
        routes.serve(request, exchange)
    }
}
