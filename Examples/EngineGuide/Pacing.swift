import EngineIO

func send(_ parts: some AsyncSequence<[UInt8], Never>, to session: Session) async {
    for await part in parts {
        session.send(part)
        guard await session.flushed() else { return }  // the session has ended
    }
}

/// Sends 100 parts to everyone.
@Sendable func sendWithPacing() async throws {
    let server = EngineServer()
    try server.listen(port: 3000)
    for await session in server.sessions {
        Task {
            let parts = AsyncStream { continuation in
                for number in 0..<100 {
                    continuation.yield([UInt8](repeating: UInt8(number), count: 100_000))
                }
                continuation.finish()
            }
            await send(parts, to: session)
            session.close()
        }
    }
}
