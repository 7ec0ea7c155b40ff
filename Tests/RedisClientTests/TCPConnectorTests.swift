import EngineNet
import RedisClient
import Synchronization
import TestSupport
import Testing

@Suite("Connecting to a server")
struct TCPConnectorTests {
    /// Connects and gives what came of it, as text: `connected`, or the error.
    private func outcome(_ endpoint: Endpoint, on loop: EventLoop, timeout: Duration = .seconds(5)) async
        -> String
    {
        await withCheckedContinuation { continuation in
            loop.execute {
                var isInsideStart = true
                _ = TCPConnector.start(endpoint, on: loop, timeout: timeout) { result in
                    #expect(!isInsideStart)
                    #expect(loop.isCurrent)
                    switch result {
                    case .success(let connection):
                        #expect(connection.isOpen)
                        connection.close()
                        continuation.resume(returning: "connected")
                    case .failure(let error): continuation.resume(returning: error.description)
                    }
                }
                isInsideStart = false
            }
        }
    }

    @Test func `numeric addresses, names and Unix sockets are reached`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            #expect(await outcome(.tcp(host: "127.0.0.1", port: server.port), on: loop) == "connected")
            #expect(await outcome(.tcp(host: "localhost", port: server.port), on: loop) == "connected")
            #expect(await outcome(.unix(path: server.unixSocket), on: loop) == "connected")
        }
    }

    @Test func `where nobody listens the error says so`() async throws {
        let server = try RedisServerProcess()
        try await withLoop { loop async throws in
            let port = server.port
            for host in ["127.0.0.1", "localhost"] {
                #expect(
                    await outcome(.tcp(host: host, port: port), on: loop)
                        == "cannot connect to \(host):\(port): connection refused")
            }
            let path = server.unixSocket
            #expect(
                await outcome(.unix(path: path), on: loop)
                    == "cannot connect to unix://\(path): no such file or directory")
        }
    }

    @Test func `a path that is no Unix socket's is refused`() async throws {
        try await withLoop { loop async throws in
            let long = "/" + String(repeating: "x", count: 200)
            for path in ["", long] {
                #expect(await outcome(.unix(path: path), on: loop).hasSuffix("is too long or empty"))
            }
        }
    }

    @Test func `a name that nobody has is an error`() async throws {
        try await withLoop { loop async throws in
            let text = await outcome(
                .tcp(host: "no-such-host.invalid", port: 1), on: loop, timeout: .seconds(20))
            #expect(text.hasPrefix("cannot "))
            #expect(text.contains("no-such-host.invalid"))
            let long = String(repeating: "x", count: 2_000)
            #expect(await outcome(.tcp(host: long, port: 1), on: loop).hasSuffix("no such host name"))
        }
    }

    @Test func `no time at all is a timeout`() async throws {
        try await withLoop { loop async throws in
            // An address of the documentation range, which answers nothing, or the network says no at once.
            let text = await outcome(.tcp(host: "192.0.2.1", port: 9), on: loop, timeout: .milliseconds(30))
            #expect(text.hasPrefix("cannot connect to 192.0.2.1:9: "))
        }
    }

    @Test func `after cancel nothing is called, and the loop has nothing left to wait for`() async throws {
        let server = try await RedisServerProcess.started()
        let calls = Record<String>()
        try await withLoop { loop async throws in
            for host in ["127.0.0.1", "localhost", "192.0.2.1"] {
                loop.execute {
                    let connector = TCPConnector.start(
                        .tcp(host: host, port: server.port), on: loop, timeout: .seconds(60)
                    ) { _ in calls.append(host) }
                    connector.cancel()
                    connector.cancel()
                }
            }
            #expect(await outcome(.tcp(host: "127.0.0.1", port: server.port), on: loop) == "connected")
            let timers = await withCheckedContinuation { continuation in
                loop.execute { continuation.resume(returning: loop.armedTimers) }
            }
            #expect(timers == 0)
        }
        #expect(calls.all.isEmpty)
    }

    @Test func `a loop that ends is not held up by an attempt`() async throws {
        let calls = Record<String>()
        try await withLoop { loop async throws in
            loop.execute {
                _ = TCPConnector.start(.tcp(host: "192.0.2.1", port: 9), on: loop, timeout: .seconds(60)) {
                    _ in
                    calls.append("called")
                }
            }
        }
        #expect(await eventually { calls.all.count <= 1 })
    }
}
