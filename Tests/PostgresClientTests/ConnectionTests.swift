import Database
import EngineNet
import Foundation
import PostgresClient
import TestSupport
import Testing

@Suite("Ways to a server of Postgres", .timeLimit(.minutes(5)))
struct ConnectionTests {
    /// The answer of a server that is reached this way.
    private func ask(_ conninfo: String, _ sql: String = "SELECT 1") async throws -> SQLValue? {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let database = try PostgresDatabase(.patient(conninfo), on: group.loops[0])
        return try await database.value(sql)
    }

    @Test func `a name is looked up`() async throws {
        let server = try await PostgresServer.common()
        #expect(try await ask(server.conninfo(host: "localhost")) == 1)
    }

    @Test func `a Unix socket is a folder`() async throws {
        let server = try await PostgresServer.common()
        let conninfo = "host=\(server.folder.path) port=\(server.port) user=postgres dbname=postgres"
        #expect(try await ask(conninfo, "SELECT (inet_client_addr() IS NULL)") == true)
    }

    @Test func `of several hosts one that answers is enough`() async throws {
        let server = try await PostgresServer.common()
        let hosts = "no-such-host.invalid,127.0.0.1:1,localhost:\(server.port)"
        #expect(try await ask("postgresql://postgres@\(hosts)/postgres") == 1)
    }

    @Test func `a host that says nothing does not keep us from the next`() async throws {
        let server = try await PostgresServer.common()
        let silent = try SilentListener()
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        var options = PostgresOptions.patient(
            "postgresql://postgres@127.0.0.1:\(silent.port),127.0.0.1:\(server.port)/postgres")
        options.timing.connectTimeout = .seconds(1)
        let database = try PostgresDatabase(options, on: group.loops[0])
        #expect(try await database.value("SELECT 1") == 1)
    }

    @Test func `a server that only follows is none to write to`() async throws {
        let server = try await PostgresServer.common()
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let states = Journal<PostgresState>()
        let conninfo = server.conninfo() + "?options=-c%20default_transaction_read_only%3Don"
        let database = try PostgresDatabase(.patient(conninfo), on: group.loops[0]) { states.append($0) }
        guard case .down(let reason) = await states.waitFor(1).first else {
            Issue.record("\(states.all)")
            return
        }
        #expect(reason.contains("read-only"))
        #expect(try await database.value("SELECT 1") == 1)
    }

    @Test func `whoever asks for a server that writes can read there as well`() async throws {
        let server = try await PostgresServer.common()
        #expect(try await ask(server.conninfo() + "?target_session_attrs=read-write") == 1)
    }

    @Test func `the session is as it is described`() async throws {
        let server = try await PostgresServer.common()
        let conninfo = server.conninfo() + "?options=-c%20geqo%3Doff"
        let sql = """
            SELECT concat_ws(' ', current_setting('application_name'), current_setting('client_encoding'),
                current_setting('timezone'), current_setting('default_transaction_read_only'),
                current_setting('geqo'))
            """
        #expect(try await ask(conninfo, sql) == "maxserver UTF8 UTC on off")
        #expect(try await ask(conninfo + "&application_name=mine", "SHOW application_name") == "mine")
    }

    @Test(arguments: [
        ("postgresql://postgres@127.0.0.1:PORT/no_such_database", "no_such_database"),
        ("postgresql://nobody_here@127.0.0.1:PORT/postgres", "nobody_here"),
        ("postgresql://postgres@no-such-host.invalid:PORT/postgres", "no-such-host.invalid"),
        ("postgresql://postgres@127.0.0.1:PORT/postgres?sslmode=require", "SSL"),
    ]) func `a server that refuses us says why`(conninfo: String, reason: String) async throws {
        let server = try await PostgresServer.common()
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let conninfo = conninfo.split(separator: "PORT", maxSplits: 1).joined(separator: String(server.port))
        let states = Journal<PostgresState>()
        let database = try PostgresDatabase(.patient(conninfo), on: group.loops[0]) { states.append($0) }
        guard case .down(let found) = await states.waitFor(1).first else {
            Issue.record("\(states.all)")
            return
        }
        #expect(found.contains(reason))
        #expect(database.status.reason?.contains(reason) == true)
    }

    @Test(arguments: [
        "", "nonsense", "postgresql://h?nope=1", "host=a bad", "mysql://a", "postgresql://a\0b",
    ])
    func `what libpq does not understand is no connection, and is not repeated`(text: String) throws {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        guard !text.isEmpty else {
            // All defaults, as libpq has it.
            _ = try PostgresDatabase(PostgresOptions(conninfo: text), on: group.loops[0])
            return
        }
        let error = #expect(throws: ConnectionSettings.NotUnderstood.self) {
            try PostgresDatabase(PostgresOptions(conninfo: text), on: group.loops[0])
        }
        #expect(error?.description.contains(text) == false)
    }
}
