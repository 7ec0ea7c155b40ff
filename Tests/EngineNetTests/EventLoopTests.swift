import EngineNet
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct `Event loops` {
    @Test(arguments: [1, 2, 5])
    func `a group starts as many as it is asked for and ends them`(count: Int) {
        let group = EventLoopGroup(count: count)
        #expect(group.loops.map(\.index) == Array(0..<count))
        group.stop()
    }

    @Test func `a group has a loop at least, and one for each core by default`() {
        for (group, count) in [(EventLoopGroup(count: 0), 1), (EventLoopGroup(), EventLoopGroup.coreCount)] {
            #expect(group.loops.count == count)
            group.stop()
        }
    }

    @Test func `groups can be started and stopped many times`() {
        for _ in 0..<50 { EventLoopGroup(count: 2).stop() }
    }

    @Test func `work runs on its loop and on no other`() async {
        let group = EventLoopGroup(count: 2)
        defer { group.stop() }
        let (first, second) = (group.loops[0], group.loops[1])
        #expect(!first.isCurrent && !second.isCurrent)
        let seen = await onLoop(first) { (first.isCurrent, second.isCurrent) }
        #expect(seen == (true, false))
    }

    @Test func `work of each of many threads runs in its order`() async {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let loop = group.loops[0]
        let log = Mutex<[[Int]]>(Array(repeating: [], count: 8))
        let posters = (0..<8).map { poster in
            postingThread { for i in 0..<2_000 { loop.execute { log.withLock { $0[poster].append(i) } } } }
        }
        for poster in posters { poster.start() }
        #expect(await eventually { log.withLock { $0.allSatisfy { $0.count == 2_000 } } })
        #expect(log.withLock { $0.allSatisfy { $0 == Array(0..<2_000) } })
    }

    @Test func `work that posts work goes on`() async {
        let group = EventLoopGroup(count: 2)
        defer { group.stop() }
        let hops = Counter()
        @Sendable func hop(_ left: Int) {
            hops.add()
            if left > 0 { group.loops[left % 2].execute { hop(left - 1) } }
        }
        group.loops[0].execute { hop(1_000) }
        #expect(await eventually { hops.value == 1_001 })
    }

    @Test func `what was posted before the stop runs, what is posted after it does nothing`() {
        let group = EventLoopGroup(count: 1)
        let (before, after) = (Counter(), Counter())
        for _ in 0..<100 { group.loops[0].execute { before.add() } }
        group.stop()
        #expect(before.value == 100)
        for _ in 0..<100 { group.loops[0].execute { after.add() } }
        #expect(after.value == 0)
    }

    @Test func `threads that post while the loop stops do no harm`() async {
        let group = EventLoopGroup(count: 2)
        let (ran, ended) = (Counter(), Counter())
        let posters = (0..<4).map { poster in
            postingThread {
                for _ in 0..<5_000 { group.loops[poster % 2].execute { ran.add() } }
                ended.add()
            }
        }
        for poster in posters { poster.start() }
        #expect(await eventually { ran.value > 0 })
        group.stop()
        let atStop = ran.value
        #expect(await eventually { ended.value == 4 })
        #expect(ran.value == atStop && atStop <= 20_000)
    }

    @Test func `a task that prefers a loop runs there after each suspension`() async {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let loop = group.loops[0]
        let task = Task(executorPreference: loop) {
            let before = loop.isCurrent
            await Task.yield()
            return before && loop.isCurrent
        }
        #expect(await task.value)
    }

    private func postingThread(_ work: @escaping @Sendable () -> Void) -> Thread { Thread(block: work) }
}

@Suite struct `Timers of a loop` {
    @Test(arguments: [0, 1, 255, 256, 300, 20_000, 25_000, 86_400_000] as [UInt64])
    func `that may be late are late by 1/256 of their delay at most, and never early`(delay: UInt64) {
        for now in [0, 1, 63, 64, 12_345, 987_654_321] as [UInt64] {
            let late = EventLoop.looseDeadline(now: now, delay: delay) - now - delay
            #expect(late <= delay / 256)
        }
    }

    @Test func `that may be late come together`() {
        let deadlines = Set((0..<1_000).map { EventLoop.looseDeadline(now: $0, delay: 25_000) })
        #expect(deadlines.count <= 1_000 / 64 + 2)
    }

    @Test func `fire once, with the kind they were armed with, and not early`() async {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let bell = Bell()
        let start = ContinuousClock.now
        let loop = group.loops[0]
        loop.execute { _ = loop.arm(after: .milliseconds(20), bell, kind: 7) }
        #expect(await eventually { bell.rings == [7] })
        // The loop's clock counts whole milliseconds.
        #expect(ContinuousClock.now - start >= .milliseconds(19))
        #expect(await onLoop(loop) { loop.armedTimers } == 0)
    }

    @Test func `fire in the order of their times`() async {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let bell = Bell()
        let loop = group.loops[0]
        loop.execute {
            for delay in [30, 10, 20, 0] {
                _ = loop.arm(after: .milliseconds(delay), bell, kind: UInt8(delay))
            }
        }
        #expect(await eventually { bell.rings.count == 4 })
        #expect(bell.rings == [0, 10, 20, 30])
    }

    @Test func `that are cancelled do not fire, and cancelling twice or too late is no harm`() async {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let bell = Bell()
        let loop = group.loops[0]
        loop.execute {
            let timer = loop.arm(after: .milliseconds(1), bell, kind: 1)
            _ = loop.arm(after: .milliseconds(15), bell, kind: 2)
            loop.cancel(timer)
            loop.cancel(timer)
            loop.cancel(nil)
        }
        #expect(await eventually { !bell.rings.isEmpty })
        #expect(bell.rings == [2])
    }

    @Test func `may arm others when they fire`() async {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let loop = group.loops[0]
        let bell = Bell()
        bell.onRing { bell, kind in
            if kind < 5 { _ = loop.arm(after: .milliseconds(1), bell, kind: kind + 1) }
        }
        loop.execute { _ = loop.arm(after: .zero, bell, kind: 0) }
        #expect(await eventually { bell.rings == [0, 1, 2, 3, 4, 5] })
    }

    @Test func `that are armed when the loop stops never fire, and do not keep it`() async {
        let group = EventLoopGroup(count: 1)
        let bell = Bell()
        let loop = group.loops[0]
        await onLoop(loop) { _ = loop.arm(after: .seconds(3_600), bell, kind: 1) }
        group.stop()
        #expect(bell.rings == [])
    }
}

/// Runs work on a loop and waits for what it gives.
func onLoop<Value: Sendable>(_ loop: EventLoop, _ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in loop.execute { continuation.resume(returning: work()) } }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func add() { count.withLock { $0 += 1 } }
}

/// Notes the timers that fired.
private final class Bell: TimerTarget, Sendable {
    private let state = Mutex((rings: [UInt8](), onRing: (@Sendable (Bell, UInt8) -> Void)?.none))

    var rings: [UInt8] { state.withLock { $0.rings } }

    func onRing(_ action: @escaping @Sendable (Bell, UInt8) -> Void) { state.withLock { $0.onRing = action } }

    func timerFired(_ kind: UInt8) {
        let action = state.withLock { state in
            state.rings.append(kind)
            return state.onRing
        }
        action?(self, kind)
    }
}
