import EngineIO
import SocketIO
import Synchronization
import TestSupport

extension ModelDriver {
    /// Performs what happens at once, and waits until all of it has happened.
    mutating func perform(_ phase: ModelPhase) async {
        let before = model
        foresee(phase, before)
        let faults = Journal<String>()
        await happen(phase, before, faults)
        for text in faults.all { fault(text) }
    }

    private func happen(_ phase: ModelPhase, _ before: ModelState, _ faults: Journal<String>) async {
        let isQuiet = Gate()
        let active = clients.indices.filter { before.clients[$0] == .up }
        await withTaskGroup { group in
            for client in active where phase.falls(client) {
                let track = track(client, phase, before)
                group.addTask { await run(track, until: isQuiet, faults) }
            }
            await withTaskGroup { talkers in
                for client in active where !phase.falls(client) {
                    let track = track(client, phase, before)
                    talkers.addTask { await run(track, until: isQuiet, faults) }
                }
                for thread in phase.threads { talkers.addTask { act(thread, faults) } }
                for question in phase.questions where before.isActive(question.client, question.namespace) {
                    talkers.addTask { await ask(question, faults) }
                }
            }
            isQuiet.open()
        }
    }

    /// One client's part.
    struct Track: Sendable {
        var client: ModelClient
        var steps: [ModelPhase.Step]
        /// Namespaces that it comes back to.
        var namespaces: [Int]
    }

    private func track(_ client: Int, _ phase: ModelPhase, _ before: ModelState) -> Track {
        let namespaces = settings.namespaces.indices.filter { before.isConnected(client, $0) }
        let steps = phase.clients[client].filter { step in
            if case .plan(let namespace, _) = step { namespaces.contains(namespace) } else { true }
        }
        return Track(client: clients[client], steps: steps, namespaces: namespaces)
    }

    // MARK: The model's part

    /// What the phase will have done: the order among senders does not matter to it.
    private mutating func foresee(_ phase: ModelPhase, _ before: ModelState) {
        for client in clients.indices where before.clients[client] == .up {
            for case .plan(let namespace, let actions) in phase.clients[client]
            where before.isConnected(client, namespace) {
                for action in actions { model.perform(action, namespace, by: client) }
            }
        }
        for thread in phase.threads { for (namespace, action) in thread { model.perform(action, namespace) } }
        for (client, namespace, number) in phase.questions where before.isActive(client, namespace) {
            model.deliver(.question(number), to: [client], namespace)
        }
        for client in clients.indices where before.clients[client] == .up && phase.falls(client) {
            model.lost(client)
            model.opened(client)
            for namespace in settings.namespaces.indices where before.isConnected(client, namespace) {
                model.joined(client, namespace, isRecovered: true)
            }
        }
    }

    // MARK: The clients' part

    private func run(_ track: Track, until quiet: Gate, _ faults: Journal<String>) async {
        let client = track.client
        for step in track.steps {
            switch step {
            case .plan(let namespace, let actions):
                // Without waiting for the last one's ack.
                client.send(ModelPlan(actions, id: id(namespace)), namespace) { ack in
                    if ack == nil { faults.append("client \(client.index) gets no ack") }
                }
            case .upgrade: await client.upgrade()
            case .fall(let count, let isSilent, let hasty, let transport):
                await haveAcks(client, faults)
                let start = client.received
                _ = await eventually(within: .seconds(60)) {
                    client.received >= start + count || quiet.isOpen
                }
                await fall(track, isSilent: isSilent, hasty: hasty, transport, faults)
            }
        }
        await haveAcks(client, faults)
    }

    private func haveAcks(_ client: ModelClient, _ faults: Journal<String>) async {
        if await !eventually(within: .seconds(60), { client.pendingAcks == 0 }) {
            faults.append("\(client.pendingAcks) acks for client \(client.index) do not come")
        }
    }

    private func fall(
        _ track: Track, isSilent: Bool, hasty: Int, _ transport: Transport, _ faults: Journal<String>
    ) async {
        let old = track.client.drop()
        if !isSilent { old?.cut() }
        do {
            for _ in 0..<hasty {
                try await track.client.open(port: port, transport)
                track.client.stall()
                await track.client.ask(for: track.namespaces)
                let lost = track.client.drop()
                // Gone before it is let in, or after.
                if !isSilent { lost?.cut() }
                // The next try must not be overtaken by this one.
                await server.server.engine.settle()
                lost?.cut()
            }
            try await track.client.open(port: port, transport)
            let recovered = await track.client.join(track.namespaces)
            if recovered?.contains(false) != false {
                faults.append("client \(track.client.index) does not come back: \(recovered ?? [])")
            }
        } catch { faults.append("client \(track.client.index) cannot connect: \(error)") }
        old?.cut()
    }

    // MARK: The server's part

    private func act(_ thread: [(namespace: Int, action: ModelAction)], _ faults: Journal<String>) {
        for (namespace, action) in thread {
            do { try server.perform(action, namespace, id: id(namespace)) } catch {
                faults.append("\(error)")
            }
        }
    }

    private func ask(
        _ question: (client: Int, namespace: Int, number: Int), _ faults: Journal<String>
    ) async {
        guard let sid = clients[question.client].sid(question.namespace), let socket = server.socket(sid)
        else { return faults.append("client \(question.client) is not there to be asked") }
        do {
            let answer = try await socket.emitWithAck("q", question.number)
            let said = try [answer.decode(Int.self), answer.decode(Int.self, at: 1)]
            if said != [question.client, question.number] { faults.append("\(question): \(said)") }
        } catch { faults.append("\(question): \(error)") }
    }
}
