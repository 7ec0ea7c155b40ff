internal import CUV

/// Where the running program lies.
package enum ExecutablePath {
    /// The absolute path of the executable; empty if the system does not tell.
    package static var current: String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        var length = buffer.count
        guard unsafe uv_exepath(&buffer, &length) == 0 else { return "" }
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
