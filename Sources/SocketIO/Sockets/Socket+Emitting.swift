internal import EngineIO
internal import EngineWire

/// What goes to this client.
extension Socket {
    /// Sends an event to this client. What a middleware sends comes right behind the news that the client is connected.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(_ event: String, _ values: repeat each Value) throws {
        try emit(event, EncodedArguments(repeat each values))
    }

    /// Sends an event with arguments as they came from a client. Of a reserved name nothing but `onError` of the server
    /// hears.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: its arguments.
    public func emit(_ event: String, _ arguments: EventArguments) {
        emitOrReport(event, EncodedArguments(arguments))
    }

    /// Sends a `message` event.
    /// - Parameter values: its arguments.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func send<each Value: Encodable & Sendable>(_ values: repeat each Value) throws {
        try emit("message", repeat each values)
    }

    /// Everyone in the namespace but this client.
    public var broadcast: Broadcast { namespace.except(id) }

    /// The members of rooms but this client.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func to(_ rooms: String...) -> Broadcast { broadcast.to(rooms) }

    /// The members of rooms but this client; everyone but this client if there are none.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func to(_ rooms: [String]) -> Broadcast { broadcast.to(rooms) }

    /// The members of rooms but this client.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func `in`(_ rooms: String...) -> Broadcast { broadcast.to(rooms) }

    /// The members of rooms but this client; everyone but this client if there are none.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func `in`(_ rooms: [String]) -> Broadcast { broadcast.to(rooms) }

    /// Everyone in the namespace on this server but this client, in a cluster.
    public var local: Broadcast { broadcast.local }

    /// Everyone but this client and the members of rooms.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func except(_ rooms: String...) -> Broadcast { broadcast.except(rooms) }

    /// Everyone but this client and the members of rooms.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func except(_ rooms: [String]) -> Broadcast { broadcast.except(rooms) }

    func emit(
        _ event: String, _ arguments: EncodedArguments, _ options: EmitOptions = EmitOptions()
    ) throws(ReservedEventName) {
        try ReservedEventName.check(event)
        guard isOnLoop else { return onLoop { self.emitHere(event, arguments, options) } }
        emitHere(event, arguments, options)
    }

    /// Sends an event, or tells the server's error handler why not.
    func emitOrReport(
        _ event: String, _ arguments: EncodedArguments, _ options: EmitOptions = EmitOptions()
    ) {
        do { try emit(event, arguments, options) } catch {
            client.context.failed(error, event: event, socket: self)
        }
    }

    /// Sends an event whose name is not reserved. On the loop.
    func emitHere(
        _ event: String, _ arguments: EncodedArguments, _ options: EmitOptions, ackID: Int? = nil
    ) {
        guard isConnected else {
            return keep(EarlyEvent(name: event, arguments: arguments, options: options, ackID: ackID))
        }
        if let extras, !extras.outgoing.isEmpty { tellOutgoing(event, EventArguments(arguments)) }
        let writer = client.context.writer
        let offset =
            recovery == nil || ackID != nil ? nil : shard.record(event, arguments, options, for: self)
        guard options.arePlain, arguments.attachments.isEmpty, writer.isDefault else {
            let message = writer.event(
                event, arguments, namespace: namespace.name, id: ackID, offset: offset, options)
            return session.send(message, volatile: options.isVolatile)
        }
        session.sendTextPacket {
            PacketEncoder.appendEvent(
                event, arguments, namespace: namespace.name, id: ackID, offset: offset, to: &$0)
        }
    }

    func tellOutgoing(_ event: String, _ arguments: EventArguments) {
        guard let extras else { return }
        for entry in extras.outgoing.entries { entry.call(event, arguments) }
    }

    // MARK: Acks, on the loop

    /// Answers a client's callback.
    func acknowledge(_ id: Int, _ arguments: EncodedArguments) {
        guard isConnected else { return }
        let writer = client.context.writer
        guard arguments.attachments.isEmpty, writer.isDefault else {
            return session.send(writer.ack(id, arguments, namespace: namespace.name))
        }
        acknowledge(id) { $0.append(contentsOf: arguments.json) }
    }

    /// Answers a client's callback with arguments as they came.
    func acknowledge(_ id: Int, _ arguments: EventArguments) {
        guard isConnected else { return }
        guard arguments.attachments.isEmpty, client.context.writer.isDefault else {
            return acknowledge(id, EncodedArguments(arguments))
        }
        acknowledge(id) { arguments.append(to: &$0) }
    }

    @inline(__always)
    private func acknowledge(_ id: Int, _ appendArguments: (inout [UInt8]) -> Void) {
        session.sendTextPacket { packet in
            PacketEncoder.appendAckHead(id, attachments: 0, namespace: namespace.name, to: &packet)
            appendArguments(&packet)
            packet.append(UInt8(ascii: "]"))
        }
    }
}
