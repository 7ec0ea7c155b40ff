import Database
import Synchronization
import TestSupport
import Testing

@Suite("Rows stored behind their writers", .timeLimit(.minutes(2)))
struct WriteBehindTests {
    let database = MemoryDatabase()

    @Test func `rows are stored by themselves after the window`() async {
        let rows = WriteBehind(Counter.table, into: database, options: .quick)
        rows.add(Counter("b", 2))
        rows.add(contentsOf: [Counter("a", 1), Counter("c", 3)])
        #expect(await eventually { await database.rows == ["a": 1, "b": 2, "c": 3] })
        #expect(await eventually { rows.counts.written == 3 })
        #expect(rows.counts.queued == 0 && rows.counts.lastCommit > .zero)
    }

    @Test func `flush waits until all that was added is stored, in the order of keys`() async {
        let rows = WriteBehind(Counter.table, into: database, options: .patient)
        rows.add(contentsOf: ["d", "a", "c", "b"].map { Counter($0) })
        await rows.flush()
        #expect(await database.batches == [["a", "b", "c", "d"]])
        await rows.flush()
        #expect(rows.counts.batches == 1)
    }

    @Test func `of a key only the newest row that waits is stored`() async {
        let rows = WriteBehind(Counter.table, into: database, options: .patient)
        for value in Int64(1)...100 { rows.add(contentsOf: [Counter("a", value), Counter("b", -value)]) }
        #expect(rows.counts.queued == 2 && rows.counts.replaced == 198)
        await rows.flush()
        #expect(await database.rows == ["a": 100, "b": -100])
        #expect(rows.counts.added == 200 && rows.counts.written == 2)
    }

    @Test func `a full batch waits for nothing, one row less does`() async {
        var options = WriteBehindOptions.patient
        options.fullBatch = 3
        let rows = WriteBehind(Counter.table, into: database, options: options)
        rows.add(contentsOf: [Counter("a"), Counter("b")])
        #expect(rows.counts.queued == 2)
        rows.add(Counter("c"))
        #expect(await eventually { rows.counts.written == 3 })
    }

    @Test func `what came while the database was busy goes together, up to the largest batch`() async {
        var options = WriteBehindOptions.patient
        (options.fullBatch, options.largestBatch) = (1, 4)
        let gate = Gate()
        await database.freeze(gate)
        let rows = WriteBehind(Counter.table, into: database, options: options)
        rows.add(Counter("0"))
        #expect(await eventually { gate.waitingCount == 1 })
        rows.add(contentsOf: (1...9).map { Counter("\($0)") })
        gate.open()
        await rows.flush()
        #expect(await database.batches.map(\.count) == [1, 4, 4, 1])
    }

    @Test func `of a key the later row is stored later, also when the first one is under way`() async {
        let gate = Gate()
        await database.freeze(gate)
        await database.fail(.lost(reason: "gone"), .lost(reason: "gone again"))
        let rows = WriteBehind(Counter.table, into: database, options: .quick)
        rows.add(Counter("a", 1))
        #expect(await eventually { gate.waitingCount == 1 })
        rows.add(Counter("a", 2))
        #expect(rows.counts.queued == 2 && rows.counts.replaced == 0)
        gate.open()
        await rows.flush()
        #expect(await database.rows == ["a": 2])
        #expect(await database.batches == [["a"], ["a"]])
    }

    @Test(arguments: [
        SQLError.unavailable(reason: "no connection"), .lost(reason: "no answer"), .overloaded(limit: 1),
        .conflict(message: "deadlock"), .refused(code: "13", message: "no room left"),
    ])
    func `what may be over later is tried again, and nothing is lost`(error: SQLError) async {
        let troubles = Journal<SQLError>()
        await database.fail(error, error, error)
        let rows = WriteBehind(
            Counter.table, into: database, options: .quick, trouble: { error, _ in troubles.append(error) })
        rows.add(contentsOf: [Counter("a", 1), Counter("b", 2)])
        await rows.flush()
        #expect(await database.rows == ["a": 1, "b": 2])
        #expect(troubles.all == [error, error, error] && rows.counts.retried == 3)
        #expect(rows.counts.written == 2 && rows.counts.failed == 0 && rows.counts.dropped == 0)
    }

