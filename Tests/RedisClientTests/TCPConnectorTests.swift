import EngineNet
import RedisClient
import Synchronization
import TestSupport
import Testing

@Suite("Connecting to a server", .timeLimit(.minutes(5)))
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

    /// A server that has stopped accepting, with room for one or two connections: more get no answer.
    private func fullServer() async throws -> RedisServerProcess {
        let server = try await RedisServerProcess.started(options: ["--tcp-backlog", "1"])
        server.freeze()
        return server
    }

    @Test func `a server that does not answer is given up after the timeout`() async throws {
        let server = try await fullServer()
        let endpoint = Endpoint.tcp(host: "127.0.0.1", port: server.port)
        try await withLoop { loop async throws in
            let outcomes = Record<String>()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        outcomes.append(await outcome(endpoint, on: loop, timeout: .milliseconds(200)))
                    }
                }
            }
            #expect(Set(outcomes.all) == ["connected", "cannot connect to \(endpoint): no answer in time"])
        }
    }

    @Test func `after cancel nothing is called, and the loop has nothing left to wait for`() async throws {
        let server = try await RedisServerProcess.started()
        let calls = Record<String>()
        try await withLoop { loop async throws in
            for host in ["127.0.0.1", "localhost", "no-such-host.invalid"] {
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

    @Test func `a loop that ends is not held up by attempts, which fail`() async throws {
        let server = try await fullServer()
        let endpoint = Endpoint.tcp(host: "127.0.0.1", port: server.port)
        let outcomes = Record<String>()
        try await withLoop { loop async throws in
            loop.execute {
                for _ in 0..<6 {
                    _ = TCPConnector.start(endpoint, on: loop, timeout: .seconds(60)) { result in
                        switch result {
                        case .success(let connection):
                            connection.close()
                            outcomes.append("connected")
                        case .failure(let error): outcomes.append(error.description)
                        }
                    }
                }
            }
        }
        #expect(outcomes.all.count == 6)
        #expect(outcomes.all.contains("cannot connect to \(endpoint): the event loop ends"))
    }
}
