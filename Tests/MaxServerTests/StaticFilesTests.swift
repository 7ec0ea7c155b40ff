import EngineWire
import Foundation
import Testing

@testable import MaxServer

@Suite struct `Files for browsers` {
    @Test(arguments: [
        ("index.html", "text/html; charset=utf-8"), ("style.css", "text/css; charset=utf-8"),
        ("main.js", "text/javascript; charset=utf-8"), ("icon.svg", "image/svg+xml"),
        ("data.json", "application/json"),
        ("main.js.map", "application/json"), ("archive.bin", "application/octet-stream"),
        ("README", "application/octet-stream"),
    ])
    func `have the type of their name`(name: String, type: String) throws {
        let response = try files([name: "x"]).response("/" + name, to: request())
        #expect(response?.status == 200)
        #expect(value("Content-Type", of: response) == type)
        #expect(response?.body == Array("x".utf8))
    }

    @Test func `are revalidated each time, and not sent again when the browser has them`() throws {
        let files = try files(["a.js": "1"])
        let first = try files.response("/a.js", to: request())
        let tag = try #require(value("ETag", of: first))
        #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))
        #expect(value("Cache-Control", of: first) == "no-cache")
        let second = try files.response("/a.js", to: request("If-None-Match: \(tag)\r\n"))
        #expect(second?.status == 304 && second?.body.isEmpty == true)
        #expect(value("ETag", of: second) == tag)
        #expect(try files.response("/a.js", to: request("If-None-Match: \"other\"\r\n"))?.status == 200)
    }

    /// RFC 9110 section 13.1.2: a list, compared weakly; proxies that compress mark tags as weak.
    @Test(arguments: ["W/TAG", "\"x\", TAG", "*"])
    func `are not sent again when one of the browser's tags is theirs`(spelling: String) throws {
        let files = try files(["a.js": "1"])
        let tag = try #require(value("ETag", of: try files.response("/a.js", to: request())))
        let field = "If-None-Match: \(spelling.replacing("TAG", with: tag))\r\n"
        #expect(try files.response("/a.js", to: request(field))?.status == 304)
    }

    @Test func `that change have another tag`() throws {
        let tags = try ["1", "2", "", "11"].map { text in
            value("ETag", of: try files(["a.js": text]).response("/a.js", to: request()))
        }
        #expect(Set(tags).count == 4)
    }

    @Test func `below a folder are found by their path in it, and nothing else is`() throws {
        let files = try files(["index.html": "i", "js/main.js": "m"])
        #expect(try files.response("/js/main.js", to: request())?.body == Array("m".utf8))
        for path in [
            "/", "/js", "/js/", "js/main.js", "/../index.html", "/js/../index.html", "//index.html",
            "/INDEX.html",
        ] {
            #expect(try files.response(path, to: request()) == nil, "\(path)")
        }
    }

    @Test func `that cannot be read are told`() {
        var files = StaticFiles()
        let added = files.add("/a", file: "/nowhere/a")
        #expect(!added && files.isEmpty)
        files.addFolder("/nowhere")
        #expect(files.isEmpty)
    }

    private func files(_ contents: [String: String]) throws -> StaticFiles {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "maxserver-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in contents {
            let file = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        var files = StaticFiles()
        files.addFolder(folder.path)
        return files
    }

    private func request(_ fields: String = "") throws -> HTTPRequest {
        let text = Array("GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n".utf8)
        var decoder = RequestDecoder(limits: HTTPLimits())
        _ = try decoder.decode(text.span)
        return try #require(decoder.begun)
    }

    private func value(_ name: String, of response: HTTPResponse?) -> String? {
        response?.fields.first { $0.name == name }?.value
    }
}
