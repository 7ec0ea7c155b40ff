package import Foundation
import Synchronization

/// A real Postgres for tests: a cluster of its own in a temporary folder, gone with the object.
///
/// It runs under a shell that waits for the end of its own input, so it also ends when the tests crash. Postgres
/// refuses to run as root: then it runs as the user `postgres` or `nobody`.
package final class PostgresServer: Sendable {
    package struct NotStarted: Error, CustomStringConvertible {
        package let description: String
    }

    /// How to end it.
    package enum Ending: String, Sendable {
        /// Statements are broken off and clients told.
        case fast = "INT"
        /// As a crash would: nobody is told, and the next start recovers.
        case immediate = "QUIT"
    }

    private struct Running {
        var shell: pid_t
        var server: pid_t
        /// The shell's input: the signal to end the server with; its end means to remove the folder as well.
        var input: Int32
    }

    /// The one that tests share, each with a database of its own. It ends with the process.
    private static let shared = Task { () async throws in
        let server = try PostgresServer()
        try await server.run("initdb", initArguments(server.template))
        try await server.setUp(from: server.template)
        try await server.start()
        return server
    }

    package let port: Int
    package let folder: URL
    private let running = Mutex<Running?>(nil)

    private init() throws {
        // Below the range from which the kernel takes ports for outgoing connections.
        port = Int.random(in: 15_000..<32_000)
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("postgres-test-\(port)-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if let user = PostgresPrograms.user { unsafe chown(folder.path, user.id, user.group) }
    }

    deinit {
        stop(.immediate)
        try? FileManager.default.removeItem(at: folder)
    }

    /// The one that tests share.
    package static func common() async throws -> PostgresServer { try await shared.value }

    /// One that a test may stop and freeze.
    package static func started() async throws -> PostgresServer {
        let template = try await common().template
        for _ in 0..<20 {
            let server = try PostgresServer()
            try await server.setUp(from: template)
            do {
                try await server.start()
                return server
            } catch is PortTaken {
                continue
            }
        }
        throw NotStarted(description: "20 random ports are all taken")
    }

    /// A new database, as libpq takes it.
    package func freshDatabase() async throws -> String {
        let name = "t\(UInt64.random(in: 0 ... .max))"
        let answer = try await psql("CREATE DATABASE \(name)")
        guard answer.isEmpty else { throw NotStarted(description: answer) }
        return conninfo(database: name)
    }

    package func conninfo(database: String = "postgres", host: String = "127.0.0.1") -> String {
        "postgresql://postgres:secret@\(host):\(port)/\(database)"
    }

    /// Runs a statement through psql.
    /// - Returns: what it prints: a row a line, columns with bars between them.
    @discardableResult
    package func psql(_ sql: String, database: String = "postgres") async throws -> String {
        try await ChildProcess.output(
            of: [try PostgresPrograms.path("psql"), "-qAtX", "-d", conninfo(database: database), "-c", sql])
    }

    // MARK: Starting and stopping

    private struct PortTaken: Error {}

    private var template: URL { folder.appendingPathComponent("template") }
    private var data: URL { folder.appendingPathComponent("data") }

    private static func initArguments(_ target: URL) -> [String] {
        [
            "-D", target.path, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync",
            "--wal-segsize=1",
        ]
    }

    private func setUp(from template: URL) async throws {
        let answer = try await ChildProcess.output(
            of: PostgresPrograms.prefix + ["cp", "-R", template.path, data.path])
        guard answer.isEmpty else { throw NotStarted(description: answer) }
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let output = try await ChildProcess.output(
            of: PostgresPrograms.prefix + [try PostgresPrograms.path(program)] + arguments)
        guard output.contains("Success") else { throw NotStarted(description: output) }
    }

    /// Starts it, or starts it again, and waits until it takes connections.
    package func start() async throws {
        let log = folder.appendingPathComponent("log-\(UInt32.random(in: 0 ... .max))")
        let settings = [
            // Tests run side by side, each with some connections.
            "max_connections=500",
            "listen_addresses=127.0.0.1", "fsync=off", "shared_buffers=16MB",
            "unix_socket_directories=\(folder.path)",
        ]
        let arguments =
            PostgresPrograms.prefix + [
                try PostgresPrograms.path("postgres"), "-D", data.path, "-p", "\(port)",
            ]
            + settings.flatMap { ["-c", $0] }
        let script =
            "log=$1; folder=$2; shift 2; trap 'kill -CONT $!; kill -QUIT $!' TERM INT HUP; "
            + "\"$@\" >\"$log\" 2>&1 & echo $!; if read signal; then kill -$signal $!; wait $!; "
            + "else kill -CONT $!; kill -QUIT $!; wait $!; rm -rf \"$folder\"; fi"
        let (mine, theirs) = try ChildProcess.pair()
        let shell = try ChildProcess.start(
            ["sh", "-c", script, "sh", log.path, folder.path] + arguments, input: theirs, output: theirs)
        close(theirs)
        let line = ChildProcess.read(from: mine) { $0.contains(UInt8(ascii: "\n")) }
        guard let server = pid_t(line) else {
            throw NotStarted(description: "the shell did not tell the server's process id")
        }
        running.withLock { $0 = Running(shell: shell, server: server, input: mine) }
        let text = { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
        _ = await eventually(within: .seconds(60)) {
            text().contains("ready to accept connections") || text().contains("FATAL:  could not")
        }
        if text().contains("ready to accept connections") { return }
        stop(.immediate)
        if text().contains("Address already in use") { throw PortTaken() }
        throw NotStarted(description: "postgres does not start:\n\(text())")
    }

    /// Ends it and waits for the end.
    package func stop(_ ending: Ending) {
        let old: Running? = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let old else { return }
        let line = Array("\(ending.rawValue)\n".utf8)
        _ = unsafe write(old.input, line, line.count)
        ChildProcess.wait(for: old.shell)
        close(old.input)
    }

    // MARK: Freezing

    /// Lets it stand still, with all its processes: connections stay, nothing is answered.
    package func freeze() async throws {
        guard let server = running.withLock({ $0?.server }) else { return }
        kill(server, SIGSTOP)
        for child in try await children(of: server) { kill(child, SIGSTOP) }
    }

    /// Lets it go on.
    package func thaw() async throws {
        guard let server = running.withLock({ $0?.server }) else { return }
        for child in try await children(of: server) { kill(child, SIGCONT) }
        kill(server, SIGCONT)
    }

    private func children(of server: pid_t) async throws -> [pid_t] {
        try await ChildProcess.output(of: ["pgrep", "-P", "\(server)"])
            .split(separator: "\n").compactMap { pid_t($0) }
    }
}

/// Where Postgres' programs are, and who may run them.
private enum PostgresPrograms {
    /// Who runs them when we are root.
    static let user: (id: uid_t, group: gid_t)? = {
        guard geteuid() == 0 else { return nil }
        for name in ["postgres", "nobody"] {
            if let entry = unsafe getpwnam(name) {
                return unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
            }
        }
        return nil
    }()

    /// What makes a command line another user's.
    static var prefix: [String] {
        guard let user else { return [] }
        return ["setpriv", "--reuid=\(user.id)", "--regid=\(user.group)", "--clear-groups", "--"]
    }

    static func path(_ program: String) throws -> String {
        for folder in folders {
            let path = folder + "/" + program
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw PostgresServer.NotStarted(description: "there is no \(program); install PostgreSQL")
    }

    /// Debian has a folder for each version, and Homebrew may keep them off the path.
    private static let folders: [String] = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let homes = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        let installed = homes.flatMap { home in
            ((try? FileManager.default.contentsOfDirectory(atPath: home)) ?? [])
                .filter { home.hasPrefix("/usr/lib") || $0.hasPrefix("postgresql") }
                .sorted { $0.compare($1, options: .numeric) == .orderedDescending }
                .map { "\(home)/\($0)/bin" }
        }
        return installed + path.split(separator: ":").map(String.init)
    }()
}
