import Database
import EngineNet
import EngineWire

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `maxserver migrate`: changes the schema, and tells how it stands.
struct MigrationTool {
    let settings: Settings
    let isForced: Bool
    /// Takes a line.
    let output: (String) -> Void

    private var folder: MigrationFolder { MigrationFolder(path: settings.migrationFolder) }

    /// - Returns: the status that the process ends with: 1 where `current` finds that something is to be done.
    func run(_ command: MigrateCommand) throws -> Int32 {
        switch command {
        case .new(let name): output("made \(try folder.add(name))")
        case .sql(let dialect):
            output(try Migrator.script(folder.all(), dialect ?? settings.database.dialect))
        case .up(let most):
            try withMigrator { migrator in
                let applied = try migrator.up(most ?? .max, isForced: isForced)
                output(applied.isEmpty ? "there is nothing to apply" : place(try migrator.state()))
            }
        case .down(let count):
            guard try isThere() else { return 1 }
            try withMigrator { migrator in
                let back = try migrator.down(count, isForced: isForced)
                output(back.isEmpty ? "there is nothing to take back" : place(try migrator.state()))
            }
        case .current:
            guard try isThere() else { return 1 }
            return try withMigrator { tell(try $0.state()) }
        case .history:
            guard try isThere() else { return 1 }
            try withMigrator { tellHistory(try $0.state()) }
        }
        return 0
    }

    private func withMigrator<Value>(_ body: (Migrator) throws -> Value) throws -> Value {
        // First what may be wrong with files: opening a file of SQLite makes it.
        let migrations = try folder.all()
        let connection = try Store.migrationConnection(settings.database)
        defer { connection.close() }
        return try body(
            Migrator(
                connection, migrations, now: { Int64(WallClock.milliseconds) }, told: output))
    }

    /// Whether there is a database to look at: opening a file of SQLite would make one.
    private func isThere() throws -> Bool {
        guard case .sqlite(let path) = settings.database, !FileManager.default.fileExists(atPath: path) else {
            return true
        }
        output("there is no database at \(path) yet; maxserver migrate up makes it")
        return false
    }

    private func place(_ state: MigrationState) -> String {
        guard let last = state.applied.last else { return "the schema is empty" }
        return "the schema is at \(last.label)"
    }

    private func tell(_ state: MigrationState) -> Int32 {
        output(place(state))
        for migration in state.pending { output("pending: \(migration.label)") }
        for migration in state.changed { output("changed after it was applied: \(migration.label)") }
        for migration in state.missing { output("applied, and not there any more: \(migration.label)") }
        return state.pending.isEmpty && state.changed.isEmpty && state.missing.isEmpty ? 0 : 1
    }

    private func tellHistory(_ state: MigrationState) {
        let width = (state.applied.map(\.label) + state.pending.map(\.label)).map(\.count).max() ?? 0
        for applied in state.applied {
            let second = CivilTime(secondsSince1970: Int(applied.appliedAt / 1_000))
            let time = second.isoText(millisecond: Int(applied.appliedAt % 1_000))
            output("\(applied.label.padding(to: width))  \(time)  \(applied.duration) ms")
        }
        for migration in state.pending { output("\(migration.label.padding(to: width))  pending") }
    }
}
