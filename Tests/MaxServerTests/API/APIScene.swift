import Database
import EngineNet
import PostgresClient
import SQLiteClient
import SocketIO
import Synchronization
import TestSupport
import Testing

@testable import MaxServer

/// Which database a test runs on: all of them must do the same.
enum StoreKind: String, CaseIterable, Sendable {
    case memory, postgres
}

/// The REST interface over a database of its own, with a bus that brings to Socket.IO clients what is published.
struct APIScene: Sendable {
    let database: any Database
    let bus: any Bus
    let ingress: Ingress
    let port: Int

    /// Gives `test` the interface on a port of its own, and takes both down afterwards.
    /// - Parameter cors: which pages of other origins are listed; nil for none.
    static func run(
        _ kind: StoreKind = .memory, bus: any Bus = InProcessBus(), cors: CORSPolicy? = nil,
        _ test: (APIScene) async throws -> Void
    ) async throws {
        try await withServerPlace { try await serve(kind, bus, cors, test) }
    }

    private static func serve(
        _ kind: StoreKind, _ bus: any Bus, _ cors: CORSPolicy?, _ test: (APIScene) async throws -> Void
    ) async throws {
        var settings = try Settings(environment: [:])
        switch kind {
        case .memory: settings.database = .memory
        case .postgres:
            let server = try await PostgresServer.common()
            settings.database = try DatabaseURL(await server.freshDatabase())
            settings.migratesAtStart = true
        }
        let log = Log("test", level: .error)
        var options = SocketOptions.test()
        options.engine.cors = cors
        let io = SocketServer(options: options)
        let loop = io.engine.http.group.loops[0]
        let database = try await Store.open(settings, on: loop, log: log)
        let ingress = Ingress(routes: ChannelRoute.builtIn, io: io, log: log)
        io.onConnection { ingress.topics.join($0, ChannelRoute.firehose) }
        let features = Features(
            database: database, bus: bus, channels: ingress.routes, io: io, log: log, rooms: ingress.logs)
        io.serve(features.adding(to: HTTPRoutes()))
        ingress.start(bus)
        let port = try io.listen(host: "127.0.0.1", port: 0).port
        let result = await Result {
            try await test(APIScene(database: database, bus: bus, ingress: ingress, port: port))
        }
        bus.stop()
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
        /// The ids of a list.
        var ids: [String] { (data.arrayValue ?? []).map { $0["id"]?.stringValue ?? "" } }
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
    func patch(_ target: String, _ body: JSONValue) async throws -> Answer {
        try await send("PATCH", target, body)
    }
    func delete(_ target: String) async throws -> Answer { try await send("DELETE", target) }

    /// The ids of a list, page by page.
    func pages(_ target: String) async throws -> [[String]] {
        var pages: [[String]] = []
        var next: String?
        repeat {
            let page = try await get(target + (next.map { "&after=\($0)" } ?? ""))
            pages.append(page.ids)
            next = page.body["next"]?.stringValue
        } while next != nil && pages.count < 100
        return pages
    }
}

/// A bus that cannot be reached.
struct DownBus: Bus {
    struct Down: Error {}

    func start(channels: [String], patterns: [String], receive: @escaping @Sendable (BusMessage) -> Void) {}
    func stop() {}
    func publish(_ message: BusMessage) async throws { throw Down() }
    var health: BusHealth { BusHealth(status: .down) }
    var counts: BusCounts { BusCounts() }
}

/// A bus that can be reached now and then.
final class FlakyBus: Bus {
    private let down = Atomic<Bool>(false)
    private let count = Atomic<Int>(0)

    var isDown: Bool {
        get { down.load(ordering: .relaxed) }
        set { down.store(newValue, ordering: .relaxed) }
    }

    /// How many messages it has taken.
    var published: Int { count.load(ordering: .relaxed) }

    func start(channels: [String], patterns: [String], receive: @escaping @Sendable (BusMessage) -> Void) {}
    func stop() {}
    func publish(_ message: BusMessage) async throws {
        if isDown { throw DownBus.Down() }
        count.add(1, ordering: .relaxed)
    }
    var health: BusHealth { BusHealth(status: .ok) }
    var counts: BusCounts { BusCounts() }
}
