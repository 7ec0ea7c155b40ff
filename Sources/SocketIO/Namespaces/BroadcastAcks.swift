internal import EngineIO
internal import Synchronization

/// One client's answer to a broadcast.
public struct BroadcastReply: Sendable {
    /// Whose it is; nil for clients of other servers.
    public let socketID: String?
    /// The arguments of the ack.
    public let arguments: EventArguments
}

/// Not everyone who got a broadcast answered it in time.
public struct IncompleteReplies: Error, Sendable, CustomStringConvertible {
    /// The answers that came.
    public let replies: [BroadcastReply]
    /// How many are missing: of clients that are slow, or have gone.
    public let missing: Int

    /// What happened, in words.
    public var description: String { "\(missing) clients did not acknowledge the event in time" }
}

/// The answers to a broadcast as they come. Ends when everyone has answered or has gone, and at the timeout; then with
/// `IncompleteReplies` if answers are missing.
public struct BroadcastReplies: AsyncSequence, Sendable {
    let stream: AsyncThrowingStream<BroadcastReply, any Error>

    /// Reads the answers.
    public func makeAsyncIterator() -> AsyncThrowingStream<BroadcastReply, any Error>.Iterator {
        stream.makeAsyncIterator()
    }
}

extension Broadcast {
    /// Sends the event and waits for everyone's ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Returns: an answer of each client, in the order in which they came.
    /// - Throws: `IncompleteReplies`, `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emitWithAck<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value
    ) async throws -> [BroadcastReply] {
        var all: [BroadcastReply] = []
        for try await reply in try emitStreamingAcks(event, repeat each values) { all.append(reply) }
        return all
    }

    /// Sends the event and gives everyone's ack as it comes.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emitStreamingAcks<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value
    ) throws -> BroadcastReplies {
        try ReservedEventName.check(event)
        let event = OutgoingEvent(
            name: event, arguments: try EncodedArguments(repeat each values), options: options)
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: BroadcastReply.self)
        let namespaces = namespaces
        let collector = AckCollector(parts: namespaces.count, continuation)
        for namespace in namespaces {
            namespace.deliver(event, to: target, collector)
            if !isLocal { namespace.cluster?.broadcast(event, target, collector) }
        }
        collector.partDone()
        return BroadcastReplies(stream: stream)
    }
}

extension Namespace {
    /// Sends an event to sockets of this server and collects their acks.
    func deliver(_ event: OutgoingEvent, to target: BroadcastTarget, _ collector: AckCollector) {
        let id = nextAckID()
        let message = context.writer.event(
            event.name, event.arguments, namespace: name, id: id, event.options)
        collector.expectParts(shards.count)
        for shard in shards {
            let isTaken = shard.loop.offer {
                let members = shard.members(target)
                collector.expect(members.count)
                for socket in members {
                    socket.awaitAck(id) { [id = socket.id] in collector.answered(id, $0) }
                }
                shard.send(event, message, to: target)
                collector.partDone()
                collector.whenTimedOut { [weak shard] in
                    shard?.loop.run { for socket in members { socket.acks[id] = nil } }
                }
            }
            if !isTaken { collector.partDone() }
        }
        let timeout = event.options.timeout ?? context.options.ackTimeout
        shards[0].loop.run { [loop = shards[0].loop] in
            collector.setTimer(loop.schedule(after: timeout) { collector.timedOut() }, of: loop)
        }
    }
}

/// Gathers the answers to one broadcast from all loops. For any thread.
final class AckCollector: Sendable {
    private struct State {
        /// Loops and servers that have not said how many clients they reached, and the caller itself.
        var parts: Int
        var expected = 0
        var replies: [BroadcastReply] = []
        /// Clients that are gone, or could not be asked.
        var lost = 0
        var isDone = false
        var timers: [(LoopHandle, LoopTimer)] = []
        var cleanUp: [@Sendable () -> Void] = []
    }

    private let state: Mutex<State>
    private let stream: AsyncThrowingStream<BroadcastReply, any Error>.Continuation

    init(parts: Int, _ stream: AsyncThrowingStream<BroadcastReply, any Error>.Continuation) {
        state = Mutex(State(parts: 1))
        self.stream = stream
    }

    /// So many more will say whom they reached.
    func expectParts(_ count: Int) { state.withLock { $0.parts += count } }

    /// So many more clients were asked.
    func expect(_ clients: Int) { state.withLock { $0.expected += clients } }

    /// One who was to say whom he reached has said it, or never will.
    func partDone() { change { $0.parts -= 1 } }

    func answered(_ id: String?, _ result: Result<EventArguments, AckError>) {
        change { state in
            switch result {
            case .success(let arguments):
                let reply = BroadcastReply(socketID: id, arguments: arguments)
                state.replies.append(reply)
                stream.yield(reply)
            case .failure: state.lost += 1
            }
        }
    }

    /// - Parameter timer: of this loop, on which the caller is.
    func setTimer(_ timer: LoopTimer, of loop: LoopHandle) {
        let isLate = state.withLock { state in
            if !state.isDone { state.timers.append((loop, timer)) }
            return state.isDone
        }
        if isLate { timer.cancel() }
    }

    /// Runs an action if the time is over before everyone has answered; at once, if it is over already.
    func whenTimedOut(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.isDone { state.cleanUp.append(action) }
            return state.isDone
        }
        if isLate { action() }
    }

    func timedOut() { change(isOver: true) { _ in } }

    private func change(isOver: Bool = false, _ change: (inout State) -> Void) {
        let ended: State? = state.withLock { state in
            guard !state.isDone else { return nil }
            change(&state)
            let isComplete = state.parts == 0 && state.replies.count + state.lost == state.expected
            guard isOver || isComplete else { return nil }
            state.isDone = true
            defer {
                state.timers = []
                state.cleanUp = []
                state.replies = []
            }
            return state
        }
        guard let ended else { return }
        for (loop, timer) in ended.timers { loop.run { timer.cancel() } }
        let missing = ended.expected - ended.replies.count
        if isOver { for action in ended.cleanUp { action() } }
        if missing == 0, ended.parts == 0 {
            stream.finish()
        } else {
            stream.finish(throwing: IncompleteReplies(replies: ended.replies, missing: missing))
        }
    }
}
