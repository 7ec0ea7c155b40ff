import EngineWire
import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Files that a browser loads, read once at the start.
struct StaticFiles: Sendable {
    private struct File: Sendable {
        var bytes: [UInt8]
        var type: String
        var tag: EntityTag
    }

    private var files: [String: File] = [:]

    var isEmpty: Bool { files.isEmpty }

    /// Adds a file under a path; false when it cannot be read.
    @discardableResult
    mutating func add(_ path: String, file: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: file) else { return false }
        let bytes = [UInt8](data)
        files[path] = File(bytes: bytes, type: Self.type(of: file), tag: EntityTag(hashing: bytes))
        return true
    }

    /// Adds all files below a folder, under their paths in it.
    mutating func addFolder(_ folder: String) {
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? [] {
            add("/" + name, file: folder + "/" + name)
        }
    }

    /// The answer to a request: the file, 304 when the browser has it, or nil when there is none.
    func response(_ path: String, to request: HTTPRequest) -> HTTPResponse? {
        guard let file = files[path] else { return nil }
        var response = HTTPResponse(
            status: 200,
            fields: ["Content-Type": file.type, "ETag": file.tag.description, "Cache-Control": "no-cache"])
        if let known = request.fieldList("if-none-match"), file.tag.isListed(in: known) {
            response.status = 304
        } else {
            response.body = file.bytes
        }
        return response
    }

    private static func type(of file: String) -> String {
        switch file.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        case "json", "map": "application/json"
        default: "application/octet-stream"
        }
    }
}
