import SocketIO

/// `POST /api/publish`: the bus for workers that have no Redis.
struct PublishAPI: Sendable {
    let bus: any Bus
    let routes: [ChannelRoute]
    let log: Log

    func add(to api: inout API) {
        api.post("/api/publish") { try await publish($0) }
    }

    private func publish(_ request: APIRequest) async throws -> APIAnswer {
        var body = try request.body()
        let channel = body.text("channel", 1...200, isRequired: true)
        let payload = body.json("payload", isRequired: true)
        var message: BusMessage?
        if let channel, let payload {
            do throws(Publication.Problem) {
                message = try Publication(
                    channel: channel, payload: Array(payload.description.utf8), routes: routes
                ).message
            } catch .unknownChannel(let channels) {
                body.fail("channel", "choice", "it is one of \(channels)")
            } catch .payload(.tooLarge(let limit)) {
                body.fail("payload", "length", "it has at most \(limit) bytes")
            } catch .payload(let problem) {
                body.fail("payload", "type", "\(problem)")
            }
        }
        try body.finish()
        guard let message else { throw APIFailure.invalid([]) }
        do { try await bus.publish(message) } catch {
            log.warning("nothing was published", ["channel": message.channel, "error": "\(error)"])
            throw APIFailure(
                status: 503, code: "UNAVAILABLE",
                message: "the bus does not answer; try again in a moment")
        }
        return APIAnswer(status: 202)
    }
}