    @Test func `rows that are refused are told one by one, and the others stored`() async {
        let bad = Journal<UpsertBatch>()
        await database.refuse(["3", "7", "8"])
        let rows = WriteBehind(
            Counter.table, into: database, options: .patient, badRow: { row, _ in bad.append(row) })
        rows.add(contentsOf: (0..<10).map { Counter("\($0)", 1) })
        await rows.flush()
        #expect(Set(await database.rows.keys) == ["0", "1", "2", "4", "5", "6", "9"])
        #expect(bad.all.map(\.count) == [1, 1, 1] && rows.counts.failed == 3 && rows.counts.written == 7)
        rows.add(Counter("10"))
        await rows.flush()
        #expect(rows.counts.written == 8)
    }

    @Test func `a row that is refused again and again does not block the others, whatever the reason`() async
    {
        let bad = Journal<SQLError>()
        let refusal = SQLError.refused(code: "XX000", message: "no")
        await database.refuse(["3"], as: refusal)
        let rows = WriteBehind(
            Counter.table, into: database, options: .quick, badRow: { _, error in bad.append(error) })
        rows.add(contentsOf: (0..<8).map { Counter("\($0)", 1) })
        await rows.flush()
        #expect(await database.rows.count == 7)
        #expect(bad.all == [refusal] && rows.counts.failed == 1)
        // As often for 8, 4, 2 rows and the one; the last time it is given up.
        #expect(rows.counts.retried == 4 * (WriteBehindOptions.quick.refusals - 1))
    }

    @Test(arguments: ["42P01", "42703", "1"]) func `rows wait for a table that is not as it should be`(
        code: String
    )
        async
    {
        let refusal = SQLError.refused(code: code, message: "no such table")
        await database.fail(refusal, refusal, refusal, refusal, refusal, refusal, refusal)
        let rows = WriteBehind(Counter.table, into: database, options: .quick)
        rows.add(contentsOf: [Counter("a", 1), Counter("b", 2)])
        await rows.flush()
        #expect(await database.rows == ["a": 1, "b": 2])
        #expect(rows.counts.failed == 0 && rows.counts.retried == 7)
    }

    @Test func `a refusal that is over before its last attempt costs no row`() async {
        let refusal = SQLError.refused(code: "XX000", message: "no")
        await database.fail(refusal, refusal, refusal, refusal)
        let rows = WriteBehind(Counter.table, into: database, options: .quick)
        rows.add(Counter("a", 1))
        await rows.flush()
        #expect(await database.rows == ["a": 1])
        #expect(rows.counts.failed == 0 && rows.counts.retried == 4)
    }

    @Test func `a batch of nothing but bad rows ends, too`() async {
        await database.refuse(Set((0..<100).map { "\($0)" }))
        let rows = WriteBehind(Counter.table, into: database, options: .patient)
        rows.add(contentsOf: (0..<100).map { Counter("\($0)") })
        await rows.flush()
        #expect(rows.counts.failed == 100 && rows.counts.queued == 0)
        #expect(await database.calls == 199)
    }

    @Test func `a full queue drops the oldest, and still takes newer rows of its keys`() async {
        var options = WriteBehindOptions.patient
        (options.limit, options.fullBatch) = (3, 100)
        let rows = WriteBehind(Counter.table, into: database, options: options)
        rows.add(contentsOf: ["a", "b", "c"].map { Counter($0, 1) })
        rows.add(Counter("b", 2))
        #expect(rows.counts.dropped == 0 && rows.counts.queued == 3)
        rows.add(Counter("d", 1))
        #expect(rows.counts.dropped == 1 && rows.counts.queued == 3)
        await rows.flush()
        #expect(await database.rows == ["b": 2, "c": 1, "d": 1])
    }

