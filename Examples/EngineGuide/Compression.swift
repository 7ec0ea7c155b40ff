import EngineIO

@Sendable func echoCompressed() async throws {
    var options = EngineOptions()
    options.perMessageDeflate = PerMessageDeflate()
    let server = EngineServer(options: options) { session in
        session.onMessage { message in session.send(message) }
    }
    try server.listen(port: 3000)
    await server.untilTerminated()
    await server.close()
}

/// What keeping the context costs with a window of 4 KiB.
func contextInLittleMemory() -> PerMessageDeflate {
    var deflate = PerMessageDeflate()
    deflate.serverContextTakeover = true
    deflate.serverMaxWindowBits = 12
    deflate.memoryLevel = 5
    deflate.threshold = 64
    print(deflate.memoryPerConnection)  // 38912
    return deflate
}
