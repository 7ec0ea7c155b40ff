import EngineNet
import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The page at `/`, and the libraries that it loads.
struct Dashboard: Sendable {
    private static let libraries = [
        "/socket.io/socket.io.js": "socket.io.js", "/socket.io/socket.io.min.js": "socket.io.min.js",
        "/vendor/lightweight-charts.js": "lightweight-charts.js",
    ]

    private var files = StaticFiles()
    /// Libraries that are not there.
    private(set) var missing: [String] = []

    /// Reads all files.
    /// - Parameter browserFiles: the folder of the libraries; nil to look for it.
    init(browserFiles: String?) {
        if let folder = Self.pageFolder() { files.addFolder(folder) }
        let folder = browserFiles ?? Self.browserFolder()
        for (path, name) in Self.libraries.sorted(by: { $0.key < $1.key }) {
            if folder.map({ files.add(path, file: $0 + "/" + name) }) != true { missing.append(path) }
        }
    }

    func addRoutes(to routes: inout HTTPRoutes) {
        let files = files
        routes.get("/") { request in
            files.response("/index.html", to: request)
                ?? HTTPResponse(
                    status: 503, contentType: "text/plain; charset=utf-8",
                    text:
                        "The page's files are not beside the executable. Start it from where it was built.\n")
        }
        let libraries = Self.libraries
        routes.get(prefix: "/") { request in
            let path = request.path
            if let response = files.response(path, to: request) { return response }
            let hint =
                libraries[path] == nil
                ? "not found\n" : "This library is not here yet. Get it with: make browser-files\n"
            return HTTPResponse(status: 404, contentType: "text/plain; charset=utf-8", text: hint)
        }
    }

    /// The page's files lie beside the executable.
    private static func pageFolder() -> String? {
        let folder = ExecutablePath.current.droppingLastComponent
        let candidates = [
            folder + "/maxserver_MaxServer.resources/Public", folder + "/maxserver_MaxServer.bundle/Public",
            folder + "/../share/maxserver/Public",
        ]
        return candidates.first { FileManager.default.fileExists(atPath: $0 + "/index.html") }
    }

    /// `Browser` in the working directory, or in a folder above the executable.
    private static func browserFolder() -> String? {
        var candidates = ["Browser"]
        var folder = ExecutablePath.current.droppingLastComponent
        for _ in 0..<5 where !folder.isEmpty {
            candidates.append(folder + "/Browser")
            folder = folder.droppingLastComponent
        }
        return candidates.first { FileManager.default.fileExists(atPath: $0 + "/socket.io.min.js") }
    }
}

extension StringProtocol {
    /// The path of the folder that a path lies in.
    var droppingLastComponent: String {
        lastIndex(of: "/").map { String(self[..<$0]) } ?? ""
    }
}
