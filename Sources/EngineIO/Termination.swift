internal import EngineNet
internal import Synchronization

extension EngineServer {
    /// Waits until the process is told to end: SIGINT (control-C) or SIGTERM. From then on the server owns these
    /// signals.
    public func untilTerminated() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let loop = http.group.loops[0]
        loop.execute {
            for signal: Int32 in [2, 15] { SignalWatch.start(signal, on: loop) { continuation.yield() } }
        }
        var iterator = stream.makeAsyncIterator()
        _ = await iterator.next()
    }

    /// Calls back on a loop whenever the process gets SIGHUP, until the server ends. A process that does not watch this
    /// signal is ended by it.
    package func onHangup(_ action: @escaping @Sendable () -> Void) {
        let loop = http.group.loops[0]
        loop.execute { SignalWatch.start(1, on: loop, action) }
    }
}
