import Database
import EngineNet
import SocketIO

/// What the server offers besides rooms, feature by feature.
struct Features: Sendable {
    let database: any Database
    let io: SocketServer
    let log: Log

    /// The routes of all features behind those there are.
    func adding(to routes: HTTPRoutes) -> HTTPRoutes {
        var api = API(adding: routes, log: log.labelled("api"))
        SectorAPI(
            sectors: SectorStore(database: database), agents: { _ in [] }, discussions: { _ in [] }
        ).add(to: &api)
        BarAPI(bars: BarStore(database: database)).add(to: &api)
        return api.routes
    }
}
