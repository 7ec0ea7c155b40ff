internal import EngineIO
internal import EngineWire
internal import SocketIO

/// From values to bytes: functions without a server.
var encodeCases: [Case] {
    [
        Case(name: "encode-value", rounds: 200) {
            let quote = Quote()
            return Work {
                var (bytes, attachments): ([UInt8], [[UInt8]]) = ([], [])
                try ArgumentEncoder().encode(quote, into: &bytes, attachments: &attachments)
                return bytes.count
            }
        },
        Case(name: "encode-frame", rounds: 200) {
            let packet = Array(#"42["quote",\#(Quote.json)]"#.utf8)
            return Work {
                let message = PreparedMessage(textPacket: packet.span)
                return withExtendedLifetime(message) { packet.count }
            }
        },
    ]
}
