import TestSupport
import Testing

@testable import Database

@Suite("The queue of rows that wait, against a simple one")
struct WriteBehindQueueTests {
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func `keeps the newest of each key in the order in which keys came`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limit = [1, 7, 100, 5_000].randomElement(using: &random) ?? 1
        var queue = WriteBehindQueue(Counter.table, limit: limit)
        var simple: [Counter] = []
        var number = 0
        for step in 0..<20_000 {
            let row = Counter("\(Int.random(in: 0..<limit * 2, using: &random))", Int64(step))
            let outcome = queue.add(row)
            if let known = simple.firstIndex(where: { $0.name == row.name }) {
                simple[known] = row
                #expect(outcome == .replaced)
            } else {
                simple.append(row)
                #expect(outcome == (simple.count > limit ? .dropsOldest : .waits))
                if simple.count > limit {
                    simple.removeFirst()
                    number += 1
                }
            }
            guard Int.random(in: 0..<limit * 2, using: &random) == 0 else { continue }
            let most = Int.random(in: 0...limit + 1, using: &random)
            let expected = simple.prefix(most)
            #expect(Self.rows(queue.take(most)) == expected.sorted { $0.name < $1.name })
            simple.removeFirst(expected.count)
            number += expected.count
            #expect(queue.count == simple.count && queue.oldest == number)
        }
    }

    @Test func `keys of several columns are the same when all of them are`() {
        var queue = WriteBehindQueue(Point.table, limit: 100)
        #expect(queue.add(Point(x: "a", at: 1, r: 1)) == .waits)
        #expect(queue.add(Point(x: "a", at: 2, r: 2)) == .waits)
        #expect(queue.add(Point(x: "b", at: 1, r: nil)) == .waits)
        #expect(queue.add(Point(x: "a", at: 2, r: nil)) == .replaced)
        // The same to Swift, other bytes to a database.
        #expect(queue.add(Point(x: "\u{e9}", at: 1, r: 3)) == .waits)
        #expect(queue.add(Point(x: "e\u{301}", at: 1, r: 4)) == .waits)
        let batch = queue.take(3)
        #expect(batch.table.key == ["x", "at"] && batch.table.others == ["r"])
        guard case .text(let x) = batch.columns[0], case .timestamp(let at) = batch.columns[1],
            case .optionalReal(let r) = batch.columns[2]
        else { return #expect(Bool(false), "columns of other kinds") }
        #expect(x == ["a", "a", "b"] && at == [1, 2, 1] && r == [1, nil, nil])
    }

    private static func rows(_ batch: UpsertBatch) -> [Counter] {
        guard case .text(let names) = batch.columns[0], case .integer(let values) = batch.columns[1] else {
            return []
        }
        return zip(names, values).map { Counter($0, $1) }
    }

    private struct Point: KeyedRow {
        static let table = KeyedTable(
            "points", key: ["x": .text, "at": .timestamp], others: ["r": .optionalReal])
        var x: String
        var at: Int64
        var r: Double?

        func append(to row: inout RowWriter) {
            row.add(x)
            row.add(timestamp: at)
            row.add(optional: r)
        }
    }
}

@Suite("The wait before another attempt")
struct WriteBehindRetryTests {
    @Test func `doubles from the first to the slowest, less the jitter`() {
        let options = WriteBehindOptions()
        let delays = (1...8).map { options.retryDelay(after: $0, jitter: 1) }
        #expect(delays == [50, 100, 200, 400, 800, 1_600, 2_000, 2_000].map { .milliseconds($0) })
        #expect(options.retryDelay(after: 2, jitter: 0.5) == .milliseconds(50))
        #expect(options.retryDelay(after: .max, jitter: 1) == .seconds(2))
    }
}
