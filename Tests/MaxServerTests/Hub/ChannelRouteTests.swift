import Testing

@testable import MaxServer

@Suite struct `Channel patterns` {
    @Test func `a channel without variables is subscribed to by name`() {
        let pattern: ChannelPattern = "market_updates"
        #expect(pattern.isFixed)
        #expect(pattern.subscription == "market_updates")
        #expect(pattern.match("market_updates") == [:])
        for other in ["market_update", "market_updates2", "market_updates:", "", ":market_updates"] {
            #expect(pattern.match(other) == nil, "\(other)")
        }
    }

    @Test func `variables are parts between colons`() {
        let pattern: ChannelPattern = "bars:{symbol}:{resolution}"
        #expect(!pattern.isFixed)
        #expect(pattern.subscription == "bars:*")
        #expect(pattern.match("bars:AAPL:5") == ["symbol": "AAPL", "resolution": "5"])
        #expect(pattern.match("bars:BRK.B:D") == ["symbol": "BRK.B", "resolution": "D"])
        #expect(pattern.match("bars:{x}:*") == ["symbol": "{x}", "resolution": "*"])
    }

    @Test(arguments: [
        "bars", "bars:AAPL", "bars:AAPL:", "bars::5", "bars:AAPL:5:x", "bar:AAPL:5", "Bars:AAPL:5", ":AAPL:5",
        "::",
    ])
    func `every part must be there`(channel: String) {
        let pattern: ChannelPattern = "bars:{symbol}:{resolution}"
        #expect(pattern.match(channel) == nil)
    }

    @Test func `fixed parts may follow variables`() {
        let pattern: ChannelPattern = "bars:{symbol}:daily"
        #expect(pattern.match("bars:A:daily") == ["symbol": "A"])
        #expect(pattern.match("bars:A:hourly") == nil)
        #expect(pattern.subscription == "bars:*")
    }

    @Test func `each channel of the backend has one route`() {
        let channels = [
            "market_updates", "sector_candles", "discussion_messages", "agent_status", "bars:AAPL:1",
        ]
        for channel in channels {
            #expect(ChannelRoute.builtIn.count { $0.channel.match(channel) != nil } == 1, "\(channel)")
        }
        #expect(ChannelRoute.builtIn.count == channels.count)
    }

    /// Redis sends a message for each name and pattern that fits.
    @Test func `what a wider pattern brings is not asked for again`() {
        let asked = ChannelPattern.subscriptions(of: [
            "bars:{symbol}:{resolution}", "bars:BTC:{resolution}", "bars:AAPL:1", "barsoap", "orders",
            "orders",
            "orders:{desk}",
        ])
        #expect(asked.channels == ["barsoap", "orders"])
        #expect(asked.patterns == ["bars:*", "orders:*"])
    }
}
