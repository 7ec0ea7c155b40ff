import EngineWire
import TestSupport
import Testing

/// RFC 9110 section 12.5.3.
@Suite struct `Content codings` {
    @Test(
        arguments: [
            ("gzip", .gzip), ("deflate", .deflate), ("GZip", .gzip), ("gzip, deflate, br, zstd", .gzip),
            ("deflate, gzip", .gzip), ("deflate;q=0.8, gzip;q=0.9", .gzip),
            ("gzip;q=0.5,deflate;q=0.501", .deflate), ("gzip;q=1.000, deflate;q=1", .gzip),
            ("deflate, *", .gzip), ("gzip;q=0.5, *;q=0.7", .deflate), ("*", .gzip), ("*;q=0.1", .gzip),
            ("gzip;q=0, *", .deflate), ("*;q=0, deflate", .deflate), ("identity;q=0, *", .gzip),
            ("identity;q=0.5, gzip;q=0.5", .gzip), (" gzip ; q=0.3 , br", .gzip), ("gzip ;Q=0.3", .gzip),
            (",,gzip,", .gzip), ("\tgzip", .gzip),
        ] as [(String, HTTPContentCoding)])
    func `are what the client likes best`(accepted: String, coding: HTTPContentCoding) {
        #expect(HTTPContentCoding.choose(acceptEncoding: accepted) == coding)
    }

    @Test(arguments: [
        "", " ", ",", ";", "br", "identity", "gzip;q=0", "gzip;q=0.000, deflate;q=0.0", "*;q=0",
        "identity;q=0", "gzip;q=0, identity;q=0", "identity;q=1, gzip;q=0.9", "gzipped", "x-gzip-not",
    ])
    func `are none when the client takes none`(accepted: String) {
        #expect(HTTPContentCoding.choose(acceptEncoding: accepted) == nil)
    }

    @Test(arguments: [
        ";q", ";q=", ";q=2", ";q=1.001", ";q=0.0001", ";q=.5", ";q=-1", ";q=a", ";q=0,5", ";q=0x5", ";x=1",
        ";",
        ";q=0.5;q=0.6", ";q =1", ";q=1e3", ";q=٣",
    ])
    func `with a malformed weight are not taken`(weight: String) {
        #expect(HTTPContentCoding.choose(acceptEncoding: "gzip\(weight)") == nil)
        #expect(HTTPContentCoding.choose(acceptEncoding: "gzip\(weight), deflate;q=0.1") == .deflate)
    }

    @Test(arguments: [.gzip, .deflate] as [HTTPContentCoding], [0, 1, 1_024, 100_000])
    func `compress a body that comes back`(coding: HTTPContentCoding, size: Int) throws {
        var random = SplitMix64(seed: 15)
        let body = random.prose(size)
        let inflater = Inflater(format: coding == .gzip ? .gzip : .zlib)
        #expect(try inflater.inflated(coding.compress(body)) == body)
        #expect(inflater.isAtStreamEnd)
    }

    @Test func `have the formats that RFC 9110 names`() {
        #expect(HTTPContentCoding.gzip.rawValue == "gzip" && HTTPContentCoding.deflate.rawValue == "deflate")
        #expect(HTTPContentCoding.gzip.compress([1]).starts(with: [0x1F, 0x8B, 8]))
        #expect(HTTPContentCoding.deflate.compress([1]).starts(with: [0x78, 0x9C]))
    }
}
