/// How the schema of a database stands to the migrations there are.
package struct MigrationState: Sendable, Hashable {
    /// What was applied, oldest number first.
    package let applied: [AppliedMigration]
    /// What was not, in the order in which it would be.
    package let pending: [Migration]
    /// Applied, and their files say something else now.
    package let changed: [Migration]
    /// Applied, and their files are not there any more.
    package let missing: [AppliedMigration]

    init(_ applied: [AppliedMigration], _ migrations: [Migration]) {
        self.applied = applied
        let checksums = Dictionary(applied.map { ($0.version, $0.checksum) }) { first, _ in first }
        pending = migrations.filter { checksums[$0.version] == nil }
        changed = migrations.filter {
            checksums[$0.version].map { [checksum = $0.checksum] in $0 != checksum } ?? false
        }
        let known = Set(migrations.map(\.version))
        missing = applied.filter { !known.contains($0.version) }
    }

    /// The number of the newest migration that was applied; nil for an empty database.
    package var version: Int? { applied.last?.version }
}

/// A migration as the database remembers it.
package struct AppliedMigration: Sendable, Hashable {
    package let version: Int
    package let name: String
    package let checksum: String
    /// Milliseconds since 1970-01-01 00:00 UTC.
    package let appliedAt: Int64
    /// How long it took, in milliseconds.
    package let duration: Int64

    package var label: String { Migration.label(version, name) }
}
