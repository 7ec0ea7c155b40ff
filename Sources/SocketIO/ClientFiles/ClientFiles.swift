internal import EngineWire

/// The files of `socket.io-client` that browsers load from the server's path, as with Node's `serveClient`.
///
/// They are read once, from a folder that has them under the names of the npm package:
///
/// ```swift
/// options.clientFiles = ClientFiles(folder: "node_modules/socket.io-client/dist")
/// ```
///
/// A page then has `<script src="/socket.io/socket.io.min.js"></script>`. Those that are not in the folder are answered
/// with 404 and what to do.
public struct ClientFiles: Sendable {
    /// The names under which the npm package has the client's bundles and their source maps.
    public static let knownNames = [
        "socket.io", "socket.io.min", "socket.io.esm.min", "socket.io.msgpack.min",
    ]
    .flatMap { ["\($0).js", "\($0).js.map"] }
    /// Larger files are left out, in bytes; the largest one there is has 310,000.
    static let largestFile = 8_000_000

    /// Where the files were read from, as it was given.
    public let folder: String
    private let files: [String: ClientFile]

    /// Reads the files.
    /// - Parameter folder: where they are; relative to the working directory unless it begins with a slash.
    public init(folder: String) {
        self.folder = folder
        var files: [String: ClientFile] = [:]
        // A bundle is listed before its map.
        for name in Self.knownNames {
            guard let content = smallFile("\(folder)/\(name)", limit: Self.largestFile) else { continue }
            let bundle = name.hasSuffix(".map") ? files[String(name.dropLast(4))] : nil
            files[name] = ClientFile(content, version: bundle?.version ?? ClientFile.version(in: content))
        }
        self.files = files
    }

    /// The names of the files that there are.
    public var names: [String] { Self.knownNames.filter { files[$0] != nil } }

    /// The file of a name.
    subscript(name: String) -> ClientFile? { files[name] }
}
