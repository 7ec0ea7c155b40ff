internal import EngineWire
internal import Synchronization

/// One file for browsers, and its compressed forms. For any thread.
final class ClientFile: Sendable {
    let content: [UInt8]
    /// Of the client; nil when the file does not say it.
    let version: EntityTag?
    /// As Node: the client's version. The content's hash without one.
    let tag: EntityTag
    /// One for each coding.
    private let compressed = Mutex<[HTTPContentCoding: Task<[UInt8], Never>]>([:])

    init(_ content: [UInt8], version: EntityTag?) {
        self.content = content
        self.version = version
        tag = version ?? EntityTag(hashing: content)
    }

    /// The content in a coding. Compressed at the first call, which takes some milliseconds: not on the loop that asks.
    func content(in coding: HTTPContentCoding) async -> [UInt8] {
        let task = compressed.withLock { forms in
            if let made = forms[coding] { return made }
            // Once for all visitors: it may take the time of the best level.
            let making = Task.detached { [content] in coding.compress(content, level: 9) }
            forms[coding] = making
            return making
        }
        return await task.value
    }

    /// The version in a bundle's first comment: `Socket.IO v4.8.1`.
    static func version(in content: [UInt8]) -> EntityTag? {
        let head = content.prefix(512)
        guard let mark = head.firstRange(of: Array("Socket.IO v".utf8)) else { return nil }
        let version = head[mark.upperBound...].prefix { ASCII.isToken($0) && $0 != UInt8(ascii: "*") }
        return version.isEmpty ? nil : EntityTag(String(decoding: version, as: UTF8.self))
    }
}
