internal import Foundation

/// Packets as polling carries them.
extension TestMessage {
    /// The packets of a polling payload.
    package static func packets(of payload: String) -> [TestMessage] {
        payload.split(separator: "\u{1E}", omittingEmptySubsequences: false).map { packet in
            guard packet.hasPrefix("b"), let data = Data(base64Encoded: String(packet.dropFirst())) else {
                return .text(String(packet))
            }
            return .binary(Array(data))
        }
    }

    /// A polling payload of packets.
    package static func payload(_ packets: some Sequence<TestMessage>) -> String {
        packets.map { packet in
            switch packet {
            case .text(let text): text
            case .binary(let bytes): "b" + Data(bytes).base64EncodedString()
            }
        }.joined(separator: "\u{1E}")
    }
}
