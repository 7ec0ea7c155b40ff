#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension Date {
    /// The time as JavaScript's `toISOString` writes it: `2025-01-15T10:30:00.000Z`.
    public var javaScriptText: String {
        var bytes: [UInt8] = []
        _ = ISODate.append(timeIntervalSince1970 * 1_000, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
