/// What stands around compressed data on the wire.
package enum DeflateFormat: Sendable, Hashable {
    /// Nothing (RFC 1951): what permessage-deflate uses.
    case raw
    /// A header of two bytes and a checksum (RFC 1950): what HTTP calls `deflate`.
    case zlib
    /// A header of ten bytes, a checksum and the length (RFC 1952).
    case gzip

    /// How zlib is told the format and the window together.
    func zlibWindowBits(_ bits: Int) -> Int32 {
        switch self {
        case .raw: Int32(-bits)
        case .zlib: Int32(bits)
        case .gzip: Int32(bits + 16)
        }
    }
}
