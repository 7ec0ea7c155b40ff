import EngineNet
import EngineWire
import Foundation
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A task is not lost with its loop: what awaits it would hang, and what it holds would leak.
@Suite(.timeLimit(.minutes(5))) struct `Tasks of a loop that has stopped` {
    private let gate = Gate()

    /// Starts tasks that wait at the gate, stops their loop, and opens the gate.
    private func afterStop<Value: Sendable>(
        tasks count: Int = 1, _ body: @escaping @Sendable (EventLoop, Int) async -> Value
    ) async -> [Value] {
        let (group, gate) = (EventLoopGroup(count: 1), gate)
        let loop = group.loops[0]
        let tasks = (0..<count).map { index in
            Task(executorPreference: loop) {
                await gate.pass()
                return await body(loop, index)
            }
        }
        #expect(await eventually { gate.waitingCount == count })
        group.stop()
        gate.open()
        var values: [Value] = []
        for task in tasks { values.append(await task.value) }
        return values
    }

    // MARK: They go on

    @Test func `go on, on a thread that counts as the loop`() async {
        let isCurrent = await afterStop { loop, _ in
            let atFirst = loop.isCurrent
            await Task.yield()
            return [atFirst, loop.isCurrent]
        }
        #expect(isCurrent == [[true, true]])
    }

    @Test func `go on if they began at once, on the loop`() async {
        let (group, gate) = (EventLoopGroup(count: 1), gate)
        let loop = group.loops[0]
        let task = await onLoop(loop) {
            Task<Bool, Never>.immediate(executorPreference: loop) {
                await gate.pass()
                return loop.isCurrent
            }
        }
        #expect(gate.waitingCount == 1)
        group.stop()
        gate.open()
        #expect(await task.value)
    }

    @Test func `may be started when it has stopped`() async {
        let group = EventLoopGroup(count: 1)
        group.stop()
        let loop = group.loops[0]
        #expect(await Task(executorPreference: loop) { loop.isCurrent }.value)
    }

    @Test func `run one at a time and in the order in which they became ready`() async {
        let isInside = Atomic(false)
        let order = Journal<Int>()
        let wasAlone = await afterStop(tasks: 500) { _, index in
            var wasAlone = true
            for round in 0..<5 {
                wasAlone = wasAlone && !isInside.exchange(true, ordering: .relaxed)
                if round == 0 { order.append(index) }
                isInside.store(false, ordering: .relaxed)
                await Task.yield()
            }
            return wasAlone
        }
        #expect(wasAlone.allSatisfy { $0 })
        #expect(order.all == Array(0..<500))
    }

    @Test func `all end, whenever they become ready while it stops`() async {
        for _ in 0..<50 {
            let group = EventLoopGroup(count: 2)
            let ended = Counter()
            await withTaskGroup { tasks in
                for index in 0..<200 {
                    tasks.addTask(executorPreference: group.loops[index % 2]) {
                        for _ in 0..<20 { await Task.detached { await Task.yield() }.value }
                        ended.add()
                    }
                }
                tasks.addTask { group.stop() }
            }
            #expect(ended.value == 200)
        }
    }

    @Test func `that never end do not hold the stop up`() async {
        let group = EventLoopGroup(count: 1)
        let mayEnd = Atomic(false)
        let task = Task(executorPreference: group.loops[0]) {
            while !mayEnd.load(ordering: .relaxed) { await Task.yield() }
        }
        group.stop()
        mayEnd.store(true, ordering: .relaxed)
        await task.value
    }

    @Test func `an actor on the loop answers still`() async {
        let group = EventLoopGroup(count: 1)
        let actor = LoopActor(group.loops[0])
        #expect(await actor.count() == 1)
        group.stop()
        #expect(await actor.count() == 2)
        #expect(await Task.detached { await actor.count() }.value == 3)
    }

    // MARK: What they do is harmless

    @Test func `a timer is not kept and does not fire`() async {
        let heard = Journal<String>()
        let armed = await afterStop { loop, _ in
            let bell = LateBell(heard)
            let timer = loop.arm(after: .zero, bell, kind: 1)
            loop.cancel(timer)
            loop.cancel(timer)
            _ = loop.arm(after: .zero, bell, kind: 2)
            return loop.armedTimers
        }
        #expect(armed == [0])
        #expect(heard.all == ["let go"])
    }

    @Test func `time goes on`() async {
        let group = EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let before = await onLoop(loop) { loop.now }
        group.stop()
        let after = await Task(executorPreference: loop) { loop.now }.value
        #expect(after >= before && after - before < 60_000)
    }

    @Test func `work is refused, and what is due at the end of a turn is done`() async {
        let done = Journal<String>()
        let isTaken = await afterStop { loop, _ in
            loop.atTurnEnd(Chore { done.append("chore") })
            loop.whenStopping { done.append("stopping") }
            loop.execute { done.append("work") }
            loop.flush()
            return loop.offer { done.append("offer") }
        }
        #expect(isTaken == [false])
        #expect(await eventually { done.count == 2 })
        #expect(done.all == ["stopping", "chore"])
    }

    @Test func `a socket is refused and closed`() async throws {
        let (near, far) = try Self.socketPair()
        defer { _ = close(far) }
        let errors = await afterStop { loop, _ in
            do throws(NetError) {
                _ = try TCPConnection(loop: loop, fd: near)
                return ""
            } catch { return error.description }
        }
        #expect(errors == ["cannot watch a socket: the event loop ends"])
        var byte: UInt8 = 0
        #expect(unsafe recv(far, &byte, 1, 0) == 0)
    }

    @Test(arguments: [
        Endpoint.tcp(host: "127.0.0.1", port: 1), .tcp(host: "localhost", port: 1), .unix(path: "/none"),
    ])
    func `connecting fails, as ever not from inside the call`(endpoint: Endpoint) async {
        let outcomes = Journal<String>()
        _ = await afterStop { loop, _ in
            _ = TCPConnector.start(endpoint, on: loop, timeout: .seconds(60)) { result in
                if case .failure(let error) = result { outcomes.append(error.description) }
            }
            outcomes.append("started")
        }
        #expect(
            await outcomes.waitFor(2) == ["started", "cannot connect to \(endpoint): the event loop ends"])
    }

    // MARK: Nothing is left

    @Test func `when the last one ends, the loop is let go`() async {
        weak var loop: EventLoop?
        let task: Task<Void, Never>
        do {
            let (group, gate) = (EventLoopGroup(count: 1), gate)
            loop = group.loops[0]
            task = Task(executorPreference: group.loops[0]) {
                await gate.pass()
                for _ in 0..<100 { await Task.yield() }
            }
            #expect(await eventually { gate.waitingCount == 1 })
            group.stop()
        }
        #expect(loop != nil)
        gate.open()
        await task.value
        #expect(await eventually { loop == nil })
    }

    @Test func `the thread of a loop that has stopped is a thread like any other`() async {
        let group = EventLoopGroup(count: 1)
        let loop = group.loops[0]
        group.stop()
        let isCurrent = Journal<Bool>()
        // The system gives the number of a thread that has ended to the next one.
        for count in 1...50 {
            Thread { isCurrent.append(loop.isCurrent) }.start()
            #expect(await isCurrent.waitFor(count).last == false)
            await Task(executorPreference: loop) {}.value
        }
    }

    private static func socketPair() throws -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        #if canImport(Glibc)
            // A process that another test starts meanwhile would keep them open.
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        try #require(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        return (ends[0], ends[1])
    }
}

private actor LoopActor {
    private let loop: EventLoop
    private var calls = 0

    init(_ loop: EventLoop) { self.loop = loop }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// How often this was called; 0 if that was elsewhere than on the loop.
    func count() -> Int {
        calls += 1
        return loop.isCurrent ? calls : 0
    }
}

private final class LateBell: TimerTarget, Sendable {
    private let heard: Journal<String>

    init(_ heard: Journal<String>) { self.heard = heard }

    deinit { heard.append("let go") }

    func timerFired(_ kind: UInt8) { heard.append("fired") }
}

private final class Chore: TurnEndWork {
    private let work: () -> Void

    init(_ work: @escaping () -> Void) { self.work = work }

    func turnEnds() { work() }
}
