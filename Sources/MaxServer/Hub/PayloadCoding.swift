import EngineWire

/// How the payload of a message is written: as it is, or compressed with gzip. Told by its first bytes, so that
/// publishers need to agree on nothing. Pure.
enum PayloadCoding: Equatable {
    case plain
    case gzip
    /// One that is not understood here.
    case zstd

    init(of payload: [UInt8]) {
        if payload.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else if payload.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
            self = .zstd
        } else {
            self = .plain
        }
    }

    /// The payload as it was before it was compressed.
    /// - Parameter limit: bytes that it may have then: what inflates to more is refused as soon as that shows.
    static func plain(_ payload: [UInt8], limit: Int) throws(RoutedMessage.Problem) -> [UInt8] {
        switch PayloadCoding(of: payload) {
        case .plain: return payload
        case .zstd: throw .unknownCoding("zstd")
        case .gzip:
            let inflater = Inflater(format: .gzip)
            var plain: [UInt8] = []
            do throws(InflateFailure) {
                try inflater.inflate(payload.span, into: &plain, limit: limit)
            } catch {
                throw error == .tooLarge ? .inflatesTooLarge(limit) : .damagedGzip
            }
            // The end has a checksum: what is cut off there may be anything.
            guard inflater.isAtStreamEnd else { throw .damagedGzip }
            return plain
        }
    }
}

/// Whether what is published is compressed.
enum PayloadCompression: String, Sendable, CaseIterable {
    case none
    case gzip

    /// Smaller payloads are published as they are: compressed they would be hardly smaller.
    static let threshold = 1_024

    func compressed(_ payload: [UInt8]) -> [UInt8] {
        switch self {
        case .gzip where payload.count >= Self.threshold: HTTPContentCoding.gzip.compress(payload)
        case .gzip, .none: payload
        }
    }
}
