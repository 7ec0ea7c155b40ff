import Foundation
import SocketIO
import TestSupport
import Testing

/// Client files as a server has them, and what it answers.
enum ClientFileScene {
    static let bundle =
        "/*!\n * Socket.IO v4.8.1\n */\n" + String(repeating: "client(); ", count: 500)
    static let map = #"{"version":3}"#

    /// A folder with these files is read, and is gone again.
    static func files(_ contents: [String: String]) throws -> ClientFiles {
        let folder = FileManager.default.temporaryDirectory.appending(path: "client-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in contents { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return ClientFiles(folder: folder.path)
    }

    static func all() throws -> ClientFiles {
        try files(
            Dictionary(
                uniqueKeysWithValues: ClientFiles.knownNames.map { name in
                    (name, name.hasSuffix(".map") ? map : bundle + name)
                }))
    }

    /// The answer of a server with these files, which has a route for everything else.
    static func answer(
        _ method: String = "GET", _ target: String = "/socket.io/socket.io.js", fields: [String] = [],
        from files: ClientFiles? = nil, _ change: (inout EngineOptions) -> Void = { _ in }
    ) async throws -> HTTPTestResponse {
        var options = SocketOptions.test()
        options.clientFiles = try files ?? all()
        change(&options.engine)
        let answers = Journal<HTTPTestResponse>()
        var routes = HTTPRoutes()
        routes.get(prefix: "/") {
            HTTPResponse(status: 404, contentType: "text/plain", text: "route \($0.path)")
        }
        try await withSocketServer(options) { server, port in
            server.serve(routes)
            answers.append(try await HTTPTestClient.request(port: port, method, target, fields: fields))
        }
        return try #require(answers.all.first)
    }
}
