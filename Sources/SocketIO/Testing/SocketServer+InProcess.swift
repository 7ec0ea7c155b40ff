internal import EngineIO

extension SocketServer {
    /// Connects a client in this process, for tests: without a port, and whether or not the server listens.
    ///
    /// The client comes from `127.0.0.1`, over what the server takes for a WebSocket; header fields such as `Origin`,
    /// `Cookie` or, where proxies of `ConnectionLimits.trustedProxies` are trusted, `X-Forwarded-For` make it another
    /// one. When this returns, the server's connection handlers have run.
    /// - Parameters:
    ///   - namespace: the name of the namespace to join.
    ///   - auth: what the server reads as the handshake's `auth`; an object.
    ///   - headers: fields of the request that opens the connection, besides those that every client sends.
    ///   - query: items of that request's query, besides those of the protocol.
    ///   - time: how long the server may take to let the client in.
    /// - Returns: the client, which is in the namespace.
    /// - Throws: `ConnectionRefused` when the namespace refuses; `ConnectionError` when the engine does: `allowRequest`,
    ///   a middleware, the origin's check, a bound; `InProcessError`.
    public func connectInProcess(
        to namespace: String = "/", auth: JSONValue? = nil, headers: [String: String] = [:],
        query: [String: String] = [:], within time: Duration = .seconds(5)
    ) async throws -> InProcessClient {
        let connection = InProcessConnection(self, headers: headers, query: query)
        let client = InProcessClient(connection, namespace: namespace, auth: auth)
        do { try await client.join(within: time) } catch {
            client.close()
            throw error
        }
        return client
    }
}
