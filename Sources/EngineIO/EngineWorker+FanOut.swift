internal import EngineNet
internal import EngineWire

extension EngineWorker {
    /// A mark that no session has yet: `broadcastMark` equal to it means reached or excepted.
    package func newBroadcastMark() -> UInt64 {
        lastMark += 1
        return lastMark
    }

    /// Sends one message to many sessions of this loop. Those that can take it at once get a place in the
    /// loop's log, which holds the bytes once.
    ///
    /// This is the hot loop of a fan-out. `members` are kept alive by their rooms for the length of the call.
    package func send(
        _ message: PreparedMessage, to members: borrowing ContiguousArray<Unmanaged<Session>>, mark: UInt64,
        volatile: Bool
    ) {
        guard !message.parts.isEmpty, unsafe !members.isEmpty else { return }
        loop.makeRoom()
        let start = loop.log.count
        loop.log.append(message.frames)
        let end = loop.log.count
        // Bulk waits in the queues, where pings overtake it.
        let isBulk = message.size >= Self.bulk
        var reached = 0
        var others: [Session] = []
        for i in unsafe members.indices {
            unsafe members[i]._withUnsafeGuaranteedRef { session in
                if mark != 0 {
                    if session.broadcastMark == mark { return }
                    session.broadcastMark = mark
                }
                if !isBulk, let link = unsafe session.direct {
                    let isDone = unsafe link._withUnsafeGuaranteedRef { tcp in
                        tcp.addUnlessBlocked(start, end)
                    }
                    if isDone {
                        reached &+= 1
                        return
                    }
                }
                others.append(session)
            }
        }
        counters.sent(reached &* message.parts.count, bytes: reached &* message.size)
        for session in others { session.send(message, volatile: volatile) }
    }
}
