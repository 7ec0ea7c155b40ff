package import EngineNet

/// Receives what is published on Redis channels, over one connection that is made again whenever it is lost.
///
/// Every call may come from any thread. Messages and states are told on the loop, in order. While the connection
/// is down, messages are lost: that is how Redis' pub/sub works. `RedisStatus.counts.gaps` counts it, and a state
/// that becomes `live` after `down` says when to read again what matters.
package final class RedisSubscriber: Sendable {
    package typealias OnMessage =
        @Sendable (_ channel: String, _ pattern: String?, _ payload: [UInt8]) -> Void

    private let core: LoopBound<SubscriberCore>
    private let shared = SharedStatus()

    /// - Parameters:
    ///   - onMessage: called on the loop. `pattern` is the one that matched; nil for a channel subscribed by name.
    ///   - onState: called on the loop at every change.
    package init(
        url: RedisURL, loop: EventLoop, options: RedisOptions = RedisOptions(),
        onMessage: @escaping OnMessage, onState: @escaping @Sendable (RedisState) -> Void = { _ in }
    ) {
        let core = LoopBound<SubscriberCore>(loop: loop)
        let shared = shared
        self.core = core
        loop.execute {
            let made = SubscriberCore(RedisLink(url, options, on: loop, shared, onState), onMessage)
            core.set(made)
            loop.whenStopping { [weak made] in made?.handle(.stopped) }
        }
    }

    deinit {
        let core = core
        core.loop.execute {
            core.get()?.handle(.stopped)
            core.set(nil)
        }
    }

    /// Connects, and stays connected until `stop`.
    package func start() { post(.started) }

    /// Disconnects. Subscriptions are kept for another `start`.
    package func stop() { post(.stopped) }

    /// Subscribes now, and on every connection to come. What is subscribed already stays as it is.
    package func subscribe(channels: [String] = [], patterns: [String] = []) {
        post(.subscribed(channels: channels, patterns: patterns))
    }

    /// Ends subscriptions. Messages that are on their way may still come.
    package func unsubscribe(channels: [String] = [], patterns: [String] = []) {
        post(.unsubscribed(channels: channels, patterns: patterns))
    }

    /// How it stands, as of the last turn of the loop.
    package var status: RedisStatus { shared.status }

    private func post(_ event: RedisMachine.Event) {
        let core = core
        core.loop.execute { core.get()?.handle(event) }
    }
}

/// The part of a subscriber that lives on the loop.
private final class SubscriberCore: RedisLinkUser {
    private let link: RedisLink
    private let onMessage: RedisSubscriber.OnMessage

    init(_ link: RedisLink, _ onMessage: @escaping RedisSubscriber.OnMessage) {
        self.link = link
        self.onMessage = onMessage
        link.user = self
    }

    func handle(_ event: RedisMachine.Event) { link.handle(event) }

    func received(_ reply: RedisReply) {
        switch SubscriberReply(reply) {
        case .message(let channel, let pattern, let payload):
            link.messages += 1
            onMessage(channel, pattern, payload)
        case .tooLong(let bytes): link.dropTooLong(bytes: bytes)
        case .subscribed: link.handle(.subscriptionConfirmed)
        case .unsubscribed: break
        case .pong: link.handle(.ponged)
        case .error(let text): link.handle(.subscriptionRefused(text))
        case .other: link.handle(.lost("Redis said something that no subscriber understands"))
        }
    }

    func pingSent() {}
    func becameLive() {}
    func wentDown(_ error: String) {}
}
