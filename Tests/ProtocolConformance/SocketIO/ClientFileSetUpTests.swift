import Foundation
import SocketIO
import TestSupport
import Testing

/// Row N16: which files there are, and who may read them.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO client files that a server was given` {
    private typealias Scene = ClientFileScene

    @Test(arguments: ["socket.io.js", "socket.io.esm.min.js.map"])
    func `an empty folder is named, with what fills it`(name: String) async throws {
        let answer = try await Scene.answer(
            "GET", "/socket.io/" + name, from: ClientFiles(folder: "/nowhere/Browser"))
        #expect(answer.status == 404 && answer["Content-Type"] == "text/plain; charset=utf-8")
        #expect(answer.text.hasPrefix("\(name) was not in \"/nowhere/Browser\""))
        #expect(answer.text.contains("make browser-files") && answer.text.contains("socket.io-client"))
    }

    @Test func `a folder with other files is not named, but these are`() async throws {
        let files = try Scene.files(["socket.io.js": "a", "socket.io.min.js": "b"])
        #expect(files.names == ["socket.io.js", "socket.io.min.js"])
        let answer = try await Scene.answer("GET", "/socket.io/socket.io.esm.min.js", from: files)
        #expect(answer.status == 404)
        #expect(answer.text.contains("socket.io.js, socket.io.min.js"))
        #expect(!answer.text.contains(files.folder))
    }

    @Test func `without the option there are none`() async throws {
        try await withSocketServer { _, port in
            let answer = try await HTTPTestClient.get(port: port, "/socket.io/socket.io.js")
            #expect(answer.status == 404 && answer.text == "not found\n")
        }
    }

    @Test(arguments: [(8_000_000, 1), (8_000_001, 0)])
    func `a file may have 8 MB`(size: UInt64, count: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "client-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "socket.io.js")
        try Data(Scene.bundle.utf8).write(to: file)
        try FileHandle(forUpdating: file).truncate(atOffset: size)
        #expect(ClientFiles(folder: folder.path).names.count == count)
    }

    @Test func `what is no file is none of them`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "client-\(UUID().uuidString)")
        let directory = folder.appending(path: "socket.io.js")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // A pipe that nobody writes to.
        #expect(unsafe mkfifo(folder.appending(path: "socket.io.min.js").path, 0o600) == 0)
        #expect(ClientFiles(folder: folder.path).names == [])
    }

    // MARK: Pages of other origins

    private static let page = "http://page.example"
    private static let policy = CORSPolicy(origins: .list([page]), credentials: true)

    @Test(arguments: [("socket.io.js", "200 OK"), ("socket.io.min.js", "404 Not Found")])
    func `the origin's page may read what it gets`(name: String, status: String) async throws {
        let answer = try await Scene.answer(
            "GET", "/socket.io/" + name, fields: ["Origin: \(Self.page)"],
            from: try Scene.files(["socket.io.js": Scene.bundle])
        ) { $0.cors = Self.policy }
        #expect(answer.statusLine == "HTTP/1.1 \(status)")
        #expect(answer["Access-Control-Allow-Origin"] == Self.page)
        #expect(answer["Access-Control-Allow-Credentials"] == "true")
        #expect(answer["Vary"]?.hasPrefix("Origin") == true)
    }

    @Test func `its fields stand first, and what varies in one`() async throws {
        let answer = try await Scene.answer(
            fields: ["Origin: \(Self.page)", "If-None-Match: *"]
        ) { $0.cors = Self.policy }
        #expect(
            answer.lines == [
                "Access-Control-Allow-Origin: http://page.example", "Vary: Origin, Accept-Encoding",
                "Access-Control-Allow-Credentials: true", "Cache-Control: public, max-age=0",
                "Content-Type: application/javascript; charset=utf-8", "ETag: \"4.8.1\"",
                "Connection: keep-alive",
            ])
    }

    @Test func `another page may not`() async throws {
        let answer = try await Scene.answer(fields: ["Origin: http://other.example"]) {
            $0.cors = Self.policy
        }
        #expect(answer.status == 200 && answer["Access-Control-Allow-Origin"] == nil)
    }

    @Test func `a preflight is answered`() async throws {
        let answer = try await Scene.answer(
            "OPTIONS", fields: ["Origin: \(Self.page)", "Access-Control-Request-Method: GET"]
        ) { $0.cors = CORSPolicy() }
        #expect(answer.statusLine == "HTTP/1.1 204 No Content" && answer.body == [])
        #expect(answer["Access-Control-Allow-Origin"] == "*")
        #expect(answer["Access-Control-Allow-Methods"] == "GET,HEAD,PUT,PATCH,POST,DELETE")
    }
}
