/// A place in a list that is sorted by a name and an id: the next page begins behind it.
struct NameCursor: Sendable, Equatable {
    let name: String
    let id: String

    init(name: String, id: String) { (self.name, self.id) = (name, id) }

    init?(_ text: String) {
        // Both may have spaces, if others have written them into the database: the id's length in bytes goes first.
        guard let parts = CursorText.parts(text), let length = Int(parts.word),
            (0...parts.rest.utf8.count).contains(length),
            let id = String(validating: parts.rest.utf8.prefix(length), as: UTF8.self),
            let name = String(validating: parts.rest.utf8.dropFirst(length), as: UTF8.self)
        else { return nil }
        self.init(name: name, id: id)
    }

    var text: String { CursorText.make(id.utf8.count, id + name) }
}
