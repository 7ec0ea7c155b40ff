import EngineNet
import EngineWire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Addresses, and those that proxies tell.
enum AddressChecks {
    /// The text of an address or a range.
    static func address(_ input: [UInt8]) throws(Finding) {
        let text = String(decoding: input, as: UTF8.self)
        let address = IPAddress(text)
        try expectEqual(
            address, systemReading(Array(text.utf8)), "the system reads \(text.debugDescription) differently")
        if let address {
            try expectEqual(IPAddress(address.description), address, "an address changes when it is written")
            try expect(
                AddressRange(address.description)?.contains(address) == true,
                "an address is not in its own range")
        }
        guard let range = AddressRange(text) else { return }
        try expectEqual(AddressRange(range.description), range, "a range changes when it is written")
        let first = text.utf8.split(separator: UInt8(ascii: "/"))[0]
        let member = IPAddress(String(decoding: first, as: UTF8.self))
        try expect(member.map { range.contains($0) } == true, "a range lacks the address that names it")
    }

    /// A byte that chooses the field, then its values, one a line.
    static func forwarded(_ input: [UInt8]) throws(Finding) {
        let isForwarded = (input.first ?? 0) & 1 == 1
        let name = isForwarded ? "Forwarded" : "X-Forwarded-For"
        let values = input.dropFirst().split(separator: UInt8(ascii: "\n")).map { line in
            SlowHTTP.trimmed(line.filter { ASCII.isFieldValue($0) }[...])
        }
        let proxies = TrustedProxies(
            ranges: ["10.0.0.0/8", "fd00::/8"].compactMap { AddressRange($0) },
            source: isForwarded ? .forwarded : .xForwardedFor)
        let client = try client(proxies, name, values)
        let texts = values.map { String(decoding: $0, as: UTF8.self) }
        if isForwarded {
            let reference = SlowForwarded.client(forwarded: texts, proxies)
            try expectEqual(client, reference ?? client, "the reference finds another client")
        } else {
            let reference = SlowForwarded.client(xForwardedFor: texts, proxies)
            try expectEqual(client, reference, "the reference finds another client")
            let joined = Array(values.joined(separator: ", ".utf8))
            try expectEqual(
                try self.client(proxies, name, [joined[...]]), client, "two fields are not one list")
        }
        // What a trusted proxy adds counts, whatever stood there before.
        let added = isForwarded ? "for=192.0.2.1;proto=https" : "192.0.2.1"
        let last = (values.last ?? []) + Array(", \(added)".utf8)
        for all in [values + [Array(added.utf8)[...]], values.dropLast() + [last]] {
            try expectEqual(
                try self.client(proxies, name, all).description, "192.0.2.1",
                "what a proxy added is not believed")
        }
    }

    private static func client(
        _ proxies: TrustedProxies, _ name: String, _ values: [ArraySlice<UInt8>]
    ) throws(Finding) -> IPAddress {
        var bytes = Array("GET / HTTP/1.1\r\nHost: h\r\n".utf8)
        for value in values { bytes += Array("\(name): ".utf8) + value + Array("\r\n".utf8) }
        var limits = HTTPLimits()
        limits.fieldCount = 5_000
        limits.head = 65_535
        let listener = try RequestListener.listen([(bytes + Array("\r\n".utf8))[...]], limits)
        guard let request = listener.requests.first, let peer = IPAddress("10.0.0.1") else {
            throw Finding("the request is not heard: \(String(describing: listener.refusal))")
        }
        return proxies.client(peer: peer, request: request)
    }

    /// What `inet_pton` makes of an address without its zone.
    private static func systemReading(_ text: [UInt8]) -> IPAddress? {
        let isV6 = text.contains(UInt8(ascii: ":"))
        var name = text[...]
        if isV6, let percent = name.firstIndex(of: UInt8(ascii: "%")) {
            guard percent + 1 < name.endIndex else { return nil }
            name = name[..<percent]
        }
        guard !name.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: isV6 ? 16 : 4)
        // The array has room for an address of its family, and the text ends with a zero.
        let status = unsafe bytes.withUnsafeMutableBytes { room in
            unsafe inet_pton(
                isV6 ? AF_INET6 : AF_INET, String(decoding: name, as: UTF8.self), room.baseAddress)
        }
        guard status == 1 else { return nil }
        let words = bytes.reduce((high: UInt64(0), low: UInt64(0))) {
            ($0.high << 8 | $0.low >> 56, $0.low << 8 | UInt64($1))
        }
        return isV6 ? IPAddress(high: words.high, low: words.low) : IPAddress(v4: UInt32(words.low))
    }
}
