internal import Synchronization

/// A status that the loop writes and everybody reads.
final class SharedStatus: Sendable {
    private let value = Mutex(RedisStatus())

    var status: RedisStatus { value.withLock { $0 } }

    func update(_ machine: RedisMachine, messages: Int, tooLong: Int) {
        value.withLock { status in
            status.state = machine.summary
            status.latency = machine.latency
            status.lastError = machine.lastError
            status.unconfirmed = machine.unconfirmed
            status.counts = machine.counts
            status.counts.messages = messages
            status.counts.tooLong = tooLong
        }
    }

    /// What alone changes while messages come.
    func update(messages: Int, tooLong: Int) {
        value.withLock { status in
            status.counts.messages = messages
            status.counts.tooLong = tooLong
        }
    }
}
