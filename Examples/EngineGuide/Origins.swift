import EngineIO

@Sendable func echoForOneOrigin() async throws {
    var options = EngineOptions()
    options.cors = CORSPolicy(origins: .list(["https://app.example"]), credentials: true)
    let server = EngineServer(options: options) { session in
        session.onMessage { message in session.send(message) }
    }
    try server.listen(port: 3000)
    await server.untilTerminated()
    await server.close()
}
