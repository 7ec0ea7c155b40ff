import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Ids in paths` {
    private static let ids = [
        "%00", "a%00b", "%ff", "%F0%9F%98%80", "'%20OR%201=1", String(repeating: "x", count: 2_000),
    ]

    @Test(arguments: StoreKind.allCases, ["sectors", "agents", "discussions"])
    func `that nothing can have are not found`(kind: StoreKind, path: String) async throws {
        try await APIScene.run(kind) { api in
            for id in Self.ids {
                for method in ["GET", "PATCH", "DELETE"] {
                    let body: JSONValue? = method == "PATCH" ? [:] : nil
                    let answer = try await api.send(method, "/api/\(path)/\(id)", body)
                    #expect(answer.status == 404, "\(method) \(id)")
                }
            }
        }
    }
}
