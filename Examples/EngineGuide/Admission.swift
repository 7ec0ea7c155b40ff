import EngineIO

/// Who has which token; in earnest a database.
actor Accounts {
    func user(of token: String) -> String? { token == "open sesame" ? "ali" : nil }
}

@Sendable func echoForThoseWithAToken() async throws {
    let accounts = Accounts()
    var options = EngineOptions()
    options.allowRequest = { request in
        guard let token = request.queryValue("token"), await accounts.user(of: token) != nil else {
            return .refuse("A valid token is needed", status: 401)
        }
        return .allow
    }
    let server = EngineServer(options: options) { session in
        session.onMessage { message in session.send(message) }
    }
    server.onConnectionError { error, request in
        print("refused \(request.path): \(error.context.name), status \(error.status)")
    }
    try server.listen(port: 3000)
    await server.untilTerminated()
    await server.close()
}
