import TestSupport
import Testing

@testable import MaxServer

@Suite(.timeLimit(.minutes(2))) struct `An answer that is waited for only so long` {
    private struct Refused: Error, Equatable {}

    /// A call that goes on until it is cancelled, and says so.
    private func endless(_ journal: Journal<String>) async throws -> Int {
        // Never waited for to its end: it stands for a call that hangs, and ends when it is cancelled.
        do { try await Task.sleep(for: .seconds(86_400)) } catch { journal.append("cancelled") }
        return 1
    }

    @Test func `is what the call returns or throws, when that comes in time`() async throws {
        #expect(try await answer(of: "it", within: .seconds(86_400)) { 7 } == 7)
        await #expect(throws: Refused()) {
            try await answer(of: "it", within: .seconds(86_400)) { throw Refused() }
        }
    }

    @Test func `is an error in the end, and the call is cancelled`() async throws {
        let journal = Journal<String>()
        let error = NoAnswer(who: "it", patience: .milliseconds(1_500))
        #expect(error.description == "it has not answered in 1.5 seconds")
        await #expect(throws: NoAnswer(who: "it", patience: .milliseconds(1))) {
            try await answer(of: "it", within: .milliseconds(1)) { try await endless(journal) }
        }
        #expect(await journal.waitFor(1) == ["cancelled"])
    }

    @Test func `does not wait for a call that cannot be cancelled, which ends by itself`() async throws {
        let (gate, journal) = (Gate(), Journal<String>())
        await #expect(throws: NoAnswer.self) {
            try await answer(of: "it", within: .milliseconds(1)) {
                await gate.pass()
                journal.append("over")
            }
        }
        #expect(journal.count == 0)
        gate.open()
        #expect(await journal.waitFor(1) == ["over"])
    }

    @Test func `ends with the task that waits for it`() async throws {
        let journal = Journal<String>()
        let waiting = Task {
            try await answer(of: "it", within: .seconds(86_400)) {
                journal.append("asked")
                return try await endless(journal)
            }
        }
        _ = await journal.waitFor(1)
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(await journal.waitFor(2) == ["asked", "cancelled"])
    }

    @Test func `leaves nothing behind`() async throws {
        final class Held: Sendable {}
        weak var held: Held?
        do {
            let object = Held()
            held = object
            try await answer(of: "it", within: .seconds(86_400)) { _ = object }
        }
        #expect(await eventually { held == nil })
    }
}
