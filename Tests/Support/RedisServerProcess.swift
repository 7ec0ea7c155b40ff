package import Foundation
import Synchronization

/// A real redis-server for one test: a port of its own, nothing written to disk, gone with the object.
///
/// It runs under a shell that waits for the end of its own input, so it also ends when the tests crash.
package final class RedisServerProcess: Sendable {
    package struct NotStarted: Error, CustomStringConvertible {
        package let description: String
    }

    private struct Running {
        var shell: pid_t
        var server: pid_t
        /// The shell's input; it ends the server when this is closed.
        var input: Int32
    }

    package let port: Int
    package let password: String?
    package let folder: URL
    private let options: [String]
    private let running = Mutex<Running?>(nil)

    /// A server that is not started yet.
    /// - Parameter options: more of redis-server's command line.
    package init(password: String? = nil, options: [String] = []) throws {
        // Below the range from which the kernel takes ports for outgoing connections.
        port = Int.random(in: 15_000..<32_000)
        self.password = password
        self.options = options
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("redis-test-\(port)-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// A server that runs and answers.
    package static func started(password: String? = nil, options: [String] = []) async throws
        -> RedisServerProcess
    {
        for _ in 0..<20 {
            let server = try RedisServerProcess(password: password, options: options)
            do {
                try await server.start()
                return server
            } catch is PortTaken {
                continue
            }
        }
        throw NotStarted(description: "20 random ports are all taken")
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Where it listens without a network.
    package var unixSocket: String { folder.appendingPathComponent("redis.sock").path }

    private struct PortTaken: Error {}

    /// Starts it, or starts it again on the same port, and waits until it takes connections.
    package func start() async throws {
        let log = folder.appendingPathComponent("redis-\(UInt32.random(in: 0 ... .max)).log")
        let arguments =
            [
                "--port", String(port), "--bind", "127.0.0.1", "-::1", "--save", "", "--appendonly", "no",
                "--dir", folder.path, "--logfile", log.path, "--unixsocket", unixSocket,
            ] + (password.map { ["--requirepass", $0] } ?? []) + options
        // A frozen server does not hear the signals that end a whole group of processes; the shell does.
        let script =
            "trap 'kill -9 $!' TERM INT HUP; redis-server \"$@\" >/dev/null 2>&1 & echo $!; "
            + "read line; kill -9 $!; wait"
        let (mine, theirs) = try ChildProcess.pair()
        let shell = try ChildProcess.start(
            ["sh", "-c", script, "sh"] + arguments, input: theirs, output: theirs)
        close(theirs)
        let line = ChildProcess.read(from: mine) { $0.contains(UInt8(ascii: "\n")) }
        guard let server = pid_t(line) else {
            throw NotStarted(description: "the shell did not tell the server's process id")
        }
        running.withLock { $0 = Running(shell: shell, server: server, input: mine) }
        let text = { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
        _ = await eventually {
            text().contains("eady to accept connections") || text().contains("Failed listening")
        }
        if text().contains("eady to accept connections") { return }
        stop()
        if text().contains("Address already in use") { throw PortTaken() }
        throw NotStarted(description: "redis-server does not start:\n\(text())")
    }

    /// Ends it at once, as a crash would.
    package func stop() {
        let old: Running? = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let old else { return }
        kill(old.server, SIGKILL)
        close(old.input)
        ChildProcess.wait(for: old.shell)
    }

    /// Lets it stand still: connections stay, nothing is answered.
    package func freeze() { signal(SIGSTOP) }

    /// Lets it go on.
    package func thaw() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        running.withLock { if let server = $0?.server { _ = kill(server, number) } }
    }

    /// Runs a command through redis-cli.
    /// - Returns: what it prints.
    @discardableResult
    package func cli(_ arguments: String...) async throws -> String {
        try await ChildProcess.output(
            of: ["redis-cli", "-p", String(port)]
                + (password.map { ["--no-auth-warning", "-a", $0] } ?? []) + arguments)
    }
}
