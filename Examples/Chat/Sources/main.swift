// A chat with rooms and typing notices. `swift run` in this folder, then open http://localhost:3000 in two windows.
import SocketIO

struct Person: Codable {
    var name: String
    var room: String
    /// The room's name on the server: every socket has a room named by its id, which nobody else may enter.
    var channel: String { "room:" + room }
}

struct Line: Codable {
    var from: String
    var text: String
}

// What goes to and fro, each with its name on the wire. Requests are answered.
extension Request where Payload == Person, Answer == [String] { static var enter: Self { Self("enter") } }
extension Request where Payload == String, Answer == Bool { static var say: Self { Self("say") } }
extension Event where Payload == Void { static var keyPressed: Self { Self("key pressed") } }
extension Event where Payload == Line { static var line: Self { Self("line") } }
extension Event where Payload == String {
    static var notice: Self { Self("notice") }
    static var typing: Self { Self("typing") }
}
extension SocketKey where Value == Person { static var person: Self { Self("person") } }

var options = SocketOptions()
options.clientFiles = ClientFiles(folder: "../../Browser")
let io = SocketServer(options: options)

io.onConnection { socket in
    socket.on(.enter) { person in
        if let before = socket[.person] {
            socket.leave(before.channel)
            try io.to(before.channel).emit(.notice, "\(before.name) left")
        }
        socket[.person] = person
        socket.join(person.channel)
        try socket.to(person.channel).emit(.notice, "\(person.name) came")
        return try await io.in(person.channel).fetchSockets().compactMap { $0[.person]?.name }.sorted()
    }
    socket.on(.say) { text in
        guard let person = socket[.person] else { return false }
        try io.to(person.channel).emit(.line, Line(from: person.name, text: text))
        return true  // to the page's `emitWithAck`
    }
    socket.on(.keyPressed) {
        guard let person = socket[.person] else { return }
        try socket.to(person.channel).volatile.emit(.typing, person.name)  // not worth waiting for
    }
    socket.onDisconnect { _ in
        guard let person = socket[.person] else { return }
        try? io.to(person.channel).emit(.notice, "\(person.name) left")
    }
}

var routes = HTTPRoutes()
routes.get("/") { _ in
    HTTPResponse(
        status: 200, fields: ["Content-Type": "text/html; charset=utf-8"], body: PackageResources.page_html)
}
io.serve(routes)
try await io.run(port: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3000)
