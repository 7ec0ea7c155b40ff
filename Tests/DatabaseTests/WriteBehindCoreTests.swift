import TestSupport
import Testing

@testable import Database

@Suite("Rows behind their writers: who waits for which")
struct WriteBehindCoreTests {
    /// A batch is in the order of keys: which of its rows are stored first says nothing of when they came.
    @Test func `nobody who waits for a row goes on before its whole batch is done`() async {
        let core = WriteBehindCore(Counter.table, .patient)
        core.add(Counter("z"))
        let flushed = Task { await core.flush() }
        #expect(await eventually { core.waitingCount == 1 })
        core.add(contentsOf: [Counter("a"), Counter("b")])
        #expect(core.take()?.count == 3)
        core.finish(2) { $0.written += 2 }
        #expect(core.waitingCount == 1)
        core.finish(1) { $0.written += 1 }
        #expect(core.waitingCount == 0)
        await flushed.value
    }
}
