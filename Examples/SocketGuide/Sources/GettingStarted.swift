import Foundation
import SocketIO

struct Picture: Codable, Sendable {
    var title: String
    var taken: Date
    var pixels: Data
}

/// Who has which token; in earnest a database.
actor Accounts {
    func name(of token: String) -> String? { token == "open sesame" ? "Ali" : nil }
}

extension SocketKey where Value == Int { static var count: Self { Self("count") } }

@Sendable func sharePictures() async throws {
    let accounts = Accounts()
    let io = SocketServer()
    io.use { socket in
        guard let token = socket.authentication["token"]?.stringValue,
            let name = await accounts.name(of: token)
        else { throw ConnectionRefused("A valid token is needed", data: ["retry": false]) }
        socket[.userName] = name
    }
    io.onConnection { socket in
        socket.on("picture", Picture.self) { picture in
            socket[.count] = (socket[.count] ?? 0) + 1
            try socket.broadcast.emit("picture", socket[.userName] ?? "", picture)
        }
        socket.on("report") { event in try await save(event.arguments[0]) }
        socket.onDisconnect { reason in
            print("\(socket.id) left: \(reason.rawValue), \(socket[.count] ?? 0) pictures")
        }
    }
    io.onError { error, event, socket in print("\(event) of \(socket.id): \(error)") }
    try await io.run(port: 3000, drain: .seconds(10))
}

@Sendable func logErrors() {
    let io = SocketServer()
    io.onError { error, context in print("\(context.event) in \(context.namespace): \(error)") }
}

/// In earnest a database.
func save(_ report: JSONValue) async throws { print(report) }

@Sendable func onSharedHTTP() async throws {
    let http = HTTPServer()
    let io = SocketServer(on: http)
    try http.listen(port: 3000)
    await io.engine.untilTerminated()
    await io.close()
    await http.stop()
}

/// Answers a request with how many are there.
@Sendable func besideRoutes() async throws {
    let io = SocketServer()
    var routes = HTTPRoutes()
    routes.get("/health") { _ in
        HTTPResponse(status: 200, contentType: "text/plain", text: "\(await io.root.socketCount())\n")
    }
    io.serve(routes)
    try await io.run(port: 3000)
}

/// What people bid; in earnest a database.
actor Auction {
    private var highest: [String: Int] = [:]

    func price(of lot: String) -> Int? { highest[lot] }

    func bid(_ amount: Int, on lot: String) -> Bool {
        guard amount > highest[lot] ?? 0 else { return false }
        highest[lot] = amount
        return true
    }
}

struct Bid: Codable, Sendable {
    var amount: Int
}

/// Takes bids by HTTP and tells them to everyone in the lot's room.
@Sendable func auction() async throws {
    let auction = Auction()
    let io = SocketServer()
    var routes = HTTPRoutes()
    routes.get("/lots/{id}") { _, values in
        guard let price = await auction.price(of: values["id"]) else { return HTTPResponse(status: 404) }
        return HTTPResponse(status: 200, contentType: "text/plain", text: "\(price)\n")
    }
    routes.post("/lots/{id}/bids") { request, values in
        guard let bid = try? JSONDecoder().decode(Bid.self, from: Data(request.body)) else {
            return HTTPResponse(status: 400, contentType: "text/plain", text: "not a bid\n")
        }
        guard await auction.bid(bid.amount, on: values["id"]) else { return HTTPResponse(status: 409) }
        try io.to("lot:\(values["id"])").emit("bid", bid)
        return HTTPResponse(status: 204)
    }
    routes.onError { error, request in print("\(request.method.name) \(request.path): \(error)") }
    io.serve(routes)
    try await io.run(port: 3000)
}
