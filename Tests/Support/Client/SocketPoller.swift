internal import Foundation
import Synchronization

/// Tells when sockets are ready, on a thread of its own: tests await, and no thread of theirs blocks.
final class SocketPoller: Sendable {
    enum Readiness: Sendable {
        case readable
        case writable
    }

    private struct Waiter {
        var descriptor: Int32
        var readiness: Readiness
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct Table {
        var waiters: [Int: Waiter] = [:]
        var lastKey = 0
    }

    static let shared = SocketPoller()

    private let table = Mutex(Table())
    /// A pipe whose bytes end the poller's wait.
    private let (wakeReading, wakeWriting): (Int32, Int32)

    private init() {
        var ends: [Int32] = [-1, -1]
        let status = unsafe pipe(&ends)
        precondition(status == 0, "the system gives a pipe")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (wakeReading, wakeWriting) = (ends[0], ends[1])
        Thread.detachNewThread { [self] in while true { waitOnce() } }
    }

    /// Waits until a socket is ready, has ended or is closed.
    /// - Returns: false when the deadline passed before that.
    func wait(for readiness: Readiness, on descriptor: Int32, until deadline: ContinuousClock.Instant) async
        -> Bool
    {
        await withCheckedContinuation { continuation in
            let waiter = Waiter(
                descriptor: descriptor, readiness: readiness, deadline: deadline, continuation: continuation)
            table.withLock { table in
                table.lastKey += 1
                table.waiters[table.lastKey] = waiter
            }
            wake()
        }
    }

    /// Ends all waits on a socket. To be called before it is closed: a system call that waits on a closed
    /// socket keeps its connection alive.
    func forget(_ descriptor: Int32) {
        let forgotten = table.withLock { table in
            let keys = table.waiters.filter { $0.value.descriptor == descriptor }.keys
            return keys.compactMap { table.waiters.removeValue(forKey: $0) }
        }
        for waiter in forgotten { waiter.continuation.resume(returning: true) }
        if !forgotten.isEmpty { wake() }
    }

    private func wake() { unsafe _ = write(wakeWriting, [1], 1) }

    private func waitOnce() {
        let waiters = Array(table.withLock { $0.waiters })
        var polled = [pollfd(fd: wakeReading, events: Int16(POLLIN), revents: 0)]
        for (_, waiter) in waiters {
            let events = waiter.readiness == .readable ? Int16(POLLIN) : Int16(POLLOUT)
            polled.append(pollfd(fd: waiter.descriptor, events: events, revents: 0))
        }
        let pause = waiters.map(\.value.deadline).min().map { $0 - .now } ?? .seconds(60)
        let milliseconds = Int32(max(0, min(60, pause / .seconds(1))) * 1_000) + 1
        unsafe _ = poll(&polled, nfds_t(polled.count), milliseconds)
        var bytes = [UInt8](repeating: 0, count: 512)
        while unsafe read(wakeReading, &bytes, bytes.count) > 0 {}
        for ((key, waiter), result) in zip(waiters, polled.dropFirst()) {
            let isReady = result.revents != 0
            guard isReady || waiter.deadline <= .now else { continue }
            guard table.withLock({ $0.waiters.removeValue(forKey: key) }) != nil else { continue }
            waiter.continuation.resume(returning: isReady)
        }
    }
}
