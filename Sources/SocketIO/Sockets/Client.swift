internal import EngineIO
internal import EngineWire

/// What has to be known of earlier messages to read the next: few clients need it at any time.
private final class PacketReader {
    var assembler = PacketAssembler()
    /// Nil for the default form of packets.
    var decoder: (any PacketParserDecoder)?

    init(decoder: (any PacketParserDecoder)?) { self.decoder = decoder }
}

/// One connected client: an Engine.IO session and the sockets that it carries, one for each namespace joined.
/// Touched on the session's loop only.
final class Client: @unchecked Sendable {
    // Proof of sendability: every access is on the session's loop; tasks that hold it run there.

    let session: Session
    let context: ServerContext
    let namespaces: NamespaceTable
    private let clients: ClientTable
    @safe @exclusivity(unchecked) private var sockets: [Socket] = [] {
        didSet { rootSocket = sockets.first { $0.namespace === namespaces.root } }
    }
    /// The one among them that most packets are for.
    @safe @exclusivity(unchecked) private var rootSocket: Socket?
    /// Names of namespaces that the client asked for, while that is being decided.
    private var asked: [String] = []
    /// Nil while packets are of one message each, in the default form.
    @safe @exclusivity(unchecked) private var reader: PacketReader?
    private var connectTimer: LoopTimer?
    private(set) var isClosed = false

    init(_ session: Session, context: ServerContext, namespaces: NamespaceTable, clients: ClientTable) {
        self.session = session
        self.context = context
        self.namespaces = namespaces
        self.clients = clients
        reader = (context.options.parser?.makeDecoder()).map(PacketReader.init)
        // Strong: a weak reference would make every later retain of the client a slow one. It ends with the timer.
        connectTimer = session.engine.schedule(after: context.options.connectTimeout) {
            session.close(discarding: true)
        }
    }

    // MARK: Packets

    /// - Parameters:
    ///   - name: the namespace.
    ///   - isMain: whether that is `/`, whatever the name says.
    private func handle(
        _ packet: borrowing SocketPacket, _ text: Span<UInt8>, namespace name: Span<UInt8>, isMain: Bool,
        attachments: [[UInt8]] = []
    ) {
        switch packet.type {
        case .event, .binaryEvent:
            guard let socket = connectedSocket(in: name, isMain) else { return closeForced() }
            let received = ReceivedPacket(
                text: Self.copy(text), elements: packet.elements, attachments: attachments,
                ackID: packet.id ?? 0)
            socket.received(
                ReceivedEvent(
                    arguments: EventArguments(received, skipped: 1), asker: packet.id == nil ? nil : socket))
        case .ack, .binaryAck:
            guard let socket = connectedSocket(in: name, isMain) else { return closeForced() }
            guard let id = packet.id else { return }
            let received = ReceivedPacket(
                text: Self.copy(text), elements: packet.elements, attachments: attachments)
            socket.receivedAck(id, EventArguments(received, skipped: 0))
        case .disconnect:
            guard let socket = connectedSocket(in: name, isMain) else { return closeForced() }
            socket.left(.clientNamespaceDisconnect)
        case .connect:
            let spelt = isMain ? "/" : String(lossy: name)
            guard socket(in: name, isMain) == nil, !asked.contains(spelt) else { return closeForced() }
            var auth = PacketObject(attachments: attachments)
            auth.json.append(text.extracting(packet.data))
            connect(to: spelt, auth: auth)
        case .connectError: closeForced()
        }
    }

    @inline(__always)
    private func socket(in name: Span<UInt8>, _ isMain: Bool) -> Socket? {
        if isMain { return rootSocket }
        for socket in sockets where socket.namespace.isSpelt(name) { return socket }
        // The client may have joined it by another spelling that Unicode calls the same.
        let text = String(lossy: name)
        return sockets.first { $0.namespace.name == text }
    }

    /// The same, if its middlewares have let it in: before, it is not there yet.
    @inline(__always)
    private func connectedSocket(in name: Span<UInt8>, _ isMain: Bool) -> Socket? {
        guard let socket = socket(in: name, isMain), socket.isConnected else { return nil }
        return socket
    }

    private static func copy(_ text: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(text)
        return bytes
    }

    // MARK: Joining a namespace

    private func connect(to name: String, auth: PacketObject) {
        guard sockets.count + asked.count < context.options.maxNamespacesPerClient else {
            return refuse(name, ConnectionRefused("too many namespaces"))
        }
        if let namespace = namespaces.enter(name) { return admit(to: namespace, auth) }
        guard namespaces.hasParents else { return refuse(name, ConnectionRefused("Invalid namespace")) }
        asked.append(name)
        session.engine.startTask { [self] in
            do {
                let namespace = try await namespaces.enterChild(name, auth: auth)
                answered(name)
                guard !isClosed else { return context.left(namespace) }
                admit(to: namespace, auth)
            } catch {
                answered(name)
                refuse(name, refusal(error, namespace: name))
            }
        }
    }

    private func answered(_ name: String) { asked.removeAll { $0 == name } }

    /// The client has entered a namespace and gets a socket there: an old one if it has the right to it.
    private func admit(to namespace: Namespace, _ auth: PacketObject) {
        guard context.options.recovery != nil, let claim = RecoveryClaim(auth) else {
            return check(Socket(client: self, namespace: namespace, auth: auth), nil)
        }
        asked.append(namespace.name)
        let shard = namespace.shard(session.engine.index)
        shard.serves(session.engine)
        namespace.recover(claim.id, offset: claim.offset, on: shard) { [self] state in
            answered(namespace.name)
            guard !isClosed else {
                if let state { shard.restore(state, in: namespace, session.engine) }
                return context.left(namespace)
            }
            check(Socket(client: self, namespace: namespace, auth: auth, restoring: state), state)
        }
    }

