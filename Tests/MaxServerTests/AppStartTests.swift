import Database
import Foundation
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `A server that cannot start` {
    @Test func `because of its file of routes has opened no database`() async throws {
        try await withServerPlace {
            let folder = try TemporaryFolder()
            var settings = try Settings(environment: [:])
            settings.database = .sqlite(path: folder.file("market.db"))
            settings.routesFile = folder.file("routes.json")
            try Data("[{".utf8).write(to: URL(filePath: folder.file("routes.json")))
            await #expect(throws: (any Error).self) {
                _ = try await App(settings, log: Log("test", level: .error))
            }
            #expect(!FileManager.default.fileExists(atPath: folder.file("market.db")))
        }
    }
}
