package import Foundation
import Synchronization

/// A real redis-server for one test: a port of its own, nothing written to disk, gone with the object.
///
/// It runs under a shell that waits for the end of its own input: so it also ends when the tests crash.
package final class RedisServerProcess: Sendable {
    package struct NotStarted: Error, CustomStringConvertible {
        package let description: String
    }

    private struct Running {
        var shell: Process
        var input: Pipe
        var server: pid_t
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
        let shell = Process()
        let input = Pipe()
        let output = Pipe()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments =
            ["-c", "redis-server \"$@\" >/dev/null 2>&1 & echo $!; read line; kill -9 $!", "redis"] + [
                "--port", String(port), "--bind", "127.0.0.1", "-::1", "--save", "", "--appendonly", "no",
                "--dir", folder.path, "--logfile", log.path, "--unixsocket", unixSocket,
            ] + (password.map { ["--requirepass", $0] } ?? []) + options
        shell.standardInput = input
        shell.standardOutput = output
        try shell.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let server = pid_t(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw NotStarted(description: "the shell did not tell the server's process id")
        }
        running.withLock { $0 = Running(shell: shell, input: input, server: server) }
        let text = { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
        let isReady = await eventually {
            text().contains("eady to accept connections") || kill(server, 0) != 0
                || text().contains("Failed listening")
        }
        if text().contains("Address already in use") {
            stop()
            throw PortTaken()
        }
        guard isReady, text().contains("eady to accept connections") else {
            stop()
            throw NotStarted(description: "redis-server does not start:\n\(text())")
        }
    }

    /// Ends it at once, as a crash would.
    package func stop() {
        guard let old = running.withLock({ exchange(&$0, with: nil) }) else { return }
        kill(old.server, SIGKILL)
        try? old.input.fileHandleForWriting.close()
        old.shell.waitUntilExit()
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
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["redis-cli", "-p", String(port)]
            + (password.map { ["--no-auth-warning", "-a", $0] } ?? []) + arguments
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume() }
        }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

private func exchange<Value>(_ value: inout Value, with new: Value) -> Value {
    let old = value
    value = new
    return old
}
