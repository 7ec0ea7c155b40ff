/// Bars of one channel that go out as one message: an array of what each is alone. Pure.
struct BarBatch: Sendable {
    var message: BusMessage
    /// How many bars are in it.
    var count: Int

    /// A message of one bar, as it is.
    init(_ message: BusMessage) { (self.message, count) = (message, 1) }

    /// - Parameter payloads: two or more.
    private init(_ channel: String, _ payloads: [[UInt8]]) {
        let list = [UInt8(ascii: "[")] + payloads.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
        message = BusMessage(channel: channel, payload: list)
        count = payloads.count
    }

    /// Messages, each of one bar, as few as may be: those of a channel stay in their order.
    /// - Parameter limit: bytes of a message; who reads it refuses longer ones.
    static func joined(_ messages: [BusMessage], limit: Int = RoutedMessage.largest) -> [BarBatch] {
        var channels: [String] = []
        var payloads: [String: [[UInt8]]] = [:]
        for message in messages {
            if payloads[message.channel] == nil { channels.append(message.channel) }
            payloads[message.channel, default: []].append(message.payload)
        }
        return channels.flatMap { joined($0, payloads[$0] ?? [], limit) }
    }

    private static func joined(_ channel: String, _ payloads: [[UInt8]], _ limit: Int) -> [BarBatch] {
        var batches: [BarBatch] = []
        var (gathered, size) = ([[UInt8]](), 1)
        func end() {
            switch gathered.count {
            case 0: break
            case 1: batches.append(BarBatch(BusMessage(channel: channel, payload: gathered[0])))
            default: batches.append(BarBatch(channel, gathered))
            }
            (gathered, size) = ([], 1)
        }
        for payload in payloads {
            // With the comma or bracket behind it.
            if size + payload.count + 1 > limit { end() }
            gathered.append(payload)
            size += payload.count + 1
        }
        end()
        return batches
    }
}
