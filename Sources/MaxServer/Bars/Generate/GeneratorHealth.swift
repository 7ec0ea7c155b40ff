import RedisClient
import SocketIO

/// `GET /health` of a generator: 503 while Redis does not answer.
struct GeneratorHealth: Sendable {
    /// How long Redis may take to answer.
    private static let patience = Duration.seconds(2)

    let generator: BarGenerator.Settings
    let commands: RedisCommands
    let outlet: RedisOutlet
    private let started = ContinuousClock.now

    init(generator: BarGenerator.Settings, commands: RedisCommands, outlet: RedisOutlet) {
        (self.generator, self.commands, self.outlet) = (generator, commands, outlet)
    }

    func response() async -> HTTPResponse {
        let redis = await redis()
        let isWell = redis["error"] == nil
        let counts = outlet.counts
        let body: JSONValue = [
            "status": isWell ? "ok" : "down",
            "service": "bar-generator",
            "version": .string(Health.version),
            "uptime": .number(JSONNumber((ContinuousClock.now - started).components.seconds)),
            "symbols": .array(generator.symbols.map(JSONValue.string)),
            "resolutions": .array(generator.resolutions.map { .string($0.name) }),
            "published": .number(JSONNumber(counts.published)),
            "dropped": .number(JSONNumber(counts.dropped)),
            "last_publish": counts.lastPublished.map { .string($0.iso) } ?? .null,
            "redis": .object(redis),
        ]
        return HTTPResponse(
            status: isWell ? 200 : 503,
            fields: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: Array(body.description.utf8))
    }

    private func redis() async -> JSONObject {
        if case .down(_, let error) = commands.status.state {
            return ["status": "down", "error": .string(error)]
        }
        do {
            let latency = try await commands.ping(within: Self.patience)
            return [
                "status": "ok",
                "latency_ms": JSONNumber(latency / .milliseconds(1)).map(JSONValue.number) ?? .null,
            ]
        } catch {
            return ["status": "down", "error": .string("\(error)")]
        }
    }
}
