import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A message that was checked before it goes on the bus: some route knows its channel and can read it.
struct Publication: Sendable {
    /// Why nobody would get a message.
    enum Problem: Error, Equatable, CustomStringConvertible {
        case unknownChannel(String)
        case payload(RoutedMessage.Problem)

        var description: String {
            switch self {
            case .unknownChannel(let channels): "the channel is none of \(channels)"
            case .payload(let problem): "the payload cannot be used: \(problem)"
            }
        }
    }

    let message: BusMessage

    /// - Parameter payload: JSON, an object or an array of objects.
    init(channel: String, payload: [UInt8], routes: [ChannelRoute] = ChannelRoute.builtIn) throws(Problem) {
        for route in routes {
            guard let captures = route.channel.match(channel) else { continue }
            do throws(RoutedMessage.Problem) {
                _ = try RoutedMessage.read(payload, captures: captures, route: route, now: .now)
            } catch { throw .payload(error) }
            message = BusMessage(channel: channel, payload: payload)
            return
        }
        throw .unknownChannel(routes.map(\.channel.description).joined(separator: ", "))
    }
}
