import Database
import EngineNet
import SocketIO

/// The server, put together: which parts there are and who speaks to whom.
struct App: Sendable {
    private let settings: Settings
    private let log: Log
    private let tls: TLSContext?
    private let io: SocketServer
    private let bus: any Bus
    private let ingress: Ingress
    private let database: any Database
    private let recorder: MarketRecorder
    private let arrivals: ArrivalRecorder
    private let barGenerator: BarGenerator?

    init(_ settings: Settings, log: Log) async throws {
        self.settings = settings
        self.log = log
        // First what may be wrong with files: a server that cannot start changes no database.
        tls = try settings.tls.map {
            try TLSContext(TLSConfiguration(certificateChain: $0.certificate, privateKey: $0.key))
        }
        let own = try settings.routesFile.map(RouteFile.read) ?? []
        let client = ClientFiles(folder: settings.browserFiles ?? Dashboard.librariesFolder())
        io = SocketServer(options: Self.options(settings, client))
        let loop = io.engine.http.group.loops[0]
        database = try await Store.open(settings, on: loop, log: log.labelled("store"))
        if let redis = settings.redis {
            bus = RedisBus(url: redis, loop: loop, log: log.labelled("bus"))
            barGenerator = nil
        } else {
            let inProcess = InProcessBus()
            bus = inProcess
            barGenerator = BarGenerator(
                settings: settings.barGenerator, store: BarStore(database: database),
                log: log.labelled("bars"), publish: { for message in $0 { inProcess.publish(message) } })
        }
        let recorder = MarketRecorder(database: database, log: log.labelled("store"))
        self.recorder = recorder
        let arrivals = ArrivalRecorder(
            Arrivals(agents: AgentStore(database: database), messages: MessageStore(database: database)),
            log: log.labelled("store"))
        self.arrivals = arrivals
        ingress = Ingress(routes: own + ChannelRoute.builtIn, io: io, log: log.labelled("ingress")) {
            recorder.record($0)
            arrivals.record($0)
        }
        setUpSockets()
        setUpRoutes(Dashboard(client: client))
    }

    private static func options(_ settings: Settings, _ client: ClientFiles) -> SocketOptions {
        var options = SocketOptions()
        options.clientFiles = client
        options.engine.loops = settings.loops
        options.engine.http.connections.total = settings.maxConnections
        options.engine.http.connections.trustedProxies.ranges = settings.trustedProxies
        options.engine.admission.sessions = settings.maxConnections
        options.engine.admission.sessionsPerAddress = settings.maxSessionsPerAddress
        if settings.compressesWebSockets { options.engine.perMessageDeflate = PerMessageDeflate() }
        if !settings.corsOrigins.isEmpty {
            let isAny = settings.corsOrigins.contains("*")
            options.engine.cors = CORSPolicy(
                origins: isAny ? .any : .list(settings.corsOrigins), credentials: !isAny)
        }
        return options
    }

    private func setUpSockets() {
        let log = log.labelled("sockets")
        let stored = StoredRooms(database: database)
        let primer = RoomPrimer(ingress.logs, isStored: StoredRooms.isStored) { room in
            try await stored.messages(of: room)
        } failed: { error in
            log.warning(
                "what rooms had before cannot be read; clients get what is in memory", ["error": "\(error)"])
        }
        Subscriptions(ingress: ingress, primer: primer, log: log).serve(io)
        io.onError { error, event, socket in
            log.error("a handler failed", ["event": event, "socket": socket.id, "error": "\(error)"])
        }
    }

    private func setUpRoutes(_ dashboard: Dashboard) {
        let health = Health(io: io, bus: bus, database: database, ingress: ingress)
        if !dashboard.missing.isEmpty {
            log.warning(
                "the page lacks libraries; get them with: make browser-files",
                ["missing": dashboard.missing.joined(separator: " ")])
        }
        var routes = HTTPRoutes()
        routes.get("/health") { _ in await health.overall() }
        routes.get("/health/redis") { _ in await health.redis() }
        routes.get("/health/db") { _ in await health.databaseAnswer() }
        let metrics = Metrics(
            io: io, bus: bus, database: database, ingress: ingress, recorder: recorder, arrivals: arrivals)
        routes.get("/metrics") { _ in await metrics.response() }
        let features = Features(
            database: database, bus: bus, channels: ingress.routes, io: io, log: log,
            rooms: ingress.logs)
        routes = features.adding(to: routes)
        dashboard.addRoutes(to: &routes)
        io.serve(routes)
    }

    /// Serves until the process is told to end.
    func run() async throws {
        let address = try io.listen(host: settings.host, port: settings.port, tls: tls)
        let shown = settings.host == "0.0.0.0" ? "localhost" : settings.host
        let scheme = tls == nil ? "http" : "https"
        log.info(
            "serving on \(scheme)://\(shown):\(address.port)",
            ["loops": "\(io.engine.http.group.loops.count)"])
        reloadOnHangup(tls)
        ingress.start(bus)
        let generating = barGenerator.map { generator in
            log.info(generator.settings.startLine)
            return Task { await generator.run() }
        }
        await io.engine.untilTerminated()
        log.info("closing: clients are disconnected with \"server shutting down\"")
        generating?.cancel()
        bus.stop()
        await io.close()
        await recorder.close()
        await arrivals.close(within: .seconds(5))
        await database.close()
        log.info("closed")
    }

    /// SIGHUP asks servers to read anew what they have read: here the certificate's files, if there are any.
    private func reloadOnHangup(_ tls: TLSContext?) {
        guard let tls else {
            return io.engine.onHangup { [log] in log.info("SIGHUP: there is no certificate to read anew") }
        }
        tls.reloadOnHangup(loop: io.engine.http.group.loops[0]) { [log] error in
            if let error {
                log.error("the certificate stays as it was", ["error": "\(error)"])
            } else {
                log.info("the certificate was read anew")
            }
        }
    }
}
