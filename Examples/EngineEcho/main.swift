import EngineIO

let server = EngineServer { session in
    session.onMessage { message in session.send(message) }
    session.onClose { reason in print("\(session.address) left: \(reason.rawValue)") }
}
try server.listen(port: 3000)
await server.untilTerminated()
await server.close()
