import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Paths that the REST interface does not have` {
    @Test(arguments: ["/api", "/api/", "/api/none", "/api/sectors/s/none", "/api//sectors", "/api/sectors/"])
    func `are not found, by whatever method`(path: String) async throws {
        try await APIScene.run { api in
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
                let answer = try await api.send(method, path, method == "GET" ? nil : ["a": 1])
                #expect(answer.status == 404 && answer.code == "NOT_FOUND", "\(method)")
                #expect(answer.response["Content-Type"] == "application/json")
                #expect(answer.response["X-Request-Id"] != nil && answer.response["Allow"] == nil)
            }
        }
    }

    @Test(arguments: [
        ("POST", "/api/bars/AAPL", "GET, HEAD"), ("GET", "/api/publish", "POST"),
        ("PUT", "/api/agents", "GET, HEAD, POST"), ("OPTIONS", "/api/publish", "POST"),
        ("POST", "/api/sectors/s", "GET, HEAD, PATCH, DELETE"),
    ])
    func `have methods, which an answer to another one names`(
        method: String, path: String, allowed: String
    ) async throws {
        try await APIScene.run { api in
            let answer = try await api.send(method, path)
            #expect(answer.status == 405 && answer.code == "METHOD_NOT_ALLOWED")
            #expect(
                answer.response["Allow"].map { Set($0.split(separator: ", ")) }
                    == Set(allowed.split(separator: ", ")))
            #expect(answer.body["error"]?["message"]?.stringValue?.hasPrefix("this path has ") == true)
        }
    }
}
