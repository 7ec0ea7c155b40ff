import Foundation
import SocketIO
import TestSupport
import Testing

/// Damaged documents, judged by a second implementation.
@Suite struct `Damaged JSON` {
    @Test func `the scanner agrees with Foundation about mutated documents`() throws {
        var random = SplitMix64(seed: 42)
        var accepted = 0
        for _ in 0..<30_000 {
            let document = mutated(&random)
            let ours = (try? JSONScanner.scanArray(document.span)) != nil
            if ours { accepted += 1 }
            guard !isKnownDifference(document) else { continue }
            let value = try? JSONSerialization.jsonObject(with: Data(document))
            #expect(ours == (value is [Any]), "\(String(decoding: document, as: UTF8.self).debugDescription)")
        }
        #expect(accepted > 100, "the mutations left too little valid to tell anything")
    }

    @Test func `whatever the scanner accepts can be decoded and written again`() throws {
        var random = SplitMix64(seed: 43)
        for _ in 0..<10_000 {
            let document = mutated(&random)
            guard (try? JSONScanner.validateValue(document.span)) != nil else { continue }
            let value = try JSONValue(parsing: document)
            #expect(try JSONValue(parsing: value.description) == value)
        }
    }

    @Test func `no bytes trap the decoder`() {
        var random = SplitMix64(seed: 44)
        for _ in 0..<10_000 {
            let document = mutated(&random)
            let start = Int.random(in: 0...document.count, using: &random)
            let end = Int.random(in: start...document.count, using: &random)
            _ = try? ArgumentDecoder().decode(JSONValue.self, from: document, range: start..<end)
            _ = try? ArgumentDecoder().decode([Date].self, from: document, range: start..<end)
            _ = JSONScanner.string(in: document.span, range: start..<end)
        }
    }

    private func mutated(_ random: inout SplitMix64) -> [UInt8] {
        var bytes = Array(
            JSONSamples.arrays[Int.random(in: 0..<JSONSamples.arrays.count, using: &random)].utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let at = Int.random(in: 0..<max(bytes.count, 1), using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where !bytes.isEmpty: bytes.remove(at: at)
            case 1 where !bytes.isEmpty: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 2:
                bytes.insert(
                    Array(#"[]{},:"\0129.eE-+ntu "#.utf8).randomElement(using: &random) ?? 0x5B, at: at)
            default: bytes.append(contentsOf: bytes[at...].prefix(3))
            }
        }
        return bytes
    }

    /// Where Foundation is laxer than JSON (a comma at the end, UTF-16, a mark of byte order), stricter (lone
    /// surrogates, numbers beyond its range), or lax in one version only.
    private func isKnownDifference(_ document: [UInt8]) -> Bool {
        let text = String(decoding: document, as: UTF8.self)
        let compact = text.filter { !" \t\r\n".contains($0) }
        return compact.contains(",]") || compact.contains(",}") || document.contains(0)
            || text.contains(#"\u"#) || text.unicodeScalars.first == "\u{FEFF}" || hasHugeNumber(text)
    }

    private func hasHugeNumber(_ text: String) -> Bool {
        let exponents = text.lowercased().split(separator: "e").dropFirst()
        return exponents.contains { $0.drop { "+-".contains($0) }.prefix { $0.isNumber }.count > 2 }
    }
}
