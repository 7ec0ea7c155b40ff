internal import EngineIO

/// Who hears of a socket's events. Handlers run on the socket's loop and must not block it.
extension Socket {
    /// Calls back for each event of this name.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on(
        _ event: String, _ handler: @escaping @Sendable (ReceivedEvent) throws -> Void
    ) -> Listener {
        add(event, .sync(handler))
    }

    /// Calls back for each event of this name. Events of a socket wait for each other: the next one is handled
    /// when this handler has returned.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on(
        _ event: String, _ handler: @escaping @Sendable (ReceivedEvent) async throws -> Void
    ) -> Listener {
        add(event, .async(handler))
    }

    /// Calls back for each event of this name; what the handler returns is the ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (ReceivedEvent) throws -> Reply
    ) -> Listener {
        add(event, .replying(handler))
    }

    /// Calls back for each event of this name; what the handler returns is the ack. The next event waits until the
    /// handler has returned.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (ReceivedEvent) async throws -> Reply
    ) -> Listener {
        add(event, .replying(handler))
    }

    /// Calls back for the next event of this name, and for no other.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func once(
        _ event: String, _ handler: @escaping @Sendable (ReceivedEvent) throws -> Void
    ) -> Listener {
        add(event, .sync(handler), once: true)
    }

    /// Calls back for the next event of this name, and for no other.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func once(
        _ event: String, _ handler: @escaping @Sendable (ReceivedEvent) async throws -> Void
    ) -> Listener {
        add(event, .async(handler), once: true)
    }

    /// Calls back for the next event of this name, and for no other; what the handler returns is the ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func once<Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (ReceivedEvent) throws -> Reply
    ) -> Listener {
        add(event, .replying(handler), once: true)
    }

    /// Calls back for the next event of this name, and for no other; what the handler returns is the ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func once<Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (ReceivedEvent) async throws -> Reply
    ) -> Listener {
        add(event, .replying(handler), once: true)
    }

    /// Calls back for each event of any name, before its own handlers and before middlewares.
    /// - Parameters:
    ///   - first: call this one before those that are there.
    ///   - handler: what is called.
    /// - Returns: what `off` takes.
    @discardableResult
    public func onAny(first: Bool = false, _ handler: @escaping @Sendable (ReceivedEvent) -> Void) -> Listener
    {
        change { extras, listener in extras.any.add(handler, as: listener, first: first) }
    }

    /// Calls back for each event that is sent to this client, broadcasts included, before it is sent. Acks are none.
    /// - Parameters:
    ///   - first: call this one before those that are there.
    ///   - handler: gets the event's name and arguments.
    /// - Returns: what `off` takes.
    @discardableResult
    public func onAnyOutgoing(
        first: Bool = false, _ handler: @escaping @Sendable (String, EventArguments) -> Void
    ) -> Listener {
        change { [self] extras, listener in
            extras.outgoing.add(handler, as: listener, first: first)
            shard.listensToOutgoing(self)
        }
    }

    /// Adds a check that every event must pass before its handlers run, in the order of the calls. What it throws
    /// goes to `onError`, and the event is dropped. Acks do not pass.
    /// - Parameter middleware: runs before the next packet of this client is read.
    public func use(_ middleware: @escaping @Sendable (ReceivedEvent) throws -> Void) {
        change { extras, _ in extras.middlewares.append(.sync(middleware)) }
    }

    /// Adds a check that every event must pass before its handlers run, in the order of the calls. What it throws
    /// goes to `onError`, and the event is dropped. The events behind it wait.
    /// - Parameter middleware: runs as a task on the socket's loop.
    public func use(_ middleware: @escaping @Sendable (ReceivedEvent) async throws -> Void) {
        change { extras, _ in extras.middlewares.append(.async(middleware)) }
    }

    /// Calls back when a middleware or a handler of this socket throws. Without such a handler the error goes to
    /// `SocketServer.onError`.
    /// - Parameter handler: gets the error and the event.
    /// - Returns: what `off` takes.
    @discardableResult
    public func onError(_ handler: @escaping @Sendable (any Error, ReceivedEvent) -> Void) -> Listener {
        change { extras, listener in extras.errors.add(handler, as: listener) }
    }

    /// Calls back once, when the socket is about to be disconnected: it still is in its rooms.
    /// - Parameter handler: gets the reason.
    /// - Returns: what `off` takes.
    @discardableResult
    public func onDisconnecting(_ handler: @escaping @Sendable (DisconnectReason) -> Void) -> Listener {
        change { extras, listener in
            extras.disconnecting.add({ reason, _ in handler(reason) }, as: listener)
        }
    }

    /// Calls back once, when the socket is disconnected. Its rooms are left already.
    /// - Parameter handler: gets the reason.
    /// - Returns: what `off` takes.
    @discardableResult
    public func onDisconnect(_ handler: @escaping @Sendable (DisconnectReason) -> Void) -> Listener {
        change { extras, listener in
            extras.disconnected.add({ reason, _ in handler(reason) }, as: listener)
        }
    }

    /// Calls back once, when the socket is disconnected. Its rooms are left already.
    /// - Parameter handler: gets the reason, and in words what happened, where more is known.
    /// - Returns: what `off` takes.
    @discardableResult
    public func onDisconnect(
        _ handler: @escaping @Sendable (DisconnectReason, String?) -> Void
    ) -> Listener {
        change { extras, listener in extras.disconnected.add(handler, as: listener) }
    }

    /// Events of this name as they come, until the socket is disconnected. A reader that falls 1,024 events behind
    /// costs the client its connection, as a handler that is too slow does.
    /// - Parameter name: the event's name.
    /// - Returns: for one reader.
    public func events(_ name: String) -> AsyncStream<ReceivedEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ReceivedEvent.self, bufferingPolicy: .bufferingOldest(EventQueue.limit))
        let listener = on(name) { [self] (event: ReceivedEvent) throws in
            if case .dropped = continuation.yield(event) { failTooFast() }
        }
        continuation.onTermination = { [weak self] _ in self?.off(listener) }
        onLoop { [self] in
            guard state != .disconnected else { return continuation.finish() }
            madeExtras.streams.append(continuation)
        }
        return stream
    }

    /// Removes the handlers of an event.
    /// - Parameter event: the event's name.
    public func off(_ event: String) { onLoop { self.handlers.removeAll(event) } }

    /// Removes one handler, whatever it listens to.
    /// - Parameter listener: what `on` or one of its siblings returned.
    public func off(_ listener: Listener) {
        onLoop { [self] in
            if !handlers.remove(listener) { extras?.remove(listener) }
        }
    }

    /// Removes the handlers of all events; those of `onAny`, `onDisconnect` and the like stay.
    public func offAll() { onLoop { self.handlers.removeAll() } }

    /// The names of events that have handlers. On the loop, as in handlers; elsewhere empty.
    public var eventNames: [String] { isOnLoop ? handlers.names : [] }

    // MARK: On the loop

    func add(_ event: String, _ handler: EventHandler, once: Bool = false) -> Listener {
        let listener = Listener()
        onLoop { [self] in
            guard state != .disconnected else { return }
            handlers.add(event, handler, as: listener, once: once, names: &shard.eventNames)
        }
        return listener
    }

    var madeExtras: SocketExtras {
        if let extras { return extras }
        let made = SocketExtras()
        extras = made
        return made
    }

    @discardableResult
    private func change(
        _ change: @escaping @Sendable (SocketExtras, Listener) -> Void
    ) -> Listener {
        let listener = Listener()
        onLoop { [self] in
            // Nothing follows, and a handler that is kept would keep what it refers to.
            guard state != .disconnected else { return }
            change(madeExtras, listener)
        }
        return listener
    }
}
