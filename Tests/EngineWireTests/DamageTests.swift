import EngineWire
import TestSupport
import Testing

/// Damaged bytes: never a trap, and the same outcome however they are split.
@Suite struct `Damaged bytes` {
    @Test func `of requests are read the same whole and in pieces`() {
        var random = SplitMix64(seed: 4)
        var (accepted, refused) = (0, 0)
        for _ in 0..<4_000 {
            guard let sample = RequestSample.all.randomElement(using: &random) else { return }
            let bytes = random.damaged(
                Array(sample.text.utf8), inserting: Array("\r\n\r\n :;,=/0123456789abF\u{0}\t".utf8))
            let whole = RequestReader.outcome([bytes])
            if whole.refusal == nil { accepted += 1 } else { refused += 1 }
            guard RequestReader.outcome(Splits.random(bytes, &random)) != whole else { continue }
            Issue.record("\(String(decoding: bytes, as: UTF8.self).debugDescription): \(whole)")
            return
        }
        #expect(accepted > 400 && refused > 400, "the damage left too little of one kind to tell anything")
    }

    @Test(arguments: [false, true])
    func `of frames are read the same whole and in pieces`(isCompressed: Bool) {
        var random = SplitMix64(seed: 5)
        var (accepted, refused) = (0, 0)
        func outcome(_ pieces: [[UInt8]]) -> Outcome<Message, UInt16> {
            let inflater = isCompressed ? MessageInflater(Inflater(format: .raw), keepsContext: true) : nil
            return FrameReader.outcome(pieces, message: 300, fragments: 4, inflater: inflater)
        }
        for _ in 0..<4_000 {
            let plain = isCompressed ? compressedConversation(&random) : conversation(&random)
            let bytes = random.damaged(plain, inserting: [0x00, 0x01, 0x7E, 0x7F, 0x80, 0x88, 0xFE, 0xFF])
            let whole = outcome([bytes])
            if whole.refusal == nil { accepted += 1 } else { refused += 1 }
            guard outcome(Splits.random(bytes, &random)) != whole else { continue }
            Issue.record("\(bytes): \(whole)")
            return
        }
        #expect(accepted > 400 && refused > 400, "the damage left too little of one kind to tell anything")
    }

    @Test func `that are no more than noise trap nothing`() {
        var random = SplitMix64(seed: 6)
        for _ in 0..<5_000 {
            let bytes = random.bytes(Int.random(in: 0...60, using: &random))
            _ = RequestReader.outcome([bytes])
            _ = FrameReader.outcome([bytes])
            _ = FrameReader.outcome([ClientFrame.compressed(bytes)], inflater: .alone)
            _ = HTTPContentCoding.choose(acceptEncoding: String(decoding: bytes, as: UTF8.self))
            _ = PerMessageDeflate().negotiate(offers: [String(decoding: bytes, as: UTF8.self)])
            _ = Base64.decode(bytes.span)
            _ = QueryItems(bytes[...]).map(\.value)
        }
    }

    private func compressedConversation(_ random: inout SplitMix64) -> [UInt8] {
        let client = CompressingClient(keepsContext: true)
        return (0..<3).flatMap { _ in
            let size = Int.random(in: 0...200, using: &random)
            return switch Int.random(in: 0..<4, using: &random) {
            case 0: ClientFrame.text("hello")
            case 1: client.frames(random.bytes(size), fragments: 1)
            default: client.frames(random.prose(size), fragments: Int.random(in: 1...3, using: &random))
            }
        }
    }

    private func conversation(_ random: inout SplitMix64) -> [UInt8] {
        let frames = [
            ClientFrame.text("hello"), ClientFrame.binary(random.bytes(200)), ClientFrame.ping([1]),
            ClientFrame.close(1_000),
            ClientFrame.text("a", isFinal: false) + ClientFrame.continuation("b", isFinal: true),
            ClientFrame.binary([1], isFinal: false) + ClientFrame.ping()
                + ClientFrame.continuation([2], isFinal: true),
        ]
        return (0..<3).flatMap { _ in frames.randomElement(using: &random) ?? [] }
    }
}
