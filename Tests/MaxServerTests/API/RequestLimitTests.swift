import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Requests that name too much` {
    private func query(_ count: Int) -> String { (0..<count).map { "x\($0)=1" }.joined(separator: "&") }

    @Test(arguments: ["/api/sectors", "/api/agents", "/api/bars/AAPL", "/api/discussions"])
    func `are refused beyond 50 items of a query`(path: String) async throws {
        try await APIScene.run { api in
            let most = try await api.get("\(path)?\(query(50))")
            #expect(most.status == 400 && most.faults.contains("x0 unknown"))
            let more = try await api.get("\(path)?\(query(51))")
            #expect(more.status == 400 && more.code == "INVALID" && more.faults.isEmpty)
            #expect(more.body["error"]?["message"] == "the query has more than 50 items")
        }
    }

    @Test func `are told of 20 faults, and how many there are besides`() async throws {
        try await APIScene.run { api in
            func answer(unknown count: Int) async throws -> APIScene.Answer {
                let fields = (0..<count).map { #""x\#($0)":1"# }.joined(separator: ",")
                return try await api.post("/api/sectors", JSONValue(parsing: "{\(fields)}"))
            }
            let most = try await answer(unknown: 18)
            #expect(most.faults.count == 20 && most.faults[19] == "x17 unknown")
            let more = try await answer(unknown: 20_000)
            #expect(more.faults.count == 21 && more.faults[20] == "* more")
            let last = more.body["error"]?["fields"]?[20]?["message"]
            #expect(last == "19982 more fields cannot be used")
            #expect(more.response.text.utf8.count < 4_096)
        }
    }

    @Test func `are not told long names as a whole`() async throws {
        try await APIScene.run { api in
            let name = String(repeating: "é", count: 100_000)
            let answer = try await api.post("/api/sectors", ["name": "n", "symbol": "s", name: 1])
            #expect(answer.faults == [String(repeating: "é", count: 100) + "… unknown"])
            #expect(answer.response.text.utf8.count < 4_096)
        }
    }
}
