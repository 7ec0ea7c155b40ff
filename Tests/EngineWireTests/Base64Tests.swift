import EngineWire
import Foundation
import TestSupport
import Testing

@Suite struct `Base64 texts` {
    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the vectors of RFC 4648 hold both ways`(plain: String, encoded: String) {
        #expect(self.encoded(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(Array(encoded.utf8).span) == Array(plain.utf8))
    }

    @Test func `random bytes agree with Foundation and come back`() {
        var random = SplitMix64(seed: 1)
        for length in 0..<300 {
            let bytes = random.bytes(length)
            let text = encoded(bytes)
            #expect(text == Data(bytes).base64EncodedString())
            #expect(Base64.decode(Array(text.utf8).span) == bytes)
        }
    }

    @Test func `the URL-safe form has other digits and no padding, and is read too`() {
        let bytes: [UInt8] = [0xFB, 0xFF, 0xBF, 0xFE]
        #expect(Base64.urlSafe(bytes.span) == "-_-__g")
        #expect(Base64.decode(Array("-_-__g".utf8).span) == bytes)
        #expect(Base64.decode(Array("+/+//g==".utf8).span) == bytes)
    }

    @Test func `missing padding is forgiven`() {
        #expect(Base64.decode(Array("Zg".utf8).span) == Array("f".utf8))
        #expect(Base64.decode(Array("Zg=".utf8).span) == Array("f".utf8))
        #expect(Base64.decode(Array("Zm8".utf8).span) == Array("fo".utf8))
    }

    @Test(arguments: [
        "Z", "Zm9vY", "Zg===", "Z===", "====", "Zm=v", "Z=g=", "Zm9v=Zm9v", "Zm 9v", "Zm9v\n", " Zm9v",
        "Zm9*", "Zm9\u{0}",
        "Zm9\u{E9}", "Zm9v,Zm9v",
    ])
    func `anything else is refused`(text: String) {
        #expect(Base64.decode(Array(text.utf8).span) == nil)
    }

    @Test func `each byte is a digit or it is refused`() {
        let digits = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_".utf8)
        for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "=") {
            let text = [UInt8(ascii: "A"), byte, UInt8(ascii: "A"), UInt8(ascii: "A")]
            #expect((Base64.decode(text.span) != nil) == digits.contains(byte), "\(byte)")
        }
    }

    @Test func `the encoding goes behind what the output has already`() {
        var output = Array("b".utf8)
        Base64.encode(Array("foo".utf8).span, into: &output)
        #expect(output == Array("bZm9v".utf8))
    }

    private func encoded(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        Base64.encode(bytes.span, into: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
