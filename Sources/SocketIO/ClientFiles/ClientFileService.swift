internal import EngineIO
internal import EngineNet
internal import EngineWire

/// Answers the requests for one file, on every loop.
private final class ClientFileService: HTTPService, Sendable {
    private let name: String
    private let files: ClientFiles
    private let cors: CORSPolicy?

    init(_ name: String, _ files: ClientFiles, _ cors: CORSPolicy?) {
        self.name = name
        self.files = files
        self.cors = cors
    }

    func serve(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        // Behind the body, so that the connection can be kept.
        exchange.whenWhole { [self] request in
            Task(executorPreference: exchange.loop) { [self] in
                exchange.respond(await files.response(to: request, for: name, cors: cors))
            }
        }
    }
}

extension ClientFiles {
    /// Has the server of an engine answer for the files, below the engine's path.
    func serve(on engine: EngineServer) {
        let path = engine.options.path
        let folder = path.hasSuffix("/") ? path : path + "/"
        for name in Self.knownNames {
            let service = ClientFileService(name, self, engine.options.cors)
            engine.http.mount(at: folder + name) { _ in service }
        }
    }
}
