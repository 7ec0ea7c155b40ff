import Foundation
import SocketIO

/// What the test suite of `socket.io-client` asks of a server.
enum ClientSuite {
    static func make(loops: Int) -> SocketServer {
        var options = SocketOptions()
        options.engine.loops = loops
        options.engine.pingInterval = .seconds(2)
        options.engine.cors = CORSPolicy(origins: .any)
        options.engine.allowRequest = { _ in
            // Long enough for a client that gives up at once.
            try? await Task.sleep(for: .milliseconds(10))
            return .allow
        }
        options.recovery = RecoveryOptions()
        let io = SocketServer(options: options)
        for name in ["/timeout_socket", "/valid", "/asd"] { _ = io.of(name) }
        io.of("/foo").onConnection { socket in socket.on("getId") { try $0.ack?.send(socket.id) } }
        io.of("/abc").onConnection { socket in
            try? socket.emit("handshake", HandshakeRecord(socket.handshake))
        }
        io.of("/no").use { _ in throw ConnectionRefused("Auth failed (custom namespace)") }
        io.use { socket in
            if socket.query("fail") != nil { throw ConnectionRefused("Auth failed (main namespace)") }
        }
        io.onConnection { socket in
            setUpEvents(socket)
            setUpBinary(socket)
        }
        return io
    }

    private struct Answer: Decodable { var test: Bool }
    private struct Mixed: Decodable, Sendable {
        var hello: String
        var message: Data
        var goodbye: String

        var isAsSent: Bool { hello == "lol" && goodbye == "gotcha" }
    }

    private static func setUpEvents(_ socket: Socket) {
        socket.on("hi") { _ in try socket.emit("hi") }
        socket.on("echo") { event in event.ack?.send(event.arguments) }
        socket.on("ack") { (_: ReceivedEvent) throws in
            try socket.emit("ack") { result in
                guard case .success(let answer) = result, answer[0] == 5,
                    (try? answer.decode(Answer.self, at: 1))?.test == true
                else { return }
                try? socket.emit("got it")
            }
        }
        socket.on("getAckDate") { try $0.ack?.send(Date()) }
        socket.on("getDate") { _ in try socket.emit("takeDate", Date()) }
        socket.on("getDateObj") { _ in try socket.emit("takeDateObj", ["date": Date()]) }
        socket.on("getUtf8") { _ in
            for text in ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"] {
                try socket.emit("takeUtf8", text)
            }
        }
        socket.on("false") { _ in try socket.emit("false", false) }
        socket.on("getHandshake") { try $0.ack?.send(HandshakeRecord(socket.handshake)) }
        socket.on("getId") { try $0.ack?.send(socket.id) }
    }

    private static func setUpBinary(_ socket: Socket) {
        let doge = Data("asdfasdf".utf8)
        socket.on("doge") { _ in try socket.emit("doge", doge) }
        socket.on("getbin") { _ in try socket.emit("takebin", doge) }
        socket.on("buffa", Data.self) { (_: Data) throws in try socket.emit("buffack") }
        socket.on("blob", Data.self) { (_: Data) throws in try socket.emit("back") }
        for name in ["jsonbuff", "jsonblob"] {
            socket.on(name, Mixed.self) { (mixed: Mixed) throws in
                if mixed.isAsSent { try socket.emit("\(name)-ack") }
            }
        }
        socket.once("abuff1", Data.self) { (_: Data) throws in
            socket.on("abuff2") { _ in try socket.emit("abuff2-ack") }
        }
        socket.once("blob1", Data.self) { (_: Data) throws in
            socket.once("blob2", String.self) { (text: String) throws in
                guard text == "second" else { return }
                socket.on("blob3", Data.self) { (_: Data) throws in try socket.emit("blob3-ack") }
            }
        }
    }
}
