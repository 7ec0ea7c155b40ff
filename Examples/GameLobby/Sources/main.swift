// A lobby for rock, paper, scissors: players challenge each other, and the server asks both for their hands, with acks.
// `swift run` in this folder, then open http://localhost:3000 in two windows.
import SocketIO

enum Hand: String, Codable {
    case rock, paper, scissors

    func beats(_ other: Hand?) -> Bool {
        let beaten: [Hand: Hand] = [.rock: .scissors, .scissors: .paper, .paper: .rock]
        return other == nil || beaten[self] == other
    }
}

struct Player: Codable { var id, name: String }
struct Outcome: Codable {
    var result, opponent: String
    var hand: Hand?  // the opponent's
}

extension Event where Payload == String { static var enter: Self { Self("enter") } }
extension Event where Payload == [Player] { static var players: Self { Self("players") } }
extension Event where Payload == Outcome { static var outcome: Self { Self("outcome") } }
extension Request where Payload == String, Answer == Bool { static var challenge: Self { Self("challenge") } }
extension Request where Payload == String, Answer == Hand { static var choose: Self { Self("choose") } }
extension SocketKey where Value == String { static var name: Self { Self("name") } }

/// Who is free to play. An actor, because players come on several threads.
actor Lobby {
    private var free: [String: Socket] = [:] {
        didSet {
            let players = free.values.map { Player(id: $0.id, name: $0[.name] ?? "") }
            try? io.emit(.players, players.sorted { $0.name < $1.name })
        }
    }

    func add(_ socket: Socket) { if socket.isConnected { free[socket.id] = socket } }
    func remove(_ socket: Socket) { free[socket.id] = nil }

    /// The other player, if both are still free.
    func pair(_ socket: Socket, with id: String) -> Socket? {
        guard socket.id != id, free[socket.id] != nil, let other = free[id] else { return nil }
        free = free.filter { $0.key != id && $0.key != socket.id }
        return other
    }
}

/// Both choose at the same time. Who does not in 20 seconds, or leaves, loses.
@Sendable func play(_ first: Socket, _ second: Socket) async throws {
    let names = (first[.name] ?? "", second[.name] ?? "")
    async let firstHand = try? first.emitWithAck(.choose, names.1, timeout: .seconds(20))
    async let secondHand = try? second.emitWithAck(.choose, names.0, timeout: .seconds(20))
    let hands = await (firstHand, secondHand)
    func result(_ hand: Hand?, _ other: Hand?) -> String {
        hand == other ? "drawn" : hand?.beats(other) == true ? "won" : "lost"
    }
    try first.emit(.outcome, Outcome(result: result(hands.0, hands.1), opponent: names.1, hand: hands.1))
    try second.emit(.outcome, Outcome(result: result(hands.1, hands.0), opponent: names.0, hand: hands.0))
    await lobby.add(first)
    await lobby.add(second)
}

var options = SocketOptions()
options.clientFiles = ClientFiles(folder: "../../Browser")
let io = SocketServer(options: options)
let lobby = Lobby()

io.onConnection { socket in
    socket.on(.enter) { name in
        socket[.name] = name
        await lobby.add(socket)
    }
    socket.on(.challenge) { id in
        guard let opponent = await lobby.pair(socket, with: id) else { return false }  // somebody was faster
        Task { try await play(socket, opponent) }
        return true
    }
    socket.onDisconnect { _ in Task { await lobby.remove(socket) } }
}

var routes = HTTPRoutes()
routes.get("/") { _ in
    HTTPResponse(
        status: 200, fields: ["Content-Type": "text/html; charset=utf-8"], body: PackageResources.page_html)
}
io.serve(routes)
try await io.run(port: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3000)
