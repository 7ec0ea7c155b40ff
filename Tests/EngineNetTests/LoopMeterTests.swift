import Testing

@testable import EngineNet

@Suite struct `The meter of a loop` {
    /// Turns that begin and end at these times.
    private func meter(_ turns: (UInt64, UInt64)...) -> LoopMeter {
        var meter = LoopMeter()
        for (begin, end) in turns {
            meter.turnBegins(at: begin)
            meter.turnEnded(at: end)
        }
        return meter
    }

    @Test func `counts turns, the time in them, and the longest`() {
        var meter = meter((100, 130), (1_000, 1_500), (2_000, 2_001))
        let load = meter.take(index: 3)
        #expect(
            load
                == LoopLoad(loop: 3, turns: 3, busy: .nanoseconds(531), longestTurn: .nanoseconds(500)))
    }

    @Test func `is empty at first`() {
        var meter = LoopMeter()
        #expect(meter.take(index: 0) == LoopLoad(loop: 0))
    }

    @Test func `asks for the longest turn since the last question, and for all else since the start`() {
        var meter = meter((10, 60))
        _ = meter.take(index: 0)
        #expect(
            meter.take(index: 0) == LoopLoad(loop: 0, turns: 1, busy: .nanoseconds(50), longestTurn: .zero))
        meter.turnBegins(at: 100)
        meter.turnEnded(at: 107)
        #expect(
            meter.take(index: 0)
                == LoopLoad(loop: 0, turns: 2, busy: .nanoseconds(57), longestTurn: .nanoseconds(7)))
    }

    @Test func `begins a turn with the first of its events`() {
        var meter = LoopMeter()
        for now in [5, 6, 7] as [UInt64] { meter.turnBegins(at: now) }
        meter.turnEnded(at: 9)
        #expect(meter.take(index: 0).busy == .nanoseconds(4))
    }

    @Test func `does not look at the clock for the other events of a turn`() {
        var meter = LoopMeter()
        var looks = 0
        for _ in 0..<5 {
            meter.turnBegins(
                at: {
                    looks += 1
                    return 1
                }())
        }
        #expect(looks == 1)
    }

    @Test func `counts no turn in which nothing happened`() {
        var meter = meter((10, 20))
        meter.turnEnded(at: 30)
        meter.turnEnded(at: 40)
        #expect(meter.take(index: 0).turns == 1)
    }

    @Test func `leaves a turn that has not ended for the next question`() {
        var meter = LoopMeter()
        meter.turnBegins(at: 10)
        #expect(meter.take(index: 0) == LoopLoad(loop: 0))
        meter.turnEnded(at: 1_010)
        #expect(
            meter.take(index: 0)
                == LoopLoad(loop: 0, turns: 1, busy: .microseconds(1), longestTurn: .microseconds(1)))
    }

    @Test func `measures a loop that is kept busy`() async {
        let group = EventLoopGroup(count: 1)
        let loop = group.loops[0]
        loop.execute {
            let start = ContinuousClock.now
            while .now - start < .milliseconds(30) {}
        }
        let load = await withCheckedContinuation { next in
            // A turn later: the busy one is over.
            loop.execute { loop.execute { next.resume(returning: loop.takeLoad()) } }
        }
        #expect(load.turns >= 1)
        #expect(load.busy >= .milliseconds(30))
        #expect(load.longestTurn >= .milliseconds(30) && load.longestTurn <= load.busy)
        group.stop()
    }
}