    @Test func `a frozen database does not hold up those who add, and gets everything later`() async {
        let gate = Gate()
        await database.freeze(gate)
        let rows = WriteBehind(Counter.table, into: database, options: .quick)
        rows.add(Counter("first"))
        #expect(await eventually { gate.waitingCount == 1 })
        for value in Int64(0)..<10_000 { rows.add(Counter("\(value % 50)", value)) }
        #expect(rows.counts.queued == 51 && rows.counts.dropped == 0)
        gate.open()
        await rows.flush()
        #expect(await database.rows.count == 51)
        #expect(await database.rows["49"] == 9_999)
    }

    @Test func `closing stores what waits, and takes no more`() async {
        let rows = WriteBehind(Counter.table, into: database, options: .patient)
        rows.add(contentsOf: (0..<5_000).map { Counter("\($0)") })
        #expect(await rows.close(within: .seconds(60)) == 0)
        #expect(await database.rows.count == 5_000)
        rows.add(Counter("late"))
        await rows.flush()
        #expect(rows.counts.dropped == 1 && rows.counts.queued == 0)
        #expect(await rows.close(within: .seconds(60)) == 0)
    }

    @Test func `closing with nothing to store ends at once`() async {
        let rows = WriteBehind(Counter.table, into: database, options: .patient)
        #expect(await rows.close(within: .seconds(3_600)) == 0)
        #expect(await database.calls == 0)
    }

    @Test func `closing gives up at its deadline when the database is frozen`() async {
        let gate = Gate()
        await database.freeze(gate)
        let rows = WriteBehind(Counter.table, into: database, options: .quick)
        rows.add(Counter("under way"))
        #expect(await eventually { gate.waitingCount == 1 })
        rows.add(contentsOf: [Counter("a"), Counter("b")])
        #expect(await rows.close(within: .milliseconds(10)) == 3)
        #expect(rows.counts.dropped == 3 && rows.counts.queued == 0)
        gate.open()
    }

    @Test func `closing gives up at its deadline between attempts`() async {
        await database.fail(.unavailable(reason: "away"))
        var options = WriteBehindOptions.quick
        (options.firstRetry, options.slowestRetry) = (.seconds(3_600), .seconds(3_600))
        let rows = WriteBehind(Counter.table, into: database, options: options)
        rows.add(Counter("a"))
        #expect(await eventually { rows.counts.retried == 1 })
        #expect(await rows.close(within: .milliseconds(10)) == 1)
        #expect(await database.rows.isEmpty)
    }

    @Test func `a database that we closed gets no more, and nobody waits for it`() async {
        await database.fail(.closed)
        let rows = WriteBehind(Counter.table, into: database, options: .quick)
        rows.add(Counter("a"))
        await rows.flush()
        #expect(await eventually { rows.counts.dropped == 1 })
        rows.add(Counter("b"))
        #expect(rows.counts.dropped == 2)
        #expect(await rows.close(within: .seconds(60)) == 1)
    }

    @Test func `what waits is stored when nobody holds it any more`() async {
        var rows: WriteBehind? = WriteBehind(Counter.table, into: database, options: .patient)
        rows?.add(Counter("a"))
        rows = nil
        #expect(await eventually { await database.rows.count == 1 })
    }

    @Test func `rows from many threads at once are all stored, through losses`() async {
        let rows = WriteBehind(Counter.table, into: database, options: .quick)
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    for number in 0..<2_000 {
                        rows.add(Counter("\(thread)-\(number % 700)", Int64(number)))
                        if number % 100 == 0 {
                            await database.fail(.lost(reason: "gone"), .conflict(message: "deadlock"))
                        }
                    }
                }
            }
        }
        await rows.flush()
        let stored = await database.rows
        #expect(stored.count == 8 * 700 && stored["3-599"] == 1_999 && stored["7-600"] == 1_300)
        let counts = rows.counts
        #expect(counts.added == counts.written + counts.replaced && counts.dropped == 0 && counts.queued == 0)
    }
}
