import SocketIO
import Synchronization
import TestSupport
import Testing

/// Row M15: the server's half of a client's retries.
@Suite(.timeLimit(.minutes(5))) struct `What is to be done once only` {
    private struct Failure: Error {}

    private let once = OnceOnly<String, Int>(limit: 3, keeping: .seconds(600))
    private let work = Journal<Int>()

    /// Answers with how often anything was done.
    @Sendable private func count() -> Int {
        work.append(0)
        return work.count
    }

    @Test func `is done for the first who asks, and the same answer is for all who ask later`() async throws {
        for _ in 0..<3 { #expect(try await once.answer(to: "a", count) == 1) }
        #expect(try await once.answer(to: "b", count) == 2)
        #expect(work.count == 2)
    }

    @Test func `is waited for by those who ask meanwhile`() async throws {
        let gate = Gate()
        let (once, work) = (once, work)
        let asking = (0..<10).map { number in
            Task {
                try await once.answer(to: "a") {
                    work.append(number)
                    await gate.pass()
                    return number
                }
            }
        }
        _ = await work.waitFor(1)
        gate.open()
        for task in asking { #expect(try await task.value == work.all[0]) }
        #expect(work.count == 1)
    }

    @Test func `is tried again by the next after a failure`() async throws {
        let gate = Gate()
        let (once, work) = (once, work)
        let first = Task {
            try await once.answer(to: "a") {
                work.append(1)
                await gate.pass()
                throw Failure()
            }
        }
        _ = await work.waitFor(1)
        let second = Task { try await once.answer(to: "a") { 2 } }
        gate.open()
        await #expect(throws: Failure.self) { try await first.value }
        #expect(try await second.value == 2)
        #expect(try await once.answer(to: "a") { 3 } == 2)
    }

    @Test func `is forgotten in the order in which it was done when there is no more place`() async throws {
        for (number, key) in ["a", "b", "c", "d"].enumerated() {
            #expect(try await once.answer(to: key) { number } == number)
        }
        #expect(once.count == 3)
        #expect(try await once.answer(to: "b") { -1 } == 1)
        #expect(try await once.answer(to: "a") { -1 } == -1)
    }

    @Test func `is refused while all places are taken by what is under way`() async throws {
        let (gate, once) = (Gate(), once)
        let busy = ["a", "b", "c"].map { key in
            Task {
                try await once.answer(to: key) {
                    await gate.pass()
                    return 1
                }
            }
        }
        #expect(await eventually { gate.waitingCount == 3 })
        await #expect(throws: OnceOnlyFull.self) { try await once.answer(to: "d") { 1 } }
        gate.open()
        for task in busy { _ = try await task.value }
        #expect(try await once.answer(to: "d") { 2 } == 2)
    }

    @Test func `is forgotten after its time`() async throws {
        let once = OnceOnly<String, Int>(limit: 10, keeping: .milliseconds(50))
        #expect(try await once.answer(to: "a", count) == 1)
        #expect(await eventually { (try? await once.answer(to: "a", count)) != 1 })
        #expect(once.count == 1)
    }

    @Test func `is done once for a client that asks again over its next connection`() async throws {
        let (once, work, gate) = (once, work, Gate())
        try await withLocalServer { server in
            server.onConnection { socket in
                socket.on("order", String.self) { name in
                    try await once.answer(to: name) {
                        work.append(0)
                        await gate.pass()
                        return work.count
                    }
                }
            }
        } test: { server in
            let client = try await server.connectInProcess()
            try client.emit("order", "mine")
            _ = await work.waitFor(1)
            try await client.reconnect()
            async let answer = client.emitWithAck("order", "mine", timeout: .seconds(20))
            gate.open()
            #expect(try await answer.decode(Int.self) == 1)
        }
    }
}
