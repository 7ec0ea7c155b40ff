import EngineNet
import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The page at `/`, and what it loads. socket.io-client comes from the Socket.IO server itself.
struct Dashboard: Sendable {
    private static let chart = "/vendor/lightweight-charts.js"

    private var files = StaticFiles()
    /// Libraries that the page needs and that are not there.
    private(set) var missing: [String] = []

    /// Reads all files.
    /// - Parameter client: what the Socket.IO server has; the other libraries are in the same folder.
    init(client: ClientFiles) {
        if let folder = Self.pageFolder() { files.addFolder(folder) }
        if !client.names.contains("socket.io.js") { missing.append("/socket.io/socket.io.js") }
        let hasChart = files.add(Self.chart, file: client.folder + "/lightweight-charts.js")
        if !hasChart { missing.append(Self.chart) }
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
        routes.get(prefix: "/") { request in
            let path = request.path
            if let response = files.response(path, to: request) { return response }
            let hint =
                path == Self.chart
                ? "This library is not here yet. Get it with: make browser-files\n" : "not found\n"
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

    /// Where `make browser-files` and `make install` put libraries: `Browser` in the working directory, in a folder
    /// above the executable, or where installed programs have theirs. The first if they are in none.
    static func librariesFolder() -> String {
        var folder = ExecutablePath.current.droppingLastComponent
        var candidates = ["Browser", folder + "/../share/maxserver/Browser"]
        for _ in 0..<5 where !folder.isEmpty {
            candidates.append(folder + "/Browser")
            folder = folder.droppingLastComponent
        }
        return candidates.first { FileManager.default.fileExists(atPath: $0 + "/socket.io.js") } ?? "Browser"
    }
}

extension StringProtocol {
    /// The path of the folder that a path lies in.
    var droppingLastComponent: String {
        lastIndex(of: "/").map { String(self[..<$0]) } ?? ""
    }
}
