import EngineIO
import TestSupport
import Testing

/// How the query of a request is read: as Node's `querystring` does.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO query` {
    /// A query, and the code that it is refused with; nil for one that opens a session.
    static let rows: [(query: String, code: Int?)] = [
        ("EIO=4&transport=polling", nil), ("transport=polling&EIO=4", nil),
        ("&&EIO=4&&transport=polling&", nil),
        ("%45IO=4&transport=polling", nil), ("EIO=%34&transport=%70olling", nil),
        ("EIO=4&transport=polling&sid=", nil), ("EIO=4&transport=polling&sid", nil),
        ("EIO=4&transport=polling&x=1&x=2", nil), ("EIO=4&transport=polling&t=a%zz%", nil),
        // Twice is an array on Node, which is no transport, no session and no version.
        ("EIO=4&transport=polling&transport=websocket", 0), ("EIO=4&transport=polling&transport=polling", 0),
        ("EIO=4&transport=polling&sid=a&sid=b", 1), ("EIO=4&transport=polling&sid=&sid=", 1),
        ("EIO=4&EIO=4&transport=polling", 5), ("EIO=4&eio=4&transport=polling", nil),
        // Nothing is forgiven.
        ("EIO=4&transport=polling+", 0), ("EIO=4&transport=+polling", 0), ("EIO=4&transport=polling%20", 0),
        ("EIO=4&Transport=polling", 0), ("EIO=4&transport", 0), ("EIO=4&transport=", 0),
        ("EIO=4;transport=polling", 0), ("EIO=04&transport=polling", 5), ("EIO=4.0&transport=polling", 5),
        ("EIO=%204&transport=polling", 5), ("EIO=&transport=polling", 5), ("", 0),
    ]

    @Test(arguments: rows)
    func `a request is what its items say`(query: String, code: Int?) async throws {
        try await withEngineServer { _, port in
            let answer = try await HTTPTestClient.get(port: port, "/engine.io/?" + query)
            #expect(answer.status == (code == nil ? 200 : 400))
            #expect(answer.text.hasPrefix(code.map { #"{"code":\#($0),"# } ?? "0{"))
        }
    }

    @Test func `a session is found by its id twice only if that is its id`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await HTTPTestClient.connect(port: port)
            let answer = try await http.get(client.target() + "&sid=\(client.sid)")
            #expect(answer.text == #"{"code":1,"message":"Session ID unknown"}"#)
            let escaped = client.sid.utf8.map { "%" + String($0, radix: 16) }.joined()
            let target = client.target().replacing(client.sid, with: escaped)
            #expect(try await http.request("POST", target, body: Array("4x".utf8)).text == "ok")
        }
    }

    @Test(arguments: ["+", "/", "=", "%00", "%0d%0a", "\u{FFFD}"])
    func `an id with other characters is unknown`(text: String) async throws {
        try await withEngineServer(.test(loops: 2)) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let bad = client.sid.dropLast() + text
            let target = client.target().replacing(client.sid, with: bad)
            let answer = try await HTTPTestClient.get(port: port, target)
            #expect(answer.text == #"{"code":1,"message":"Session ID unknown"}"#)
        }
    }
}
