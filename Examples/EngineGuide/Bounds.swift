import EngineIO

@Sendable func echoWithBounds() async throws {
    var options = EngineOptions()
    options.maxPayload = 100_000
    options.sendQueue.bytes = 2_000_000
    options.admission.sessionsPerAddress = 50
    options.admission.handshakesPerSecond = 200
    options.http.connections.perAddress = 100
    options.http.connections.trustedProxies = TrustedProxies(ranges: AddressRange.loopback)
    let server = EngineServer(options: options) { session in
        session.onMessage { message in session.send(message) }
    }
    try server.listen(port: 3000)
    await server.untilTerminated()
    await server.close()
}
