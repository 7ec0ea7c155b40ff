import EngineIO
import Synchronization
import TestSupport

/// A client of a script, over all its connections: it notes what it gets, answers questions, and remembers what it
/// needs to come back.
final class ModelClient: Sendable {
    /// What the client knows of its socket in a namespace.
    struct Member {
        var sid: String?
        var pid: String?
        var offset: String?
        /// Whether it has heard that it is connected, since it last asked.
        var isConnected = false
        /// Whether the server gave the socket back, when it last connected.
        var isRecovered = false
        /// What each life of the socket got.
        var lives: [[ModelDelivery]] = []
    }

    /// Who waits for the ack of an event: gets its elements, or nil if the socket or the connection ended before.
    struct PendingAck {
        var namespace: Int
        var completion: @Sendable ([Substring]?) -> Void
    }

    struct State {
        var members: [Member]
        var line: Line?
        /// A packet whose attachments have not all come.
        var partial: (packet: ModelPacket, attachments: [[UInt8]])?
        var acks: [Int: PendingAck] = [:]
        var lastAck = 0
        var received = 0
        var recoveries = 0
        var faults: [String] = []
    }

    /// One connection, its writer and its reader.
    final class Line: Sendable {
        let connection: ModelConnection
        let outbox: AsyncStream<Item>.Continuation
        /// Set while the client does not read.
        let stall = Mutex<Gate?>(nil)
        let ended = Gate()

        init(_ connection: ModelConnection, _ outbox: AsyncStream<Item>.Continuation) {
            self.connection = connection
            self.outbox = outbox
        }
    }

    enum Item: Sendable {
        case packets([TestMessage])
        case upgrade(Gate)
        case flush(Gate)
    }

    let index: Int
    let names: [String]
    let state: Mutex<State>

    init(index: Int, namespaces names: [String]) {
        self.index = index
        self.names = names
        state = Mutex(State(members: names.map { _ in Member() }))
    }

    // MARK: What it knows

    func lives(_ namespace: Int) -> [[ModelDelivery]] { state.withLock { $0.members[namespace].lives } }
    func sid(_ namespace: Int) -> String? { state.withLock { $0.members[namespace].sid } }
    func hasGot(_ delivery: ModelDelivery, _ namespace: Int) -> Bool {
        state.withLock { $0.members[namespace].lives.last?.last == delivery }
    }
    /// Events that it got, over all namespaces and lives.
    var received: Int { state.withLock { $0.received } }
    /// How often the server gave it a socket back.
    var recoveries: Int { state.withLock { $0.recoveries } }
    /// What was not as it must be.
    var faults: [String] { state.withLock { $0.faults } }

    func fault(_ text: String) { state.withLock { $0.faults.append(text) } }

    // MARK: Connecting

    /// Connects anew. Whatever connection there was is left as it is.
    func open(port: Int, _ transport: Transport) async throws {
        let connection = try await ModelConnection.open(port: port, transport)
        let (items, outbox) = AsyncStream.makeStream(of: Item.self)
        let line = Line(connection, outbox)
        state.withLock { state in
            state.line = line
            state.partial = nil
            for index in state.members.indices { state.members[index].isConnected = false }
        }
        Task { await write(items, line) }
        Task { await read(line) }
    }

    /// Joins namespaces with what it remembers, and waits until it is connected to all.
    /// - Returns: for each whether the server gave the socket back; nil if it did not come.
    func join(_ namespaces: [Int]) async -> [Bool]? {
        await ask(for: namespaces)
        let areHere = await eventually(within: .seconds(60)) {
            state.withLock { state in namespaces.allSatisfy { state.members[$0].isConnected } }
        }
        guard areHere else { return nil }
        return state.withLock { state in namespaces.map { state.members[$0].isRecovered } }
    }

    /// Asks for sockets in namespaces, with what it remembers.
    func ask(for namespaces: [Int]) async {
        for namespace in namespaces {
            let auth = state.withLock { state in
                state.members[namespace].isConnected = false
                let member = state.members[namespace]
                guard let pid = member.pid else { return "" }
                return "{\"pid\":\"\(pid)\"\(member.offset.map { ",\"offset\":\"\($0)\"" } ?? "")}"
            }
            post([.text("40\(prefix(namespace))\(auth)")])
        }
        await flush()
    }

    /// Waits until everything is sent.
    private func flush() async {
        let sent = Gate()
        let isPosted = state.withLock { $0.line.map { $0.outbox.yield(.flush(sent)) } != nil }
        if isPosted { await sent.pass() }
    }

    /// Leaves a namespace for good.
    func leave(_ namespace: Int) { post([.text("41\(prefix(namespace))")]) }

    func prefix(_ namespace: Int) -> String { namespace == 0 ? "" : names[namespace] + "," }

    // MARK: Sending

    func post(_ packets: [TestMessage]) {
        state.withLock { _ = $0.line?.outbox.yield(.packets(packets)) }
    }

    /// Sends the event `do`.
    /// - Parameter completion: gets the ack's elements; nil if the connection or the socket ended before.
    func send(_ plan: ModelPlan, _ namespace: Int, completion: @escaping @Sendable ([Substring]?) -> Void) {
        let isSent = state.withLock { state in
            guard let line = state.line else { return false }
            state.lastAck += 1
            state.acks[state.lastAck] = PendingAck(namespace: namespace, completion: completion)
            line.outbox.yield(.packets(plan.packets(prefix(namespace), ack: state.lastAck)))
            return true
        }
        if !isSent { completion(nil) }
    }

    /// Sends the event `do` and waits for its ack.
    func request(_ namespace: Int, _ plan: ModelPlan) async -> [Substring]? {
        await withCheckedContinuation { continuation in
            send(plan, namespace) { continuation.resume(returning: $0) }
        }
    }

    /// Events whose acks have not come.
    var pendingAcks: Int { state.withLock { $0.acks.count } }

    private func write(_ items: AsyncStream<Item>, _ line: Line) async {
        var isOpen = true
        for await item in items {
            do {
                switch item {
                case .packets(let packets): if isOpen { try await line.connection.send(packets) }
                case .flush(let sent): sent.open()
                case .upgrade(let done):
                    defer { done.open() }
                    if isOpen { try await line.connection.upgrade() }
                }
            } catch {
                isOpen = false
                if state.withLock({ $0.line === line }) { fault("cannot send: \(error)") }
            }
        }
    }

    // MARK: The connection

    func upgrade() async {
        let done = Gate()
        let isPosted = state.withLock { $0.line.map { $0.outbox.yield(.upgrade(done)) } != nil }
        if isPosted { await done.pass() }
    }

    /// Stops reading; the connection stays.
    func stall() { state.withLock { $0.line }?.stall.withLock { $0 = Gate() } }

    func resume() {
        let gate = state.withLock { $0.line }?.stall.withLock { gate in
            defer { gate = nil }
            return gate
        }
        gate?.open()
    }

    /// Waits until the server has ended the connection and everything before that was read.
    func end() async { await state.withLock { $0.line }?.ended.pass() }

    /// Forgets the connection and takes nothing more from it.
    /// - Returns: the connection, to be cut off.
    func drop() -> ModelConnection? {
        let (line, acks) = state.withLock { state in
            let line = state.line
            state.line = nil
            defer { state.acks = [:] }
            return (line, state.acks.values)
        }
        for ack in acks { ack.completion(nil) }
        line?.stall.withLock { $0 }?.open()
        line?.outbox.finish()
        return line?.connection
    }
}
