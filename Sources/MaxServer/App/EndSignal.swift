import EngineNet

/// SIGINT (control-C) and SIGTERM, which ask the process to end. From the start of the watch it does not end by itself.
struct EndSignal: Sendable {
    private let signals: AsyncStream<Void>

    init(on loop: EventLoop) {
        let (signals, continuation) = AsyncStream<Void>.makeStream()
        self.signals = signals
        loop.execute {
            for signal: Int32 in [2, 15] { SignalWatch.start(signal, on: loop) { continuation.yield() } }
        }
    }

    /// Waits for one. To be called once.
    func arrived() async {
        var iterator = signals.makeAsyncIterator()
        _ = await iterator.next()
    }
}
