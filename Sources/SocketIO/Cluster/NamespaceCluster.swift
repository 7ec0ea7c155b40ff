internal import EngineIO
internal import Synchronization

/// A namespace's side of a cluster: asks other servers and answers them. For any thread.
final class NamespaceCluster: Sendable {
    /// A question to other servers that waits for their answers.
    private enum Question {
        case sockets(ClusterQuery<[ClusterSocket]>)
        case serverSide(ClusterQuery<EventArguments>)
        case acks(AckCollector)
    }

    private struct State {
        weak var namespace: Namespace?
        var link: (any ClusterLink)?
        var questions: [String: Question] = [:]
        var lastRequest = 0
    }

    private let state = Mutex(State())

    var namespace: Namespace? { state.withLock { $0.namespace } }
    private var link: (any ClusterLink)? { state.withLock { $0.link } }

    func start(_ namespace: Namespace, _ adapter: any Adapter) {
        state.withLock { $0.namespace = namespace }
        let link = adapter.connect(ClusterNamespace(name: namespace.name, cluster: self))
        state.withLock { $0.link = link }
    }

    func close() { state.withLock { exchange(&$0.link, with: nil) }?.close() }

    // MARK: To others

    func broadcast(_ event: OutgoingEvent, _ target: BroadcastTarget) {
        link?.send(.broadcast(ClusterEvent(event), ClusterTarget(target)))
    }

    func ask(_ wish: SocketWish, _ target: BroadcastTarget) { link?.send(.wish(wish, ClusterTarget(target))) }

    /// Sends an event whose acks are collected: those of other servers come as they say how many there are.
    func broadcast(_ event: OutgoingEvent, _ target: BroadcastTarget, _ collector: AckCollector) {
        guard let link, let namespace else { return }
        collector.expectParts(1)
        let request = add(.acks(collector))
        collector.whenTimedOut { [weak self] in self?.remove(request) }
        Task {
            do {
                let others = try await link.serverCount() - 1
                collector.expectParts(others)
                var message = ClusterEvent(event)
                message.timeout = event.options.timeout ?? namespace.context.options.ackTimeout
                link.send(.broadcastWithAck(message, ClusterTarget(target), request: request))
            } catch {
                // Whom the others would have reached is not known: the answers here stand for themselves.
                self.remove(request)
            }
            collector.partDone()
        }
    }

    func fetchSockets(_ target: BroadcastTarget, timeout: Duration?) async throws -> [RemoteSocket] {
        guard let namespace else { return [] }
        let query = ClusterQuery<[ClusterSocket]>()
        let found = try await ask(query, .sockets(query), timeout: timeout) {
            .fetchSockets(ClusterTarget(target), request: $0)
        }
        return found.flatMap { $0 }.map { RemoteSocket($0, namespace) }
    }

    func serverSideEmit(_ event: ClusterEvent) { link?.send(.serverSideEvent(event, request: nil)) }

    func serverSideEmitWithAck(_ event: ClusterEvent, timeout: Duration?) async throws -> [EventArguments] {
        let query = ClusterQuery<EventArguments>()
        return try await ask(query, .serverSide(query), timeout: timeout) {
            .serverSideEvent(event, request: $0)
        }
    }

    private func ask<Answer: Sendable>(
        _ query: ClusterQuery<Answer>, _ question: Question, timeout: Duration?,
        _ message: (String) -> ClusterMessage
    ) async throws -> [Answer] {
        guard let link else { return [] }
        let others: Int
        do { others = try await link.serverCount() - 1 } catch { throw ClusterError.unavailable("\(error)") }
        guard others > 0 else { return [] }
        let request = add(question)
        defer { remove(request) }
        link.send(message(request))
        return try await query.answers(of: others, within: timeout ?? .seconds(5))
    }

    private func add(_ question: Question) -> String {
        state.withLock { state in
            state.lastRequest += 1
            let request = String(state.lastRequest, radix: 36)
            state.questions[request] = question
            return request
        }
    }

    private func remove(_ request: String) {
        state.withLock { _ = $0.questions.removeValue(forKey: request) }
    }

