import RedisClient
import SocketIO

/// `GET /metrics` of a generator, by the names that a server uses too.
struct GeneratorMetrics: Sendable {
    let commands: RedisCommands
    let outlet: RedisOutlet

    func response() -> HTTPResponse {
        var page = PrometheusPage()
        let counts = outlet.counts
        page.family("bars_total", .counter, "Bars that were made up, by what became of them")
        page.sample(counts.published, ["result": "published"])
        page.sample(counts.dropped, ["result": "dropped"])
        let status = commands.status
        page.addBus(isUp: status.state == .live, connects: status.counts.connects)
        return page.response
    }
}
