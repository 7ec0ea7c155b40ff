import Foundation
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Compressed messages of the bus` {
    private static let limit = RoutedMessage.largest

    /// `{"value":1}`, as gzip(1) writes it.
    private static let small: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xAB, 0x56, 0x2A, 0x4B, 0xCC, 0x29,
        0x4D, 0x55, 0xB2, 0x32, 0xAC, 0x05, 0x00, 0xD2, 0xE2, 0xD1, 0xEF, 0x0B, 0x00, 0x00, 0x00,
    ]

    /// What a payload says after it was read; or why it was not.
    private func read(_ payload: [UInt8]) throws(RoutedMessage.Problem) -> [String] {
        let route = ChannelRoute(channel: "market_updates", event: "e", rooms: ["all"])
        return try RoutedMessage.read(payload, captures: [:], route: route, now: .now).map(\.payload.text)
    }

    private func problem(_ payload: [UInt8]) -> RoutedMessage.Problem? {
        do throws(RoutedMessage.Problem) {
            _ = try read(payload)
            return nil
        } catch { return error }
    }

    /// JSON of so many bytes.
    private func text(_ bytes: Int) -> [UInt8] {
        Array(#"{"a":""#.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: bytes - 8) + Array(#""}"#.utf8)
    }

    private func gzip(_ payload: [UInt8]) -> [UInt8] { PayloadCompression.gzip.compressed(payload) }

    @Test func `are read like plain ones`() throws {
        #expect(try read(Self.small) == [#"{"value":1}"#])
        let list = (0..<200).map { #"{"n":\#($0)}"# }
        let compressed = gzip(Array("[\(list.joined(separator: ","))]".utf8))
        #expect(compressed.starts(with: [0x1F, 0x8B]) && compressed.count < 1_000)
        #expect(try read(compressed) == list)
    }

    @Test func `are bounded by what they inflate to`() throws {
        #expect(try read(gzip(text(Self.limit))).first?.utf8.count == Self.limit)
        #expect(problem(gzip(text(Self.limit + 1))) == .inflatesTooLarge(Self.limit))
        #expect(problem(gzip([UInt8](repeating: 0, count: 20_000_000))) == .inflatesTooLarge(Self.limit))
        #expect(problem(text(Self.limit + 1)) == .tooLarge(Self.limit))
    }

    /// As a publisher writes that compresses piece by piece (RFC 1952 section 2.2).
    @Test func `may have several members, with one bound for all`() throws {
        let list = gzip(Array(("[" + String(repeating: "{},", count: 500)).utf8))
        #expect(
            try read(list + gzip(Array((String(repeating: " ", count: 2_000) + "{}]").utf8))).count == 501)
        let half = gzip([UInt8](repeating: UInt8(ascii: " "), count: Self.limit / 2))
        #expect(problem(half + half + Self.small) == .inflatesTooLarge(Self.limit))
    }

    @Test func `that are cut off anywhere are refused`() {
        for count in 2..<Self.small.count {
            #expect(problem(Array(Self.small.prefix(count))) == .damagedGzip, "\(count)")
        }
    }

    @Test func `with anything behind them are refused`() {
        for rest in [[0], [0x1F], [0x1F, 0x8B], Array("{}".utf8), Array(Self.small.dropLast())] as [[UInt8]] {
            #expect(problem(Self.small + rest) == .damagedGzip, "\(rest)")
        }
    }

    @Test func `that were changed on the way are refused, or say the same`() throws {
        for place in Self.small.indices {
            for bit in 0..<8 {
                var damaged = Self.small
                damaged[place] ^= 1 << bit
                // Some fields of the head mean nothing for what is inside.
                if problem(damaged) == nil { #expect(try read(damaged) == [#"{"value":1}"#]) }
            }
        }
    }

    @Test func `of noise do no harm`() {
        var random = SplitMix64(seed: 7)
        for count in 0..<500 {
            let noise = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(problem([0x1F, 0x8B] + noise) != nil)
            #expect(problem([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + noise) != nil)
        }
    }

    @Test func `hold JSON in UTF-8, and are compressed once`() {
        for payload in [text(2_000).map { $0 == UInt8(ascii: "x") ? 0xFF : $0 }, gzip(noise(2_000)), [0x1F]] {
            guard case .notJSON = problem(gzip(payload)) else {
                Issue.record("\(String(describing: problem(gzip(payload))))")
                continue
            }
        }
    }

    /// What compresses to more than a publisher leaves as it is.
    private func noise(_ count: Int) -> [UInt8] {
        var random = SplitMix64(seed: 3)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    @Test func `in another way are refused with what is understood`() {
        let zstd = problem([0x28, 0xB5, 0x2F, 0xFD, 0, 0, 0])
        #expect(zstd == .unknownCoding("zstd"))
        #expect(
            zstd?.description
                == "it is compressed with zstd; what is understood is JSON, plain or compressed with gzip")
        for payload in [
            [0xFD, 0x37, 0x7A, 0x58, 0x5A], [0x04, 0x22, 0x4D, 0x18], [0x28, 0xB5], [0x78, 0x9C],
        ]
            as [[UInt8]]
        {
            let text = problem(payload)?.description ?? ""
            #expect(text.hasPrefix("it is not JSON, plain or compressed with gzip: "), "\(text)")
        }
    }

    @Test func `are made of a kilobyte and more`() {
        #expect(gzip(text(1_023)) == text(1_023))
        #expect(gzip(text(1_024)).starts(with: [0x1F, 0x8B]) && gzip(text(1_024)).count < 100)
        #expect(PayloadCompression.none.compressed(text(1_024)) == text(1_024))
    }
}
