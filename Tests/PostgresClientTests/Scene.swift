import Database
import EngineNet
import Foundation
import PostgresClient
import TestSupport

/// A database of its own on the server that tests share, and a client of it.
struct Scene: Sendable {
    let server: PostgresServer
    let conninfo: String
    let loop: EventLoop
    let database: PostgresDatabase

    /// Another client of the same database.
    func client(
        _ change: (inout PostgresOptions) -> Void = { _ in },
        onState: @escaping @Sendable (PostgresState) -> Void = { _ in }
    ) throws -> PostgresDatabase {
        var options = PostgresOptions.patient(conninfo)
        change(&options)
        return try PostgresDatabase(options, on: loop, onState: onState)
    }

    /// What the database is called.
    var name: String { String(conninfo.split(separator: "/").last ?? "") }

    /// Runs statements without the driver.
    @discardableResult
    func psql(_ sql: String) async throws -> String {
        try await server.psql(sql, database: name)
    }
}

extension PostgresOptions {
    /// Waits longer than a busy machine may take; only tests that are about a wait shorten it.
    static func patient(_ conninfo: String) -> PostgresOptions {
        var options = PostgresOptions(conninfo: conninfo)
        options.timing.connectTimeout = .seconds(120)
        options.timing.answerTimeout = .seconds(120)
        options.timing.statementTimeout = nil
        options.timing.queueTimeout = .seconds(120)
        options.timing.firstRetry = .milliseconds(10)
        options.timing.slowestRetry = .milliseconds(100)
        return options
    }
}

/// Gives `body` a database of its own and a client of it, which ends with its loop.
/// - Parameter own: a server that the test stops or freezes; otherwise the one that tests share.
func withScene(
    on own: PostgresServer? = nil, _ change: (inout PostgresOptions) -> Void = { _ in },
    _ body: (Scene) async throws -> Void
) async throws {
    // Hundreds of clients at once would be more than the server takes.
    try await withServerPlace {
        let server: PostgresServer
        if let own { server = own } else { server = try await .common() }
        let conninfo = try await server.freshDatabase()
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        var options = PostgresOptions.patient(conninfo)
        change(&options)
        let database = try PostgresDatabase(options, on: group.loops[0])
        try await body(Scene(server: server, conninfo: conninfo, loop: group.loops[0], database: database))
    }
}

/// What `body` throws; nil when it throws nothing.
func refusal(_ body: () async throws(SQLError) -> Void) async -> SQLError? {
    do {
        try await body()
        return nil
    } catch {
        return error
    }
}

extension PostgresDatabase {
    /// One value of a statement that reads.
    func value(_ sql: String, _ values: [SQLValue] = []) async throws(SQLError) -> SQLValue? {
        try await read(SQLCommand(sql, values)).values.first
    }
}
