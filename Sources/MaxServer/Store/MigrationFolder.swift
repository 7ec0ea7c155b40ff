import Database

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The migrations there are: the server's own, and those in a folder of the application.
struct MigrationFolder: Sendable {
    let path: String
    /// The application's numbers begin here; the server's are below.
    private static let firstNumber = 1_000

    /// In the order of their numbers.
    func all() throws -> [Migration] {
        try Migrator.ordered(MarketMigrations.all() + own())
    }

    private func own() throws -> [Migration] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return try names.filter { $0.hasSuffix(".sql") }.map { name in
            guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else {
                throw MigrationError.badFile(name, reason: "it cannot be read")
            }
            let migration = try Migration(file: name, String(decoding: data, as: UTF8.self))
            guard migration.version >= Self.firstNumber else {
                throw MigrationError.badFile(
                    name,
                    reason: "its number must be \(Self.firstNumber) or more: those below are the server's own"
                )
            }
            return migration
        }
    }

    /// Makes a file for the next migration.
    /// - Parameter title: in words.
    /// - Returns: its path.
    func add(_ title: String) throws -> String {
        let name = title.split(separator: " ").joined(separator: "_")
        guard Migration.isName(name) else {
            throw StoreError(description: "a migration's name has letters, digits, - and _, not \"\(title)\"")
        }
        // Files that cannot be used yet count as well: one that was just made says nothing.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let numbers = names.compactMap { Int($0.prefix { $0.isNumber }) }
        let number = max(Self.firstNumber, (numbers.max() ?? 0) + 1)
        let file = "\(path)/\(number)_\(name).sql"
        let text = "-- \(title)\n\n-- migrate:up\n\n\n-- migrate:down\n\n"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: file), options: .withoutOverwriting)
        } catch {
            throw StoreError(description: "cannot write \(file): \(error)")
        }
        return file
    }
}
