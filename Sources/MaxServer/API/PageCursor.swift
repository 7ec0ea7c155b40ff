/// A place in a list that is sorted by a moment and an id: the next page begins behind it.
struct PageCursor: Sendable, Equatable {
    let moment: Moment
    let id: String

    init(moment: Moment, id: String) { (self.moment, self.id) = (moment, id) }

    init?(_ text: String) {
        guard let parts = CursorText.parts(text),
            let moment = Int64(parts.word).flatMap(Moment.init(checking:))
        else { return nil }
        self.init(moment: moment, id: parts.rest)
    }

    var text: String { CursorText.make(moment.milliseconds, id) }
}

/// A part of a list, and where the next begins.
struct Page<Element: Sendable, Cursor: Sendable>: Sendable {
    var elements: [Element]
    /// Nil on the last page.
    var next: Cursor?

    /// Takes what was read with one row more than was asked for, which tells whether there is a next page.
    init(_ elements: [Element], limit: Int, cursor: (Element) -> Cursor) {
        self.elements = Array(elements.prefix(limit))
        next = elements.count > limit ? self.elements.last.map(cursor) : nil
    }
}
