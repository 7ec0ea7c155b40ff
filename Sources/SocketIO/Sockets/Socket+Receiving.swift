internal import EngineIO

/// What a client's events go through, one at a time and in order. On the loop.
extension Socket {
    func received(_ event: ReceivedEvent) {
        guard isConnected else { return }
        if queue.isBusy {
            guard queue.append(event) else { return failTooFast() }
            return
        }
        handle(event)
    }

    func failTooFast() {
        session.fail(.transportError, "the client sends faster than its events are handled")
    }

    private func handle(_ event: ReceivedEvent) {
        guard let extras else { return dispatch(event) }
        for entry in extras.any.entries { entry.call(event) }
        run(extras.middlewares[...], event)
    }

    private func run(_ middlewares: ArraySlice<EventHandler>, _ event: ReceivedEvent) {
        var rest = middlewares
        while let next = rest.first {
            guard case .sync(let check) = next else { return runAsynchronously(rest, event) }
            do { try check(event) } catch { return failed(error, event) }
            guard isConnected else { return }
            rest.removeFirst()
        }
        dispatch(event)
    }

    private func runAsynchronously(_ middlewares: ArraySlice<EventHandler>, _ event: ReceivedEvent) {
        queue.isBusy = true
        session.engine.startTask { [self] in
            do {
                for middleware in middlewares {
                    switch middleware {
                    case .sync(let check): try check(event)
                    case .async(let check): try await check(event)
                    }
                    guard isConnected else { break }
                }
                queue.isBusy = false
                if isConnected { dispatch(event) }
            } catch {
                queue.isBusy = false
                failed(error, event)
            }
            handleWaiting()
        }
    }

    private func dispatch(_ event: ReceivedEvent) {
        var asynchronous: [@Sendable (ReceivedEvent) async throws -> Void]?
        handlers.forEach(event.arguments) { entry in
            if entry.isOnce, !self.handlers.remove(entry.listener) { return }
            switch entry.handler {
            case .sync(let handler): do { try handler(event) } catch { failed(error, event) }
            case .async(let handler): asynchronous = (asynchronous ?? []) + [handler]
            }
        }
        if let asynchronous { run(asynchronous, event) }
    }

    private func run(_ waiting: [@Sendable (ReceivedEvent) async throws -> Void], _ event: ReceivedEvent) {
        queue.isBusy = true
        session.engine.startTask { [self] in
            for handler in waiting {
                do { try await handler(event) } catch { failed(error, event) }
            }
            queue.isBusy = false
            handleWaiting()
        }
    }

    private func handleWaiting() {
        while isConnected, !queue.isBusy, let next = queue.removeFirst() { handle(next) }
    }

    private func failed(_ error: any Error, _ event: ReceivedEvent) {
        guard let extras, !extras.errors.isEmpty else {
            return client.context.failed(error, event: event.name, socket: self)
        }
        for entry in extras.errors.entries { entry.call(error, event) }
    }

    func receivedAck(_ id: Int, _ arguments: EventArguments) {
        acks.removeValue(forKey: id)?.finish(.success(arguments))
    }
}
