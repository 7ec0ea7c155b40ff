/// A content coding that a response may have (RFC 9110 section 8.4.1). The raw value is its name in
/// `Content-Encoding`.
package enum HTTPContentCoding: String, Sendable, Hashable {
    case gzip
    /// The format of RFC 1950, whatever the name says (RFC 9110 section 8.4.1.2).
    case deflate

    /// Reads `Accept-Encoding` (RFC 9110 section 12.5.3).
    /// - Returns: what the client weighs highest; gzip where both weigh the same; nil when it takes neither, or
    ///   says that it likes the plain body better. An element that is malformed says nothing.
    package static func choose(acceptEncoding: String) -> HTTPContentCoding? {
        let bytes = acceptEncoding.utf8.span
        var (gzip, deflate, identity, others) = (Int?.none, Int?.none, Int?.none, Int?.none)
        var start = 0
        for i in 0...bytes.count where i == bytes.count || bytes[i] == UInt8(ascii: ",") {
            defer { start = i + 1 }
            let element = bytes.extracting(start..<i)
            var nameEnd = 0
            while nameEnd < element.count, element[nameEnd] != UInt8(ascii: ";") { nameEnd += 1 }
            guard let weight = weight(element.extracting(nameEnd...)) else { continue }
            let name = element.extracting(trimming(element, 0..<nameEnd))
            if name.equalsIgnoringCase("gzip") {
                gzip = weight
            } else if name.equalsIgnoringCase("deflate") {
                deflate = weight
            } else if name.equalsIgnoringCase("identity") {
                identity = weight
            } else if name.equals("*") {
                others = weight
            }
        }
        let (forGzip, forDeflate) = (gzip ?? others ?? 0, deflate ?? others ?? 0)
        let best = max(forGzip, forDeflate)
        guard best > 0, best >= identity ?? 0 else { return nil }
        return forGzip == best ? .gzip : .deflate
    }

    /// `body` in this coding. Memory for a deflater is taken for the time of the call.
    package func compress(_ body: [UInt8], level: Int = 6, memoryLevel: Int = 8) -> [UInt8] {
        let deflater = Deflater(format: self == .gzip ? .gzip : .zlib, level: level, memoryLevel: memoryLevel)
        var output: [UInt8] = []
        deflater.compress(body.span, into: &output, ending: .finish)
        return output
    }

    /// The weight behind a name in thousandths, from `;q=0.5` or nothing; nil when it is malformed (RFC 9110
    /// section 12.4.2).
    private static func weight(_ parameter: Span<UInt8>) -> Int? {
        guard !parameter.isEmpty else { return 1_000 }
        let bytes = parameter.extracting(trimming(parameter, 1..<parameter.count))
        guard bytes.count >= 3, bytes.count <= 7, ASCII.lowercased(bytes[0]) == UInt8(ascii: "q"),
            bytes[1] == UInt8(ascii: "="), bytes.count == 3 || bytes[3] == UInt8(ascii: ".")
        else { return nil }
        var weight = 0
        for i in 2..<7 where i != 3 {
            let digit = i < bytes.count ? bytes[i] : UInt8(ascii: "0")
            guard ASCII.isDigit(digit) else { return nil }
            weight = weight * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return weight <= 1_000 ? weight : nil
    }
}
