// The programs and fragments of the articles in Sources/SocketIO/SocketIO.docc, one file for each; their tests
// stand beside them.
// `swift run socket-guide NAME` runs one.
import SocketIO

let programs: [String: @Sendable () async throws -> Void] = [
    "chat": chat,
    "relay": relayChat,
    "pictures": sharePictures,
    "routes": besideRoutes,
    "auction": auction,
    "shared": onSharedHTTP,
    "admin": chatAndAdministrators,
    "games": games,
    "rooms": rooms,
    "bank": bank,
    "exchange": exchange,
    "recovery": recover,
    "bounds": boundedServer,
]

if let program = CommandLine.arguments.dropFirst().first.flatMap({ programs[$0] }) {
    try await program()
} else {
    print("usage: socket-guide \(programs.keys.sorted().joined(separator: " | "))")
}