    // MARK: From others

    func receive(_ message: ClusterMessage, from server: String) {
        guard let namespace else { return }
        switch message {
        case .broadcast(let event, let target):
            namespace.deliver(OutgoingEvent(event), to: BroadcastTarget(target))
        case .broadcastWithAck(let event, let target, let request):
            answer(event, target, request, of: server, namespace)
        case .wish(let wish, let target): namespace.perform(wish, on: BroadcastTarget(target))
        case .fetchSockets(let target, let request):
            Task {
                let sockets = await namespace.localSockets(BroadcastTarget(target)).map(ClusterSocket.init)
                link?.send(.sockets(sockets, request: request), to: server)
            }
        case .serverSideEvent(let event, let request):
            let ack = request.map { request in
                ServerSideAck { [weak self] in
                    self?.link?.send(.serverSideAck($0, request: request), to: server)
                }
            }
            namespace.receivedServerSide(event, ack)
        case .clientCount, .clientAck, .sockets, .serverSideAck: answered(message)
        }
    }

    private func answered(_ message: ClusterMessage) {
        let request =
            switch message {
            case .clientCount(_, let request), .clientAck(_, let request), .sockets(_, let request),
                .serverSideAck(_, let request):
                request
            default: ""
            }
        switch (state.withLock { $0.questions[request] }, message) {
        case (.acks(let collector), .clientCount(let count, _)):
            collector.expect(count)
            collector.partDone()
        case (.acks(let collector), .clientAck(let arguments, _)):
            collector.answered(nil, .success(arguments))
        case (.sockets(let query), .sockets(let sockets, _)): query.add(sockets)
        case (.serverSide(let query), .serverSideAck(let arguments, _)): query.add(arguments)
        default: break  // An answer that came too late, or to nothing.
        }
    }

    /// Delivers an event of another server and passes the acks back.
    private func answer(
        _ event: ClusterEvent, _ target: ClusterTarget, _ request: String, of server: String,
        _ namespace: Namespace
    ) {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: BroadcastReply.self)
        let target = BroadcastTarget(target)
        let collector = AckCollector(parts: 1, continuation)
        Task { [link] in
            let count = await namespace.gather { $0.members(target).count }.reduce(0, +)
            link?.send(.clientCount(count, request: request), to: server)
            namespace.deliver(OutgoingEvent(event), to: target, collector)
            collector.partDone()
            do {
                for try await reply in stream {
                    link?.send(.clientAck(reply.arguments, request: request), to: server)
                }
            } catch {}  // Those that are missing are missed by the one who asked.
        }
    }
}

extension ClusterEvent {
    init(_ event: OutgoingEvent) {
        self.init(
            name: event.name, arguments: EventArguments(event.arguments),
            isVolatile: event.options.isVolatile, isCompressed: event.options.isCompressed,
            timeout: event.options.timeout)
    }
}

extension OutgoingEvent {
    init(_ event: ClusterEvent) {
        self.init(name: event.name, arguments: EncodedArguments(event.arguments))
        options.isVolatile = event.isVolatile
        options.isCompressed = event.isCompressed
        options.timeout = event.timeout
    }
}

extension ClusterTarget {
    init(_ target: BroadcastTarget) { self.init(rooms: target.rooms, except: target.excepted) }
}

extension BroadcastTarget {
    init(_ target: ClusterTarget) { self.init(rooms: target.rooms, excepted: target.except) }
}

extension ClusterSocket {
    init(_ socket: RemoteSocket) {
        var data: [String: RawJSON] = [:]
        if case .values(let values) = socket.data {
            for (name, value) in values { data[name] = try? RawJSON(encoding: value) }
        }
        self.init(id: socket.id, rooms: socket.rooms.sorted(), handshake: socket.handshake, data: data)
    }
}

extension RemoteSocket {
    init(_ socket: ClusterSocket, _ namespace: Namespace) {
        self.init(
            id: socket.id, rooms: Set(socket.rooms), handshake: socket.handshake, data: .json(socket.data),
            namespace: namespace)
    }
}
