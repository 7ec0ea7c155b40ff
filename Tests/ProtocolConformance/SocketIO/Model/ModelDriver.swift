import EngineIO
import SocketIO
import Synchronization
import TestSupport

/// Performs a script through real sockets, and keeps the model in step with it.
struct ModelDriver {
    static let maxLogBytes = 4_000_000
    /// How long clients may be away, where scripts have some that stay away for longer.
    static let shortAbsence = Duration.milliseconds(500)

    let settings: ModelSettings
    let script: ModelScript
    let server: ModelServer
    let port: Int
    let clients: [ModelClient]
    /// What the server must be like now.
    var model: ModelState
    /// Since when clients are away.
    private var lostAt: [Int: ContinuousClock.Instant] = [:]
    /// What was not as the model has it, other than what clients got.
    private(set) var faults: [String] = []
    /// The step under way.
    private var place = 0

    private init(_ settings: ModelSettings, _ server: ModelServer, port: Int) {
        self.settings = settings
        script = ModelScript(settings)
        self.server = server
        self.port = port
        clients = (0..<settings.clients).map { ModelClient(index: $0, namespaces: settings.namespaces) }
        model = ModelState(clients: settings.clients, namespaces: settings.namespaces.count)
    }

    /// Performs a seed's script.
    /// - Returns: what went wrong; nil if all went as the model has it.
    static func run(_ settings: ModelSettings, loops: Int) async throws -> String? {
        var report: String?
        let handlers = Mutex<ModelServer?>(nil)
        try await withSocketServer(options(settings, loops: loops)) { server in
            handlers.withLock { $0 = ModelServer(server, namespaces: settings.namespaces) }
        } test: { _, port in
            guard let server = handlers.withLock({ $0 }) else { return }
            var driver = ModelDriver(settings, server, port: port)
            for (place, operation) in driver.script.operations.enumerated() where driver.faults.isEmpty {
                driver.place = place
                await driver.perform(operation)
            }
            report = driver.report()
            if ModelRuns.isLong { print(driver.summary) }
            for client in driver.clients { client.drop()?.cut() }
        }
        return report
    }

    private static func options(_ settings: ModelSettings, loops: Int) -> SocketOptions {
        var recovery = RecoveryOptions()
        recovery.maxBytes = maxLogBytes
        if settings.hasOutstays { recovery.maxDisconnection = shortAbsence }
        return .test(loops: loops) { options in
            options.recovery = recovery
            options.ackTimeout = .seconds(60)
            // A client that reads nothing for a while is not to be taken for dead: that would change who is where.
            options.engine.pingInterval = .seconds(600)
        }
    }

    mutating func fault(_ text: String) { faults.append("step \(place): \(text)") }

    func name(_ namespace: Int) -> String { settings.namespaces[namespace] }

    /// How the server knows a client's socket; what is no room either if it does not.
    func id(_ namespace: Int) -> (Int) -> String {
        { [clients] in clients[$0].sid(namespace) ?? "nobody \($0)" }
    }

    // MARK: One thing after the other

    private mutating func perform(_ operation: ModelOperation) async {
        switch operation {
        case .server(let namespace, let action): await perform(action, namespace)
        case .emitToOne(let client, let namespace, let stamp):
            guard model.isConnected(client, namespace), let sid = clients[client].sid(namespace) else {
                return
            }
            attempt { try $0.emit(stamp, to: sid) }
            model.deliver(.event(stamp), to: [client], namespace)
        case .plan(let client, let namespace, let actions): await perform(actions, client, namespace)
        case .ask(let client, let namespace, let number): await ask(client, namespace, number)
        case .askAll(let namespace, let audience, let number): await ask(audience, namespace, number)
        case .fetch(let namespace, let audience): await fetch(namespace, audience)
        case .leaveNamespace(let client, let namespace): await leave(client, namespace)
        case .joinNamespace(let client, let namespace):
            guard model.clients[client] == .up, !model.isConnected(client, namespace) else { return }
            await join(client, [namespace])
        case .stall(let client):
            guard model.clients[client] == .up else { return }
            clients[client].stall()
            model.stall(client)
        case .resume(let client):
            guard model.clients[client] == .stalled else { return }
            model.resume(client)
            clients[client].resume()
        case .lose(let client): await lose(client)
        case .comeBack(let client, let transport): await comeBack(client, transport)
        case .upgrade(let client):
            if model.clients[client] == .up { await clients[client].upgrade() }
        case .flood(let namespace, let stamp): await flood(namespace, stamp)
        case .outstay: await outstay()
        case .mark(let stamp):
            for namespace in model.members[0].indices { await mark(stamp, namespace) }
        case .together(let phase):
            await perform(phase)
            await server.settle()
            for namespace in model.members[0].indices { await fetch(namespace, ModelAudience()) }
        }
        await server.settle()
    }

    private mutating func attempt(_ action: (ModelServer) throws -> Void) {
        do { try action(server) } catch { fault("\(error)") }
    }

    private mutating func perform(_ action: ModelAction, _ namespace: Int) async {
        let id = id(namespace)
        attempt { try $0.perform(action, namespace, id: id) }
        await follow { $0.perform(action, namespace) }
    }

