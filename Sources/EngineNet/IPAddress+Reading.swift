internal import EngineWire

extension IPAddress {
    /// Reads an address: IPv4 as four decimal numbers without leading zeros, IPv6 as in RFC 4291 section 2.2. A
    /// zone (`%eth0`) is dropped, for it means something on one machine only. Nil for everything else.
    public init?(_ text: String) { self.init(bytes: text.utf8.span) }

    /// Reads an address from ASCII text.
    package init?(bytes: Span<UInt8>) {
        for i in bytes.indices where bytes[i] == UInt8(ascii: ":") {
            guard let end = Self.endOfAddress(bytes), let groups = GroupReader(bytes.extracting(0..<end))
            else { return nil }
            self = groups.address
            return
        }
        guard let v4 = Self.v4(bytes) else { return nil }
        self.init(v4: v4)
    }

    fileprivate static func v4(_ bytes: Span<UInt8>) -> UInt32? {
        guard bytes.count <= 15 else { return nil }
        var address: UInt32 = 0
        var start = 0
        var parts = 0
        for i in 0...bytes.count where i == bytes.count || bytes[i] == UInt8(ascii: ".") {
            let part = bytes.extracting(start..<i)
            // Some readers take a leading zero for octal: who means what cannot be told.
            guard let number = part.decimal(), number < 256, part.count == 1 || part[0] != UInt8(ascii: "0")
            else { return nil }
            address = address << 8 | UInt32(number)
            parts += 1
            start = i + 1
        }
        return parts == 4 ? address : nil
    }

    /// Where the zone begins, or the end; nil for an empty zone.
    private static func endOfAddress(_ text: Span<UInt8>) -> Int? {
        for i in text.indices where text[i] == UInt8(ascii: "%") { return i + 1 < text.count ? i : nil }
        return text.count
    }
}

/// The groups of 16 bits of an IPv6 address as they are written.
private struct GroupReader {
    private var groups = InlineArray<8, UInt64>(repeating: 0)
    private var count = 0
    /// How many groups stand before the `::`.
    private var gap: Int?

    init?(_ bytes: Span<UInt8>) {
        var i = 0
        if bytes.count >= 2, bytes[0] == UInt8(ascii: ":"), bytes[1] == UInt8(ascii: ":") {
            gap = 0
            i = 2
        }
        while i < bytes.count {
            guard let end = readGroup(bytes, from: i) else { return nil }
            i = end
            guard i < bytes.count else { break }
            guard bytes[i] == UInt8(ascii: ":"), i + 1 < bytes.count else { return nil }
            i += 1
            if bytes[i] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = count
                i += 1
            }
        }
        // `::` stands for one group at least.
        guard gap == nil ? count == 8 : count < 8 else { return nil }
    }

    /// Reads a group, or the last two when they are spelled as an IPv4 address; returns where it ends.
    private mutating func readGroup(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        guard count < 8 else { return nil }
        var group: UInt64 = 0
        var i = start
        while i < bytes.count, i - start < 4, let digit = ASCII.hexValue(bytes[i]) {
            group = group << 4 | UInt64(digit)
            i += 1
        }
        guard i > start else { return nil }
        if i < bytes.count, bytes[i] == UInt8(ascii: ".") {
            guard count < 7, let v4 = IPAddress.v4(bytes.extracting(start..<bytes.count)) else { return nil }
            groups[count] = UInt64(v4 >> 16)
            groups[count + 1] = UInt64(v4 & 0xFFFF)
            count += 2
            return bytes.count
        }
        groups[count] = group
        count += 1
        return i
    }

    var address: IPAddress {
        let before = gap ?? count
        let missing = 8 - count
        var high: UInt64 = 0
        var low: UInt64 = 0
        for place in 0..<8 {
            let group =
                place < before ? groups[place] : place < before + missing ? 0 : groups[place - missing]
            if place < 4 { high = high << 16 | group } else { low = low << 16 | group }
        }
        return IPAddress(high: high, low: low)
    }
}
