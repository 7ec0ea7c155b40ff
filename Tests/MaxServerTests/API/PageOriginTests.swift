import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Pages of other origins and the REST interface` {
    private static let page = "https://app.example"
    private static let cors = CORSPolicy(origins: .list([page]), credentials: true)

    private func variants(of response: HTTPTestResponse) -> Set<Substring> {
        Set(values("Vary", of: response).flatMap { $0.split(separator: ", ") })
    }

    private func values(_ name: String, of response: HTTPTestResponse) -> [String] {
        response.fields.filter { $0.name == name }.map(\.value)
    }

    @Test(arguments: [
        ("GET", "/api/sectors", 200), ("GET", "/api/sectors/none", 404), ("GET", "/api/none", 404),
        ("GET", "/api/bars/X?limit=0", 400), ("PUT", "/api/sectors", 405), ("POST", "/api/sectors", 400),
    ])
    func `read answers and refusals if they are listed`(method: String, path: String, status: Int)
        async throws
    {
        try await APIScene.run(cors: Self.cors) { api in
            let body: JSONValue? = method == "GET" ? nil : [:]
            let listed = try await api.send(method, path, body, fields: ["Origin: \(Self.page)"])
            #expect(listed.status == status)
            #expect(listed.response["Access-Control-Allow-Origin"] == Self.page)
            #expect(listed.response["Access-Control-Allow-Credentials"] == "true")
            #expect(listed.response["Access-Control-Expose-Headers"]?.contains("X-Published") == true)
            #expect(variants(of: listed.response).contains("Origin"))
            let other = try await api.send(method, path, body, fields: ["Origin: https://evil.example"])
            #expect(other.response["Access-Control-Allow-Origin"] == nil)
            #expect(variants(of: other.response).contains("Origin"))
        }
    }

    @Test(arguments: ["/api/publish", "/api/sectors/s", "/api/none"])
    func `are told before they write what they may send`(path: String) async throws {
        try await APIScene.run(cors: Self.cors) { api in
            let asked = [
                "Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: content-type",
            ]
            let answer = try await api.send("OPTIONS", path, fields: ["Origin: \(Self.page)"] + asked)
            #expect(answer.status == 204)
            #expect(values("Access-Control-Allow-Origin", of: answer.response) == [Self.page])
            #expect(answer.response["Access-Control-Allow-Methods"] == "GET,HEAD,POST,PATCH,DELETE")
            #expect(answer.response["Access-Control-Allow-Headers"] == "content-type")
            #expect(variants(of: answer.response).contains("Origin"))
            let other = try await api.send("OPTIONS", path, fields: ["Origin: https://evil.example"] + asked)
            #expect(other.status == 204 && other.response["Access-Control-Allow-Origin"] == nil)
        }
    }

    @Test func `read that a body is too large if they are listed`() async throws {
        try await APIScene.run(cors: Self.cors) { api in
            let answer = try await HTTPTestClient.request(
                port: api.port, "POST", "/api/sectors", fields: ["Origin: \(Self.page)"],
                body: Array(repeating: 0x20, count: 1_000_001))
            #expect(answer.status == 413 && answer["Access-Control-Allow-Origin"] == Self.page)
        }
    }

    @Test func `get no permission where none is listed`() async throws {
        try await APIScene.run { api in
            let read = try await api.send("GET", "/api/sectors", fields: ["Origin: \(Self.page)"])
            #expect(read.status == 200 && read.response["Access-Control-Allow-Origin"] == nil)
            let asked = ["Origin: \(Self.page)", "Access-Control-Request-Method: POST"]
            #expect(try await api.send("OPTIONS", "/api/sectors", fields: asked).status == 405)
        }
    }

    @Test(arguments: [
        ["Origin: https://evil.example"], ["Origin: null"], ["Origin: http://localhost:1"],
        ["Origin: https://app.example", "Origin: https://evil.example"],
        ["Origin: https://localhost.evil.example"], ["Origin: localhost"], ["Origin: "],
    ])
    func `write nothing unless they are listed`(origin: [String]) async throws {
        try await APIScene.run(cors: Self.cors) { api in
            let sector: JSONValue = ["id": "s", "name": "S", "symbol": "S"]
            _ = try await api.post("/api/sectors", sector)
            for (method, path) in [
                ("POST", "/api/sectors"), ("PATCH", "/api/sectors/s"), ("DELETE", "/api/sectors/s"),
                ("POST", "/api/publish"),
            ] {
                let answer = try await api.send(method, path, sector, fields: origin)
                #expect(answer.status == 403 && answer.code == "FOREIGN_ORIGIN", "\(method) \(path)")
            }
            #expect(try await api.get("/api/sectors").ids == ["s"])
        }
    }

    /// The test's requests are for the host `localhost`.
    @Test(arguments: [
        [], ["Origin: https://app.example"], ["Origin: http://localhost"], ["Origin: https://LOCALHOST"],
        ["Origin: http://localhost:80"], ["Origin: https://inner.example", "Sec-Fetch-Site: same-origin"],
    ])
    func `write if they are listed or the server's own`(origin: [String]) async throws {
        try await APIScene.run(cors: Self.cors) { api in
            let sector: JSONValue = ["id": "s", "name": "S", "symbol": "S"]
            let made = try await api.send("POST", "/api/sectors", sector, fields: origin)
            let removed = try await api.send("DELETE", "/api/sectors/s", fields: origin)
            #expect(made.status == 201 && removed.status == 200)
        }
    }

    @Test func `may all write where all are listed`() async throws {
        try await APIScene.run(cors: CORSPolicy(origins: .any)) { api in
            let sector: JSONValue = ["id": "s", "name": "S", "symbol": "S"]
            let fields = ["Origin: https://any.example"]
            let made = try await api.send("POST", "/api/sectors", sector, fields: fields)
            #expect(made.status == 201 && made.response["Access-Control-Allow-Origin"] == "*")
        }
    }
}

@Suite struct `Bodies of requests` {
    private static let sector: JSONValue = ["name": "S", "symbol": "S"]

    @Test(arguments: [
        "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "",
        "application/jsonp", "text/json", "application/json, text/plain",
    ])
    func `of other types than JSON are refused`(type: String) async throws {
        try await APIScene.run { api in
            let fields = ["Content-Type: \(type)"]
            let answer = try await api.send("POST", "/api/sectors", Self.sector, fields: fields)
            #expect(answer.status == 415 && answer.code == "NOT_JSON")
            #expect(try await api.get("/api/sectors").ids.isEmpty)
        }
    }

    @Test(arguments: [
        ["Content-Type: application/json"], ["Content-Type: application/json; charset=utf-8"],
        ["content-type: Application/JSON;charset=UTF-8"], [],
    ])
    func `that are JSON by their type, or have none, are read`(fields: [String]) async throws {
        try await APIScene.run { api in
            let answer = try await api.send("POST", "/api/sectors", Self.sector, fields: fields)
            #expect(answer.status == 201)
        }
    }
}