    /// Asks the namespace's middlewares.
    private func check(_ socket: Socket, _ state: RecoveredState?) {
        sockets.append(socket)
        let middlewares = socket.namespace.middlewares
        let areSkipped = state != nil && context.options.recovery?.skipsMiddlewares == true
        guard !middlewares.isEmpty, !areSkipped else { return accept(socket, state) }
        session.engine.startTask { [self] in
            do {
                for middleware in middlewares { try await middleware(socket) }
                accept(socket, state)
            } catch {
                let isHere = forget(socket)
                let refusal = refusal(error, namespace: socket.namespace.name, socket)
                socket.disconnected(.serverNamespaceDisconnect, description: nil)
                if let state { socket.namespace.forget([state.recoveryID]) }
                if isHere { refuse(socket.namespace.name, refusal) }
            }
        }
    }

    private func accept(_ socket: Socket, _ state: RecoveredState?) {
        guard !isClosed, sockets.contains(where: { $0 === socket }) else {
            if let state { socket.shard.restore(state, in: socket.namespace, session.engine) }
            return
        }
        connectTimer?.cancel()
        connectTimer = nil
        socket.connected(restoring: state)
    }

    /// What the client is told of an error. An application's own errors may say what is not for clients.
    private func refusal(
        _ error: any Error, namespace: String, _ socket: Socket? = nil
    ) -> ConnectionRefused {
        if let refused = error as? ConnectionRefused { return refused }
        context.failed(error, event: "connection", namespace: namespace, socket: socket)
        return ConnectionRefused("connection refused")
    }

    private func refuse(_ name: String, _ error: ConnectionRefused) {
        guard !isClosed else { return }
        var answer: JSONObject = ["message": .string(error.message)]
        if let data = error.data { answer["data"] = data }
        session.send(context.writer.packet(.connectError, namespace: name, value: .object(answer)))
    }

    // MARK: Sockets

    /// Lets go of a socket that left its namespace; false if it had gone before.
    @discardableResult
    func forget(_ socket: Socket) -> Bool {
        guard let place = sockets.firstIndex(where: { $0 === socket }) else { return false }
        sockets.remove(at: place)
        return true
    }

    /// Disconnects all sockets, then closes the connection.
    func disconnectAll() {
        for socket in sockets { socket.disconnect() }
        session.close()
    }

    /// A packet came at a time when it means nothing.
    private func closeForced() { close(.forcedServerClose) }

    /// The client has another connection now, and this one has not been noticed to be dead.
    func replaced() { close(.transportClose) }

    private func close(_ reason: DisconnectReason) {
        for socket in exchange(&sockets, with: []) { socket.disconnected(reason, description: nil) }
        session.close(discarding: true)
    }

    /// The server goes: every socket hears of it before the connection closes.
    func serverCloses() {
        for socket in sockets { socket.disconnected(.serverShuttingDown, description: nil) }
    }

    /// The server goes, and this client is the next to look for another one.
    func sentAway() {
        serverCloses()
        session.close()
    }
}

extension Client: SessionHandler {
    func upgraded() {}

    package func received(text: Span<UInt8>) {
        guard reader?.decoder == nil else { return received(.text(String(lossy: text))) }
        do throws(PacketViolation) {
            guard reader?.assembler.isWaiting != true else { throw .textInsideBinary }
            let packet = try SocketPacket(text, limits: context.packetLimits)
            if packet.attachmentCount > 0 {
                if reader == nil { reader = PacketReader(decoder: nil) }
                reader?.assembler.begin(packet, text)
            } else {
                let name = text.extracting(packet.namespace ?? 0..<0)
                handle(packet, text, namespace: name, isMain: packet.namespace == nil)
            }
        } catch {
            session.fail(.parseError, error.description)
        }
    }

    package func received(binary: Span<UInt8>) {
        guard reader?.decoder == nil else {
            var bytes: [UInt8] = []
            bytes.append(binary)
            return received(.binary(bytes))
        }
        do throws(PacketViolation) {
            guard let reader else { throw .unexpectedBinary }
            guard let whole = try reader.assembler.add(binary) else { return }
            self.reader = nil
            let text = whole.text.span
            handle(
                whole.packet, text,
                namespace: text.extracting(whole.packet.namespace ?? 0..<0),
                isMain: whole.packet.namespace == nil, attachments: whole.attachments)
        } catch {
            session.fail(.parseError, error.description)
        }
    }

    /// A message for a parser other than the default one.
    private func received(_ message: Message) {
        do {
            guard let read = try reader?.decoder?.decode(message) else { return }
            let packet = try SocketPacket(read, limits: context.packetLimits)
            let name = Array(read.namespace.utf8)
            handle(
                packet, read.json.span, namespace: name.span, isMain: read.namespace == "/",
                attachments: read.attachments)
        } catch {
            session.fail(.parseError, "\(error)")
        }
    }

    package func closed(_ reason: CloseReason, description: String?) {
        isClosed = true
        connectTimer?.cancel()
        connectTimer = nil
        reader = nil
        let all = sockets
        sockets = []
        for socket in all { socket.disconnected(DisconnectReason(reason), description: description) }
        clients.closed(self)
    }
}
