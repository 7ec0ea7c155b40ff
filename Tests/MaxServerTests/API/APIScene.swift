import Database
import EngineNet
import PostgresClient
import SQLiteClient
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

/// Which database a test runs on: all of them must do the same.
enum StoreKind: String, CaseIterable, Sendable {
    case memory, postgres
}

/// The REST interface over a database of its own.
struct APIScene: Sendable {
    let database: any Database
    let port: Int

    /// Gives `test` the interface on a port of its own, and takes both down afterwards.
    static func run(_ kind: StoreKind = .memory, _ test: (APIScene) async throws -> Void) async throws {
        var settings = try Settings(environment: [:])
        switch kind {
        case .memory: settings.database = .memory
        case .postgres:
            let server = try await PostgresServer.common()
            settings.database = try DatabaseURL(await server.freshDatabase())
            settings.migratesAtStart = true
        }
        let log = Log("test", level: .error)
        let io = SocketServer(options: SocketOptions())
        let loop = io.engine.http.group.loops[0]
        let database = try await Store.open(settings, on: loop, log: log)
        io.serve(Features(database: database, io: io, log: log).adding(to: HTTPRoutes()))
        let port = try io.listen(host: "127.0.0.1", port: 0).port
        let result = await Result { try await test(APIScene(database: database, port: port)) }
        await io.close()
        await database.close()
        try result.get()
    }

    // MARK: Requests

    /// What a request is answered: its status, and the envelope's `data` or `error`.
    struct Answer {
        var response: HTTPTestResponse
        var body: JSONValue

        var status: Int { response.status }
        var data: JSONValue { body["data"] ?? .null }
        var code: String? { body["error"]?["code"]?.stringValue }
        /// Field and rule of each fault.
        var faults: [String] {
            (body["error"]?["fields"]?.arrayValue ?? []).map {
                "\($0["field"]?.stringValue ?? "") \($0["rule"]?.stringValue ?? "")"
            }
        }
    }

    func send(
        _ method: String, _ target: String, _ body: JSONValue? = nil, fields: [String] = []
    ) async throws -> Answer {
        let http = try await HTTPTestClient.connect(port: port)
        defer { http.close() }
        let bytes = body.map { Array($0.description.utf8) }
        let response = try await http.request(method, target, fields: fields, body: bytes)
        let isEmpty = response.text.isEmpty
        let json = isEmpty ? .null : try JSONValue(parsing: Array(response.text.utf8))
        // The envelope says the same as the status.
        if !isEmpty { #expect(json["success"]?.boolValue == (response.status < 400)) }
        return Answer(response: response, body: json)
    }

    func get(_ target: String) async throws -> Answer { try await send("GET", target) }
    func post(_ target: String, _ body: JSONValue) async throws -> Answer {
        try await send("POST", target, body)
    }
}