    private mutating func perform(_ actions: [ModelAction], _ client: Int, _ namespace: Int) async {
        guard model.isActive(client, namespace) else { return }
        let ack = await clients[client].request(namespace, ModelPlan(actions, id: id(namespace)))
        await follow { for action in actions { $0.perform(action, namespace, by: client) } }
        guard model.isActive(client, namespace) else { return }
        let rooms = model.members[client][namespace].rooms.sorted().map { "\"\($0)\"" }
        let expected = "[\(rooms.joined(separator: ","))]"
        if ack?.joined(separator: ",") != expected {
            let got = ack?.joined(separator: ",") ?? "nothing"
            fault("the ack of client \(client) in \(name(namespace)) is \(got), not \(expected)")
        }
        model.confirm(client)
    }

    /// Changes the model, and lets go of the clients whose connections the server ends for it.
    private mutating func follow(_ change: (inout ModelState) -> Void) async {
        let before = model.clients
        change(&model)
        for client in before.indices where model.clients[client] == .away && before[client] != .away {
            if before[client] == .up {
                // What was sent before comes before.
                await clients[client].end()
                model.confirm(client)
            }
            clients[client].drop()?.cut()
        }
    }

    // MARK: Clients

    private mutating func leave(_ client: Int, _ namespace: Int) async {
        guard model.isActive(client, namespace), let sid = clients[client].sid(namespace) else { return }
        clients[client].leave(namespace)
        let (server) = server
        if await !eventually({ server.socket(sid) == nil }) { fault("client \(client) cannot leave") }
        model.end(client, namespace, isTold: false)
    }

    /// Joins namespaces, and compares whether the sockets come back with what the model has.
    private mutating func join(_ client: Int, _ namespaces: [Int]) async {
        guard let recovered = await clients[client].join(namespaces) else {
            return fault("client \(client) does not get into \(namespaces.map(name))")
        }
        let away = lostAt[client].map { .now - $0 } ?? .zero
        // The server may have waited long enough, or not: either is right.
        let isLate = settings.hasOutstays && away >= Self.shortAbsence
        for (namespace, isRecovered) in zip(namespaces, recovered) {
            let expected = model.expectedRecovery(client, namespace) == .certain
            if isRecovered != expected, isRecovered || !isLate {
                fault("client \(client) in \(name(namespace)): recovered \(isRecovered), not \(expected)")
            }
            model.joined(client, namespace, isRecovered: isRecovered)
        }
    }

    private mutating func lose(_ client: Int) async {
        guard model.clients[client] != .away, let connection = clients[client].drop() else { return }
        lostAt[client] = .now
        let sids = model.members[client].indices.filter { model.isConnected(client, $0) }
            .compactMap { clients[client].sid($0) }
        connection.cut()
        let server = server
        let isNoticed = await eventually {
            if sids.allSatisfy({ server.socket($0) == nil }) { return true }
            // An answer to a poll that got lost on its way tells the server nothing.
            if connection.transport == .polling { try? await connection.knock(server.server.engine) }
            return false
        }
        if !isNoticed { fault("the server does not notice that client \(client) is gone") }
        model.lost(client)
    }

    private mutating func comeBack(_ client: Int, _ transport: Transport) async {
        guard model.clients[client] != .up else { return }
        let old = clients[client].drop()
        if model.clients[client] == .stalled {
            lostAt[client] = .now
            model.lost(client)
        }
        let namespaces = model.members[client].indices.filter {
            $0 == 0 || model.members[client][$0].presence != .gone
        }
        do { try await clients[client].open(port: port, transport) } catch {
            return fault("client \(client) cannot connect: \(error)")
        }
        model.opened(client)
        await join(client, namespaces)
        old?.cut()
    }

    // MARK: Barriers

    /// Everyone in a namespace gets an event, and who reads has got it.
    private mutating func mark(_ stamp: ModelStamp, _ namespace: Int) async {
        await perform(.emit(stamp, ModelAudience()), namespace)
        let readers = clients.indices.filter { model.isActive($0, namespace) }
        let clients = clients
        let areThere = await eventually(within: .seconds(60)) {
            readers.allSatisfy { clients[$0].hasGot(.event(stamp), namespace) }
        }
        if !areThere { fault("not everyone gets \(stamp) as the last event in \(name(namespace))") }
        // Also what came in the other namespaces, as far as it was sent before.
        for client in readers { model.confirm(client) }
    }

    private mutating func flood(_ namespace: Int, _ stamp: ModelStamp) async {
        // Who does not read would have to come back, too.
        guard !model.clients.contains(.stalled) else { return }
        let bulk = [UInt8](repeating: 0, count: Self.maxLogBytes)
        attempt { try $0.flood(bulk, namespace) }
        model.forgetAbsent(namespace)
        await mark(stamp, namespace)
    }

    private mutating func outstay() async {
        for namespace in model.members[0].indices {
            let here = clients.indices.count { model.isConnected($0, namespace) }
            let server = server
            if await !eventually({ server.namespaces[namespace].recoverableSockets == here }) {
                let known = server.namespaces[namespace].recoverableSockets
                fault("\(known) sockets could come back to \(name(namespace)), not \(here)")
            }
            model.forgetAbsent(namespace)
        }
    }
}
