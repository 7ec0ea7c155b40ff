import EngineNet
import RedisClient
import SocketIO

/// Does what `maxserver publish` was asked for.
struct PublishTool {
    /// Why nothing was published.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let settings: Settings

    /// Publishes.
    /// - Returns: a line that says where.
    func run(_ command: PublishCommand) async throws -> String {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        if command.url == nil, let redis = settings.redis {
            return try await publish(try checked(command), to: redis, on: group.loops[0])
        }
        let message = BusMessage(channel: command.channel, payload: Array(command.payload.utf8))
        // The server knows its routes, and judges the rest. The payload becomes part of a request's body.
        do { _ = try JSONDocument(message.payload) } catch {
            throw Failure(
                description: "nothing was published: the payload cannot be used: it is not JSON: \(error)")
        }
        return try await post(message, to: command.url ?? ownURL, on: group.loops[0])
    }

    /// The message, if somebody who reads Redis could use it: Redis itself takes anything.
    private func checked(_ command: PublishCommand) throws -> BusMessage {
        let own = try settings.routesFile.map(RouteFile.read) ?? []
        do {
            return try Publication(
                channel: command.channel, payload: Array(command.payload.utf8),
                routes: own + ChannelRoute.builtIn
            ).message
        } catch { throw Failure(description: "nothing was published: \(error)") }
    }

    /// The server of these settings.
    var ownURL: String {
        let isAny = settings.host == "0.0.0.0" || settings.host == "::"
        let host = isAny ? "127.0.0.1" : settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        return "\(settings.tls == nil ? "http" : "https")://\(host):\(settings.port)"
    }

    private func publish(_ message: BusMessage, to redis: RedisURL, on loop: EventLoop) async throws -> String
    {
        let commands = RedisCommands(url: redis, loop: loop)
        commands.start()
        defer { commands.stop() }
        do {
            let count = try await commands.publish(message.channel, message.payload)
            return "published on \(message.channel): \(count) subscribers at \(redis)"
        } catch { throw Failure(description: "nothing was published: \(error)") }
    }

    /// Has a server publish a message.
    @discardableResult
    func post(_ message: BusMessage, to url: String, on loop: EventLoop) async throws -> String {
        guard let address = HTTPPost.Address(url) else {
            throw Failure(
                description: "\"\(url)\" is no http://HOST:PORT; a server with TLS is reached through Redis")
        }
        let head = Array(#"{"channel":\#(JSONValue.string(message.channel)),"payload":"#.utf8)
        let body = head + message.payload + Array("}".utf8)
        let answer: HTTPPost.Answer
        do { answer = try await HTTPPost.send(body, to: address, path: "/api/publish", on: loop) } catch {
            throw Failure(description: "nothing was published: \(error)")
        }
        guard answer.status == 202 else {
            throw Failure(
                description: "\(url) does not publish it: it answers \(answer.status)"
                    + (reason(answer.body).map { ", \($0)" } ?? ""))
        }
        return "published on \(message.channel) by \(url)"
    }

    /// What a server says is wrong with a request: of each field, or of it all.
    private func reason(_ body: [UInt8]) -> String? {
        guard let error = (try? JSONValue(parsing: body))?["error"] else { return nil }
        let fields = (error["fields"]?.arrayValue ?? []).compactMap { fault -> String? in
            guard let field = fault["field"]?.stringValue, let message = fault["message"]?.stringValue else {
                return nil
            }
            return "\(field): \(message)"
        }
        return fields.isEmpty ? error["message"]?.stringValue : fields.joined(separator: "; ")
    }
}
