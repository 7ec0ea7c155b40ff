import SocketIO

/// What the command line says. Times are in milliseconds.
struct Settings {
    struct Unknown: Error { var argument: String }

    private(set) var port = 3_000
    private(set) var drain = Duration.zero
    private(set) var options = SocketOptions()

    /// A page that has the client in it.
    var page: HTTPRoutes {
        let text = """
            <!doctype html>
            <link rel="icon" href="data:,">
            <script src="/socket.io/socket.io.min.js"></script>
            """
        var routes = HTTPRoutes()
        routes.get("/") { _ in HTTPResponse(status: 200, contentType: "text/html; charset=utf-8", text: text)
        }
        return routes
    }

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        var skipsMiddlewares = false
        while let argument = rest.popFirst() {
            switch argument {
            case "--compression": options.engine.perMessageDeflate = PerMessageDeflate()
            case "--skip-middlewares": skipsMiddlewares = true
            default:
                guard let value = rest.popFirst() else { throw Unknown(argument: argument) }
                try take(argument, value)
            }
        }
        options.recovery?.skipsMiddlewares = skipsMiddlewares
        // For a flood; what becomes of those that fall behind further is tested elsewhere.
        options.engine.sendQueue.bytes = 100_000_000
    }

    private mutating func take(_ name: String, _ value: String) throws {
        if name == "--client-files" {
            options.clientFiles = ClientFiles(folder: value)
            return
        }
        guard let number = Int(value) else { throw Unknown(argument: value) }
        switch name {
        case "--port": port = number
        case "--loops": options.engine.loops = number
        case "--drain": drain = .milliseconds(number)
        case "--ping-interval": options.engine.pingInterval = .milliseconds(number)
        case "--ping-timeout": options.engine.pingTimeout = .milliseconds(number)
        case "--recovery":
            var recovery = RecoveryOptions()
            recovery.maxDisconnection = .milliseconds(number)
            options.recovery = recovery
        default: throw Unknown(argument: name)
        }
    }
}
