import EngineIO

/// Needs `chain.pem` and `key.pem` in the working directory.
@Sendable func echoOverTLS() async throws {
    let server = EngineServer { session in
        session.onMessage { message in session.send(message) }
    }
    let tls = try TLSContext(TLSConfiguration(certificateChain: "chain.pem", privateKey: "key.pem"))
    tls.reloadOnHangup(loop: server.http.group.loops[0]) { error in
        print(error?.description ?? "the new certificate is in use")
    }
    try server.listen(port: 3443, tls: tls)
    await server.untilTerminated()
    await server.close()
}
