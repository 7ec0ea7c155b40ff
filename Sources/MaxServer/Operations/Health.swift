import Database
import SocketIO

/// `GET /health`: whether the server serves, and how what it depends on stands.
struct Health: Sendable {
    static let version = "0.1.0"
    /// How long the database may take to answer. Who asks for health gives up after two seconds, or soon after.
    private static let patience = Duration.milliseconds(1_500)

    let io: SocketServer
    let bus: any Bus
    let database: any Database
    let ingress: Ingress
    private let started = ContinuousClock.now

    init(io: SocketServer, bus: any Bus, database: any Database, ingress: Ingress) {
        self.io = io
        self.bus = bus
        self.database = database
        self.ingress = ingress
    }

    /// 200 as long as the server serves, and without asking anybody: a lost Redis degrades it, but clients and load balancers must not go away.
    func overall() async -> HTTPResponse {
        let health = bus.health
        let stored = database.status
        let counts = ingress.counts
        let uptime = (ContinuousClock.now - started).components
        let body: JSONValue = [
            "status": .string(health.status == .down || !stored.isConnected ? "degraded" : "ok"),
            "service": "maxserver",
            "version": .string(Self.version),
            "uptime": .number(JSONNumber(uptime.seconds)),
            "connections": .number(JSONNumber(await io.engine.sessionCount())),
            "checks": ["redis": Self.json(health), "database": .object(Self.json(stored))],
            "messages": [
                "received": .number(JSONNumber(counts.received)),
                "emitted": .number(JSONNumber(counts.emitted)),
                "unheard": .number(JSONNumber(counts.unheard)),
                "unreadable": .number(JSONNumber(counts.unreadable + health.tooLong)),
                "unrouted": .number(JSONNumber(counts.unrouted)),
            ],
        ]
        return Self.response(200, body)
    }

    /// Asks Redis: 503 when there should be one and it does not answer.
    func redis() async -> HTTPResponse {
        let health = await bus.check()
        return Self.response(health.status == .down ? 503 : 200, Self.json(health))
    }

    /// Asks the database: 503 when it does not answer, and at once when it is known to be away, for which a question
    /// would wait to come back.
    func databaseAnswer() async -> HTTPResponse {
        let status = database.status
        var object = Self.json(status)
        guard status.isConnected else { return Self.response(503, .object(object)) }
        do {
            let latency = try await answer(of: "the database", within: Self.patience) { [database] in
                try await database.ping()
            }
            object["latency_ms"] = JSONNumber(latency / .milliseconds(1)).map(JSONValue.number)
            return Self.response(200, .object(object))
        } catch {
            object["status"] = "down"
            object["error"] = .string("\(error)")
            return Self.response(503, .object(object))
        }
    }

    private static func json(_ status: DatabaseStatus) -> JSONObject {
        var object: JSONObject = [
            "status": .string(status.isConnected ? "ok" : "down"),
            "pending": .number(JSONNumber(status.pending)),
        ]
        if let reason = status.reason { object["error"] = .string(reason) }
        return object
    }

    private static func json(_ health: BusHealth) -> JSONValue {
        var object: JSONObject = ["status": .string(health.status.rawValue)]
        if let latency = health.latency.flatMap(JSONNumber.init) { object["latency_ms"] = .number(latency) }
        if let error = health.error { object["error"] = .string(error) }
        return .object(object)
    }

    private static func response(_ status: Int, _ body: JSONValue) -> HTTPResponse {
        HTTPResponse(
            status: status, fields: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: Array(body.description.utf8))
    }
}
