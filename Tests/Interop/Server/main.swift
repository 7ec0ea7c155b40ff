// A server that shows every feature that a client can see, for the tests with other people's clients; a namespace for
// each group of them. Written on the public interface alone.
//
//     feature-server --port 3000 --client-files Browser
import SocketIO

let settings = try Settings(CommandLine.arguments.dropFirst())
let io = SocketServer(options: settings.options)
io.serve(settings.page)
serveNamespaces(of: io)
for serve in [
    serveEvents, serveTypedEvents, serveAcks, serveRooms, serveSlowClients, serveEnds, serveRetries,
] {
    serve(io)
}
serveRecovery(of: io)
io.onError { error, event, _ in print("\(event): \(error)") }
print("features on http://127.0.0.1:\(settings.port)")
try await io.run(host: "127.0.0.1", port: settings.port, drain: settings.drain)
