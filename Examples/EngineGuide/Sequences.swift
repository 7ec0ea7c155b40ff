import EngineIO

@Sendable func echoWithSequences() async throws {
    let server = EngineServer()
    try server.listen(port: 3000)
    for await session in server.sessions {
        Task {
            for await message in session.messages { session.send(message) }
            print("\(session.address) left")
        }
    }
}
