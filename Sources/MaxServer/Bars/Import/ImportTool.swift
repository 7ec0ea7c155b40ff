import Database

/// `maxserver bars import`: stores the bars of a file. Run again it stores them again in the same places.
struct ImportTool {
    /// Faults that are told; more are counted.
    private static let mostFaults = 20

    let settings: Settings
    let log: Log
    /// Takes the line at the end.
    let output: (String) -> Void

    /// - Returns: the status that the process ends with: 1 where lines were bad or refused.
    func run(_ order: ImportOrder) async throws -> Int32 {
        var input = BarInput(order, try InputFile(order.file))
        // First what may be wrong with the file: opening a database may make one.
        let first = try input.begin()
        guard !order.isDryRun else { return try await store(&input, first, nil) }
        return try await Store.use(settings, log: log) { database, _ in
            try await store(&input, first, makeWriter(into: database))
        }
    }

    private func store(_ input: inout BarInput, _ first: BarInput.Part, _ writer: WriteBehind?) async throws
        -> Int32
    {
        var progress = ProgressLine()
        var storing: Task<Void, Never>?
        let start = ContinuousClock.now
        var told = 0
        var part = first
        while true {
            for fault in part.faults.prefix(max(0, Self.mostFaults - told)) { progress.keep("\(fault)") }
            told += part.faults.count
            if let writer, !part.rows.isEmpty {
                writer.add(contentsOf: part.rows)
                // The next part is read while this one is stored; more must not wait.
                await storing?.value
                storing = Task { await writer.flush() }
            }
            if part.isLast { break }
            progress.show(line(input, start))
            part = try input.next()
        }
        await storing?.value
        await writer?.close(within: .seconds(60))
        progress.clear()
        return tell(input, writer?.counts, ContinuousClock.now - start)
    }

    private func makeWriter(into database: any Database) -> WriteBehind {
        var options = WriteBehindOptions()
        // Two parts of the shortest lines there are.
        options.limit = 100_000
        return WriteBehind(
            BarRow.table, into: database, options: options,
            badRow: { [log] _, error in log.warning("the database refuses a row", ["error": "\(error)"]) },
            trouble: { [log] error, _ in
                log.warning("rows wait, because the database does not take them", ["error": "\(error)"])
            })
    }

    private func line(_ input: BarInput, _ start: ContinuousClock.Instant) -> String {
        let rows = input.bars.rowCount
        let rate = Int(Double(rows) / max(0.001, (ContinuousClock.now - start) / .seconds(1)))
        let share = input.percent.map { " (\($0) %)" } ?? ""
        return "\(rows.grouped) rows\(share), \(rate.grouped) rows/s"
    }

    private func tell(_ input: BarInput, _ counts: WriteBehindCounts?, _ time: Duration) -> Int32 {
        let bars = input.bars
        if bars.faultCount > Self.mostFaults {
            output("\((bars.faultCount - Self.mostFaults).grouped) more bad lines are not shown")
        }
        let seconds = max(0.001, time / .seconds(1))
        let lost = (counts?.failed ?? 0) + (counts?.dropped ?? 0)
        var parts = ["\(bars.rowCount.grouped) rows read"]
        if let counts {
            parts.append("\(counts.written.grouped) stored")
            if counts.replaced > 0 { parts.append("\(counts.replaced.grouped) replaced by later ones") }
            if lost > 0 { parts.append("\(lost.grouped) not stored") }
        } else {
            parts.append("nothing stored (dry run)")
        }
        parts.append("\(bars.faultCount.grouped) bad lines")
        let rate = Int(Double(bars.rowCount) / seconds)
        let tenths = (seconds * 10).rounded() / 10
        output("\(input.order.file): \(parts.joined(separator: ", ")) in \(tenths) s, \(rate.grouped) rows/s")
        return bars.faultCount + lost == 0 ? 0 : 1
    }
}
