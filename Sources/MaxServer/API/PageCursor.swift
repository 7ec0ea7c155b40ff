import Database

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A place in a list that is sorted by a moment and an id: the next page begins behind it.
///
/// Clients give it back as they got it: base64url (RFC 4648 section 5) of the milliseconds and the id.
struct PageCursor: Sendable, Equatable {
    /// Longest text that is read, in bytes.
    private static let longest = 1_000

    let moment: Moment
    let id: String

    init(moment: Moment, id: String) { (self.moment, self.id) = (moment, id) }

    init?(_ text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
        let standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: standard + padding),
            let plain = String(validating: data, as: UTF8.self), !plain.utf8.contains(0)
        else { return nil }
        let parts = plain.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty,
            let moment = Int64(parts[0]).flatMap(Moment.init(checking:))
        else { return nil }
        self.init(moment: moment, id: String(parts[1]))
    }

    var text: String {
        let standard = Data("\(moment.milliseconds) \(id)".utf8).base64EncodedString()
        return String(standard.compactMap { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0 })
    }
}

/// A part of a list, and where the next begins.
struct Page<Element: Sendable>: Sendable {
    var elements: [Element]
    /// Nil on the last page.
    var next: PageCursor?

    /// Takes what was read with one row more than was asked for, which tells whether there is a next page.
    init(_ elements: [Element], limit: Int, cursor: (Element) -> PageCursor) {
        self.elements = Array(elements.prefix(limit))
        next = elements.count > limit ? self.elements.last.map(cursor) : nil
    }
}
