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
        let own = try settings.routesFile.map(RouteFile.read) ?? []
        let message: BusMessage
        do {
            message = try Publication(
                channel: command.channel, payload: Array(command.payload.utf8),
                routes: own + ChannelRoute.builtIn
            ).message
        } catch { throw Failure(description: "nothing was published: \(error)") }
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        if command.url == nil, let redis = settings.redis {
            return try await publish(message, to: redis, on: group.loops[0])
        }
        return try await post(message, to: command.url ?? ownURL, on: group.loops[0])
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
            let reason = (try? JSONValue(parsing: answer.body))?["error"]?["message"]?.stringValue
            throw Failure(
                description: "\(url) does not publish it: it answers \(answer.status)"
                    + (reason.map { ", \($0)" } ?? ""))
        }
        return "published on \(message.channel) by \(url)"
    }
}
