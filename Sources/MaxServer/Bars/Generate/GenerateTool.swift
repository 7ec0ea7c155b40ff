import Database
import EngineNet
import RedisClient
import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `maxserver bars generate`: makes up bars for all servers that listen to a Redis, in a process of its own. Several
/// may run for different symbols.
struct GenerateTool {
    let settings: Settings
    let log: Log

    /// Publishes until the process is told to end.
    func run() async throws {
        let server = HTTPServer(loops: 1)
        let loop = server.group.loops[0]
        let redis = settings.redis ?? RedisURL(endpoint: .tcp(host: "localhost", port: RedisURL.defaultPort))
        let (states, state) = AsyncStream<RedisState>.makeStream()
        let commands = RedisCommands(
            url: redis, loop: loop,
            options: RedisOptions(clientName: "maxserver-bars") { [log] in log.told(of: $0) },
            onState: { state.yield($0) })
        let outlet = RedisOutlet(commands, compression: settings.barGenerator.compression, log: log)
        let health = GeneratorHealth(generator: settings.barGenerator, commands: commands, outlet: outlet)
        var routes = HTTPRoutes()
        routes.get("/health") { _ in await health.response() }
        let metrics = GeneratorMetrics(commands: commands, outlet: outlet)
        routes.get("/metrics") { _ in metrics.response() }
        server.serve(routes)
        let address = try server.listen(host: settings.host, port: settings.barGenerator.port)
        log.info(
            "health on http://\(settings.host == "0.0.0.0" ? "localhost" : settings.host):\(address.port)")
        let ending = EndSignal(on: loop)
        commands.start()
        log.info(settings.barGenerator.startLine)
        let generating = Task { await generate(to: outlet, once: states, on: loop) }
        await ending.arrived()
        log.info("closing")
        generating.cancel()
        await generating.value
        if commands.status.state == .live { await outlet.finish() }
        commands.stop()
        await server.stop()
        let counts = outlet.counts
        log.info("closed", ["published": "\(counts.published)", "dropped": "\(counts.dropped)"])
    }

    private func generate(to outlet: RedisOutlet, once states: AsyncStream<RedisState>, on loop: EventLoop)
        async
    {
        // The past would be dropped before the first connection.
        for await state in states {
            switch state {
            case .live, .down: break
            case .connecting, .stopped: continue
            }
            break
        }
        let database = await store(on: loop)
        await BarGenerator(
            settings: settings.barGenerator, store: database.map { BarStore(database: $0) }, log: log,
            publish: { await outlet.publish($0) }
        ).run()
        await database?.close()
    }

    /// What servers have stored, if this process can see it. Only read, and never made.
    private func store(on loop: EventLoop) async -> (any Database)? {
        switch settings.database {
        case .memory: return nil
        case .sqlite(let path) where !FileManager.default.fileExists(atPath: path): return nil
        case .sqlite, .postgres: break
        }
        do {
            return try await Store.open(settings, on: loop, log: log.labelled("store"))
        } catch {
            log.warning("made-up bars begin anew: what is stored cannot be read", ["error": "\(error)"])
            return nil
        }
    }
}
