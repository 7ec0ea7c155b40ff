import SocketIO

var options = SocketOptions()
options.engine.cors = CORSPolicy(origins: .list(["http://localhost:5173"]))  // where your page comes from
options.clientFiles = ClientFiles(folder: "Browser")  // pages load /socket.io/socket.io.js

let io = SocketServer(options: options)
io.onConnection { socket in
    socket.on("join", String.self) { room in socket.join(room) }
    socket.on("chat", String.self, String.self) { room, text in
        try io.to(room).emit("chat", socket.id, text)
        return "delivered"  // the client's callback gets it
    }
}
try await io.run(port: 3000)
