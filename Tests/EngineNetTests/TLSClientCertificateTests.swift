import EngineNet
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Mutual TLS` {
    private let files: TestTLSFiles
    private let authority: TestCertificate
    private let good: TestCertificate
    private let bad: TestCertificate

    init() throws {
        files = try TestTLSFiles()
        authority = try TestCertificate("authority", isAuthority: true)
        good = try TestCertificate("Zoë", by: authority)
        bad = try TestCertificate("Zoë", by: TestCertificate("authority", isAuthority: true))
        try files.write(authority.pem, to: files.authorities)
    }

    private func scene(_ asking: TLSConfiguration.ClientCertificates) throws -> TLSScene {
        var configuration = TLSConfiguration(certificateChain: files.chain, privateKey: files.key)
        configuration.clientCertificates = asking
        configuration.clientAuthorities = files.authorities
        return try TLSScene(configuration)
    }

    /// What the server notes of a client that gets through; nil if it is refused.
    private func admitted(
        _ scene: TLSScene, _ certificate: TestCertificate?, _ version: TLSTestSettings.Version
    ) async throws -> TLSServerEnd.Notes? {
        let (client, end) = try await scene.connectPlain()
        do {
            try await client.startTLS(
                TLSTestSettings {
                    $0.certificate = certificate
                    $0.version = version
                })
            try await client.send("hello")
            _ = try await client.receive(5)
            return end.notes
        } catch is TLSTestLayer.Failed {
            #expect(await eventually { end.notes.isClosed })
            #expect(end.notes.received == [])
            return nil
        }
    }

    @Test(arguments: [TLSTestSettings.Version.v1_2, .v1_3])
    func `required lets only those in whose certificate is good`(version: TLSTestSettings.Version)
        async throws
    {
        let scene = try scene(.required)
        #expect(try await admitted(scene, good, version)?.peerSubject == "CN=Zoë")
        #expect(try await admitted(scene, bad, version) == nil)
        #expect(try await admitted(scene, nil, version) == nil)
    }

    @Test(arguments: [TLSTestSettings.Version.v1_2, .v1_3])
    func `optional lets those in, too, who have none`(version: TLSTestSettings.Version) async throws {
        let scene = try scene(.optional)
        #expect(try await admitted(scene, good, version)?.peerSubject == "CN=Zoë")
        #expect(try await admitted(scene, bad, version) == nil)
        let stranger = try #require(try await admitted(scene, nil, version))
        #expect(stranger.peerSubject == nil)
    }

    /// A client's settings after a first connection: with the session that it may resume.
    private func settingsToResume(
        in scene: TLSScene, _ version: TLSTestSettings.Version
    ) async throws -> TLSTestSettings {
        var settings = TLSTestSettings()
        (settings.version, settings.certificate) = (version, good)
        let (first, _) = try await scene.connect(settings)
        try await first.send("hello")
        #expect(try await first.receive(text: "hello"))
        settings.session = first.tls { $0.session } ?? nil
        // OpenSSL does not resume what was not ended in order.
        try await first.sendRaw(try #require(first.tls { $0.close() }))
        return settings
    }

    @Test(arguments: [TLSTestSettings.Version.v1_2, .v1_3])
    func `stays known when its session is resumed`(version: TLSTestSettings.Version) async throws {
        let scene = try scene(.required)
        let (second, end) = try await scene.connect(try await settingsToResume(in: scene, version))
        try await second.send("hello")
        #expect(try await second.receive(text: "hello"))
        #expect(second.tls { $0.isResumed } == true)
        #expect(end.notes.peerSubject == "CN=Zoë")
    }

    @Test func `is shown anew when the server has read its files anew`() async throws {
        let scene = try scene(.required)
        let settings = try await settingsToResume(in: scene, .v1_3)
        try scene.context.reload()
        let (second, _) = try await scene.connect(settings)
        #expect(second.tls { $0.isResumed } == false)
    }

    @Test func `is not asked for by default`() async throws {
        let scene = try TLSScene(TLSConfiguration(certificateChain: files.chain, privateKey: files.key))
        let notes = try #require(try await admitted(scene, good, .v1_3))
        #expect(notes.peerSubject == nil)
    }
}
