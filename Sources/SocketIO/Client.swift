internal import EngineIO
internal import EngineWire

/// One connected client: an Engine.IO session and the sockets that it carries, one for each namespace joined.
/// Touched on the session's loop only.
final class Client: @unchecked Sendable {
    // Proof of sendability: every access is on the session's loop; tasks that hold it run there.

    let session: Session
    let core: ServerCore
    @safe @exclusivity(unchecked) private var sockets: [Socket] = []
    @safe @exclusivity(unchecked) private var assembler: PacketAssembler?
    private var connectTimer: LoopTimer?
    private var isClosed = false

    init(_ session: Session, server: ServerCore) {
        self.session = session
        core = server
        // Strong: a weak reference would make every later retain of the client a slow one. It ends with the timer.
        connectTimer = session.engine.schedule(after: server.options.connectTimeout) {
            session.close(discarding: true)
        }
    }

    // MARK: Packets

    private func handle(_ packet: SocketPacket, _ text: Span<UInt8>, attachments: [[UInt8]] = []) {
        let name = packet.namespace.map { String(lossy: text.extracting($0)) }
        let known = socket(in: name)
        // A socket that its middlewares have not let in is not there yet.
        let socket = known?.isAccepted == true ? known : nil
        switch (packet.type, socket) {
        case (.event, let socket?), (.binaryEvent, let socket?):
            socket.received(Self.arguments(packet, text, attachments, skipped: 1), ackID: packet.id)
        case (.ack, let socket?), (.binaryAck, let socket?):
            guard let id = packet.id else { return }
            socket.receivedAck(id, Self.arguments(packet, text, attachments, skipped: 0))
        case (.disconnect, let socket?): socket.left(.clientNamespaceDisconnect)
        case (.connect, nil) where known == nil: connect(to: name ?? "/", auth: text.extracting(packet.data))
        default: closeForced()
        }
    }

    /// The socket in a namespace; nil stands for `/`.
    @inline(__always)
    private func socket(in name: String?) -> Socket? {
        for socket in sockets
        where name == nil ? socket.namespace === core.root : socket.namespace.name == name {
            return socket
        }
        return nil
    }

    private static func arguments(
        _ packet: SocketPacket, _ text: Span<UInt8>, _ attachments: [[UInt8]], skipped: Int
    ) -> EventArguments {
        var bytes: [UInt8] = []
        bytes.append(text)
        return EventArguments(
            text: bytes, elements: packet.elements, skipped: skipped, attachments: attachments)
    }

    private func connect(to name: String, auth: Span<UInt8>) {
        guard let namespace = core.existingNamespace(name) else {
            return refuse(name, ConnectionRefused("Invalid namespace"))
        }
        guard sockets.count < core.options.maxNamespacesPerClient else {
            return refuse(name, ConnectionRefused("too many namespaces"))
        }
        var authBytes: [UInt8] = []
        authBytes.append(auth)
        let socket = Socket(client: self, namespace: namespace, auth: authBytes)
        sockets.append(socket)
        let middlewares = namespace.middlewares
        guard !middlewares.isEmpty else { return accept(socket) }
        session.engine.startTask { [self] in
            do {
                for middleware in middlewares { try await middleware(socket) }
                accept(socket)
            } catch {
                socket.disconnected(.serverNamespaceDisconnect, description: nil)
                guard forget(socket) else { return }
                refuse(name, error as? ConnectionRefused ?? ConnectionRefused("\(error)"))
            }
        }
    }

    private func accept(_ socket: Socket) {
        guard !isClosed, sockets.contains(where: { $0 === socket }) else { return }
        connectTimer?.cancel()
        connectTimer = nil
        socket.connected()
    }

    private func refuse(_ name: String, _ error: ConnectionRefused) {
        var json: [UInt8] = Array("{\"message\":".utf8)
        JSONWriter.appendString(error.message, to: &json)
        if let data = error.data, let encoded = try? EncodedArguments(data) {
            json.append(contentsOf: ",\"data\":".utf8)
            json.append(contentsOf: encoded.json)
        }
        json.append(UInt8(ascii: "}"))
        let text = String(decoding: json, as: UTF8.self)
        session.send(textPacket: PacketEncoder.packet(.connectError, namespace: name, json: text).span)
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
    private func closeForced() {
        for socket in exchange(&sockets, with: []) {
            socket.disconnected(.forcedServerClose, description: nil)
        }
        session.close(discarding: true)
    }

    /// The server goes: every socket hears of it before the connection closes.
    func serverCloses() {
        for socket in sockets { socket.disconnected(.serverShuttingDown, description: nil) }
    }
}

extension Client: SessionHandler {
    func upgraded() {}

    package func received(text: Span<UInt8>) {
        do throws(PacketViolation) {
            guard assembler?.isWaiting != true else { throw .textInsideBinary }
            let packet = try SocketPacket(text, limits: core.packetLimits)
            if packet.attachmentCount > 0 {
                if assembler == nil { assembler = PacketAssembler() }
                assembler?.begin(packet, text)
            } else {
                handle(packet, text)
            }
        } catch {
            session.fail(.parseError, error.description)
        }
    }

    package func received(binary: Span<UInt8>) {
        do throws(PacketViolation) {
            guard assembler != nil else { throw .unexpectedBinary }
            guard let whole = try assembler?.add(binary) else { return }
            assembler = nil
            handle(whole.packet, whole.text.span, attachments: whole.attachments)
        } catch {
            session.fail(.parseError, error.description)
        }
    }

    package func closed(_ reason: CloseReason, description: String?) {
        isClosed = true
        connectTimer?.cancel()
        connectTimer = nil
        assembler = nil
        let all = sockets
        sockets = []
        for socket in all { socket.disconnected(DisconnectReason(reason), description: description) }
        core.clientClosed(self)
    }
}
