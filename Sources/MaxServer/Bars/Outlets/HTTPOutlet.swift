import EngineNet
import Synchronization

/// Has a running server publish, message by message. The first that it does not take ends it.
final class HTTPOutlet: BarOutlet {
    private let tool: PublishTool
    private let url: String
    private let loop: EventLoop
    private let shared = Mutex(OutletCounts())

    /// - Parameter url: nil for the server of the settings.
    init(_ settings: Settings, url: String?, on loop: EventLoop) {
        tool = PublishTool(settings: settings)
        self.url = url ?? tool.ownURL
        self.loop = loop
    }

    var counts: OutletCounts { shared.withLock { $0 } }

    func publish(_ messages: [BusMessage]) async throws {
        for message in messages {
            try await tool.post(message, to: url, on: loop)
            shared.withLock { counts in
                counts.published += 1
                counts.lastPublished = .now
            }
        }
    }

    /// Every message was confirmed before the next.
    func finish() async {}
}
