import Database
import EngineNet
import SocketIO

/// What the server offers besides rooms, feature by feature.
struct Features: Sendable {
    let database: any Database
    let bus: any Bus
    /// The channels that may be published on.
    let channels: [ChannelRoute]
    let io: SocketServer
    let log: Log
    let rooms: RoomLogs

    /// The routes of all features behind those there are.
    func adding(to routes: HTTPRoutes) -> HTTPRoutes {
        var api = API(adding: routes, cors: io.options.engine.cors, log: log.labelled("api"))
        let publisher = MaxPublisher(bus: bus, log: log.labelled("publisher"), rooms: rooms)
        let agents = AgentStore(database: database)
        let discussions = DiscussionStore(database: database)
        SectorAPI(
            sectors: SectorStore(database: database),
            agents: { try await agents.agents(sector: $0).elements },
            discussions: { try await discussions.discussions(sector: $0).elements },
            publisher: publisher
        ).add(to: &api)
        BarAPI(bars: BarStore(database: database)).add(to: &api)
        AgentAPI(agents: agents, publisher: publisher).add(to: &api)
        DiscussionAPI(
            discussions: discussions, messages: MessageStore(database: database), publisher: publisher
        ).add(to: &api)
        PublishAPI(bus: bus, routes: channels, log: log.labelled("publisher")).add(to: &api)
        return api.routes
    }
}
