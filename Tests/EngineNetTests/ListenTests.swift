import EngineNet
import Testing

/// What can be listened on.
@Suite struct `Listening` {
    private func withServer(_ test: (HTTPServer) throws -> Void) async {
        let server = HTTPServer(loops: 1)
        #expect(throws: Never.self) { try test(server) }
        await server.stop()
    }

    @Test(arguments: [-1, 65_536, 70_000, .min, .max])
    func `a port that does not exist is refused, with those that do`(port: Int) async {
        await withServer { server in
            let message = "cannot listen on 127.0.0.1:\(port): a port is a number from 0 to 65535"
            #expect {
                try server.listen(host: "127.0.0.1", port: port)
            } throws: {
                "\($0)" == message
            }
        }
    }

    @Test func `a port that is taken is refused`() async {
        await withServer { server in
            let port = try server.listen(host: "127.0.0.1", port: 0).port
            #expect((1...65_535).contains(port))
            #expect {
                try server.listen(host: "127.0.0.1", port: port)
            } throws: {
                "\($0)" == "cannot listen on 127.0.0.1:\(port): address already in use"
            }
        }
    }
}
