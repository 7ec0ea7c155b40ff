import EngineNet
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct `TLS configuration` {
    let files: TestTLSFiles
    let configuration: TLSConfiguration

    init() throws {
        files = try TestTLSFiles("first")
        configuration = TLSConfiguration(certificateChain: files.chain, privateKey: files.key)
    }

    private func problem(_ change: (inout TLSConfiguration) -> Void = { _ in }) -> TLSError? {
        var changed = configuration
        change(&changed)
        do throws(TLSError) { _ = try TLSContext(changed) } catch { return error }
        return nil
    }

    @Test func `good files are taken`() { #expect(problem() == nil) }

    @Test func `a file that is missing is named`() {
        let chain = problem { $0.certificateChain = "/nowhere/chain.pem" }
        #expect(chain?.file == "the certificate chain '/nowhere/chain.pem'")
        #expect(chain?.problem == "no such file or directory")
        let key = problem { $0.privateKey = "/nowhere/key.pem" }
        #expect(key?.file == "the private key '/nowhere/key.pem'")
        #expect(key?.problem == "no such file or directory")
    }

    @Test func `what is not PEM is named`() throws {
        try files.write("hello", to: files.authorities)
        let chain = problem { $0.certificateChain = files.authorities }
        #expect(chain?.problem == "no start line")
        #expect(chain?.advice.contains("-----BEGIN CERTIFICATE-----") == true)
        let key = problem { $0.privateKey = files.authorities }
        #expect(key?.file == "the private key '\(files.authorities)'")
        #expect(key?.advice.contains("-----BEGIN PRIVATE KEY-----") == true)
    }

    @Test func `a key of another certificate is refused`() throws {
        try files.write(TestCertificate("other").keyPEM(), to: files.key)
        #expect(problem()?.problem.contains("does not match the certificate") == true)
        #expect(problem()?.file == "the private key '\(files.key)'")
    }

    @Test func `a key with a pass phrase is refused without asking for it`() throws {
        try files.write(TestCertificate("other").keyPEM(passPhrase: "secret"), to: files.key)
        #expect(problem()?.advice.contains("without a pass phrase") == true)
    }

    @Test(arguments: [TLSConfiguration.ClientCertificates.optional, .required])
    func `asking clients needs their authorities`(asking: TLSConfiguration.ClientCertificates) throws {
        let missing = problem { $0.clientCertificates = asking }
        #expect(missing?.file == "the client authorities")
        let empty = problem {
            $0.clientCertificates = asking
            $0.clientAuthorities = files.key
        }
        #expect(empty?.file == "the client authorities '\(files.key)'")
        try files.write(TestCertificate("authority", isAuthority: true).pem, to: files.authorities)
        let good = problem {
            $0.clientCertificates = asking
            $0.clientAuthorities = files.authorities
        }
        #expect(good == nil)
    }

    @Test func `an error reads as a sentence with advice`() {
        let error = TLSError(file: "the private key 'k'", problem: "no start line", advice: "Make it PEM.")
        #expect("\(error)" == "cannot use the private key 'k': no start line. Make it PEM.")
    }
}

@Suite(.timeLimit(.minutes(5))) struct `Reloading TLS files` {
    private let files: TestTLSFiles
    private let scene: TLSScene

    init() throws {
        files = try TestTLSFiles("first")
        scene = try TLSScene(TLSConfiguration(certificateChain: files.chain, privateKey: files.key))
    }

    private func subject(_ client: TCPTestClient) -> String? { client.tls { $0.serverSubject } }

    @Test func `gives new connections the new certificate, and leaves running ones alone`() async throws {
        let (old, _) = try await scene.connect()
        try files.use(TestCertificate("second"))
        try scene.context.reload()
        let (new, _) = try await scene.connect()
        #expect(subject(old) == "/CN=first")
        #expect(subject(new) == "/CN=second")
        for client in [old, new] {
            try await client.send("still here")
            #expect(try await client.receive(text: "still here"))
        }
    }

    @Test func `keeps the old certificate when the new files are bad`() async throws {
        try files.write("broken", to: files.chain)
        #expect(throws: TLSError.self) { try scene.context.reload() }
        #expect(subject(try await scene.connect().0) == "/CN=first")
        try files.use(TestCertificate("third"))
        try scene.context.reload()
        #expect(subject(try await scene.connect().0) == "/CN=third")
    }

    @Test func `happens on SIGHUP, which reports how it went`() async throws {
        let reports = Mutex<[TLSError?]>([])
        let loop = scene.group.loops[0]
        scene.context.reloadOnHangup(loop: loop) { report in reports.withLock { $0.append(report) } }
        // Once a connection of the loop works, the signal is watched.
        _ = try await scene.connect()
        try files.use(TestCertificate("second"))
        kill(getpid(), SIGHUP)
        #expect(await eventually { reports.withLock { $0.count == 1 } })
        #expect(subject(try await scene.connect().0) == "/CN=second")
        try files.remove(files.key)
        kill(getpid(), SIGHUP)
        #expect(await eventually { reports.withLock { $0.count == 2 } })
        #expect(reports.withLock { $0[0] } == nil)
        #expect(reports.withLock { $0[1]?.file } == "the private key '\(files.key)'")
    }
}
