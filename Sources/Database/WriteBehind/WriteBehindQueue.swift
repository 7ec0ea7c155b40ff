/// Rows that wait, the newest for each key, in the order in which their keys came. Pure.
///
/// Every row has a number, counted up. Places of the index may name rows that are gone: their numbers are too small.
struct WriteBehindQueue: ~Copyable {
    private let table: KeyedTable
    private let limit: Int
    private var rows: RowWriter
    private var hashes: [Int] = []
    /// Where the oldest row that waits stands in the columns.
    private var head = 0
    /// The number of the row that stands first in the columns.
    private var base = 0
    /// An open hash table of numbers, each with one added to it; 0 is a place that was never used.
    private var places: [Int]
    private var usedPlaces = 0

    enum Outcome { case waits, replaced, dropsOldest }

    init(_ table: KeyedTable, limit: Int) {
        self.table = table
        self.limit = max(1, limit)
        rows = RowWriter(table.kinds)
        places = Array(repeating: 0, count: 1_024)
    }

    var count: Int { hashes.count - head }
    /// The number of the oldest row that waits.
    var oldest: Int { base + head }
    /// The number that the next new row gets.
    var next: Int { base + hashes.count }

    mutating func add(_ row: some KeyedRow) -> Outcome {
        rows.add(row)
        let position = hashes.count
        let hash = keyHash(position)
        hashes.append(hash)
        if let known = claimPlace(for: position, hash) {
            hashes.removeLast()
            rows.forEachColumn { $0.moveLast(to: known) }
            return .replaced
        }
        guard count > limit else { return .waits }
        head += 1
        tidyUp()
        return .dropsOldest
    }

    /// Takes the oldest rows.
    /// - Returns: them in the order of their keys: several servers that store the same keys in different orders would
    ///   wait for each other for ever.
    mutating func take(_ most: Int) -> UpsertBatch {
        let taken = min(count, max(0, most))
        let positions = (head..<head + taken).sorted { isBefore($0, $1) }
        let batch = UpsertBatch(table.table, rows.columns.map { $0.values(at: positions) })
        head += taken
        tidyUp()
        return batch
    }

    /// Lets go of rows that are gone, once they are more than those that wait.
    private mutating func tidyUp() {
        guard head > count, head > 1_024 || count == 0 else { return }
        let gone = head
        rows.forEachColumn { $0.removeFirst(gone) }
        hashes.removeFirst(gone)
        base += gone
        head = 0
    }

    // MARK: Keys

    private var keyColumns: Range<Int> { 0..<table.table.key.count }

    private func keyHash(_ position: Int) -> Int {
        var hasher = Hasher()
        for column in keyColumns { rows.columns[column].hash(position, into: &hasher) }
        return hasher.finalize()
    }

    private func isSameKey(_ one: Int, _ other: Int) -> Bool {
        for column in keyColumns where !rows.columns[column].isSame(one, other) { return false }
        return true
    }

    private func isBefore(_ one: Int, _ other: Int) -> Bool {
        for column in keyColumns {
            if let isBefore = rows.columns[column].isBefore(one, other) { return isBefore }
        }
        return false
    }

    /// Finds the row with the same key, or notes the new one.
    /// - Returns: where the known one stands in the columns.
    private mutating func claimPlace(for position: Int, _ hash: Int) -> Int? {
        if usedPlaces * 4 >= places.count * 3 { buildPlaces(without: position) }
        let mask = places.count - 1
        var place = hash & mask
        var outdated: Int?
        while places[place] != 0 {
            let known = places[place] - 1 - base
            if known < head {
                outdated = outdated ?? place
            } else if hashes[known] == hash, isSameKey(known, position) {
                return known
            }
            place = (place + 1) & mask
        }
        if outdated == nil { usedPlaces += 1 }
        places[outdated ?? place] = base + position + 1
        return nil
    }

    /// Forgets numbers of rows that are gone, and makes the table fit for those that wait.
    private mutating func buildPlaces(without new: Int) {
        var size = 1_024
        while size < count * 4 { size *= 2 }
        places = Array(repeating: 0, count: size)
        for position in head..<new {
            var place = hashes[position] & (size - 1)
            while places[place] != 0 { place = (place + 1) & (size - 1) }
            places[place] = base + position + 1
        }
        usedPlaces = new - head
    }
}
