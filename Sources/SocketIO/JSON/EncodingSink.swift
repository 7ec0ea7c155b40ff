/// Where an encoding writes: one buffer, and the arrays and objects open in it.
///
/// Values are written as they come, so only the innermost open container can be written to. A container knows
/// its `Place`; once that is no longer the innermost one, writing to it throws instead of spoiling the text.
/// The exceptions are nested containers and super encoders, which may be filled in any order: each gets a
/// sink of its own, whose text is put into its parent's at the end.
///
/// The properties are read and written millions of times a second by one thread, in calls that never overlap:
/// hence without checks of exclusive access, which would double the time of encoding.
final class EncodingSink {
    /// Which container, or which still empty place for a value: how many containers are open around it, and
    /// the offset of its first byte.
    struct Place {
        var depth: Int
        var start: Int
        /// A place that nothing can be written to.
        static let none = Place(depth: -1, start: -1)
    }

    /// A container that is open.
    struct Level {
        var start: Int
        var kind: JSONKind
        var count = 0
        /// Where the last key begins.
        var key = 0
    }

    /// What the sink looked like before a value was written.
    struct Mark {
        fileprivate var size: Int
        fileprivate var depth: Int
        fileprivate var current: Level
        fileprivate var outerCount: Int
        fileprivate var holeCount: Int
        fileprivate var attachmentCount: Int
    }

    private struct Hole {
        var offset: Int
        var sink: EncodingSink
    }

    @safe @exclusivity(unchecked) var bytes: [UInt8] = []
    /// The attachments so far; only those of the outermost sink are used.
    @safe @exclusivity(unchecked) var attachments: [[UInt8]] = []
    @safe @exclusivity(unchecked) private(set) var depth: Int
    @safe @exclusivity(unchecked) private var current = Level(start: -1, kind: .null)
    @safe @exclusivity(unchecked) private var outer: [Level] = []
    @safe @exclusivity(unchecked) private var holes: [Hole] = []
    private let baseDepth: Int
    private let basePath: [any CodingKey]
    private let outermost: EncodingSink?
    let userInfo: [CodingUserInfoKey: any Sendable]

    /// The sink of a whole encoding.
    init(userInfo: [CodingUserInfoKey: any Sendable]) {
        self.userInfo = userInfo
        (depth, baseDepth, basePath, outermost) = (0, 0, [], nil)
    }

    private init(inside parent: EncodingSink) {
        userInfo = parent.userInfo
        basePath = parent.path()
        baseDepth = parent.depth
        depth = parent.depth
        outermost = parent.outermost ?? parent
    }

    /// A sink for a value that belongs here, but may be written later.
    func makeHole() -> EncodingSink {
        let sink = EncodingSink(inside: self)
        holes.append(Hole(offset: bytes.count, sink: sink))
        return sink
    }

    // MARK: Places

    /// The place where the next value goes.
    var place: Place {
        @inline(__always) get { Place(depth: depth, start: bytes.count) }
    }

    /// Opens a container at a place, or finds it there open already. Nothing can be written to the result if
    /// something else stands at the place, or it is too deep.
    func open(_ kind: JSONKind, at place: Place) -> Place {
        let inside = Place(depth: place.depth + 1, start: place.start)
        if isInnermost(inside, kind) { return inside }
        guard depth == place.depth, bytes.count == place.start, depth < JSONScanner.greatestDepth else {
            return .none
        }
        if depth > baseDepth { outer.append(current) }
        current = Level(start: place.start, kind: kind)
        depth += 1
        bytes.append(kind == .object ? UInt8(ascii: "{") : UInt8(ascii: "["))
        return inside
    }

    /// Whether a container can be written to.
    @inline(__always)
    func isInnermost(_ place: Place, _ kind: JSONKind) -> Bool {
        depth == place.depth && current.start == place.start && current.kind == kind
    }

    /// Closes all containers inside `depth` of them.
    @inline(__always)
    func close(to depth: Int) {
        while self.depth > depth {
            bytes.append(current.kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]"))
            self.depth -= 1
            current = outer.popLast() ?? Level(start: -1, kind: .null)
        }
    }

    /// Writes what comes before a member's value.
    @inline(__always)
    func beginMember(_ key: String) {
        let comma = current.count > 0
        current.count += 1
        current.key = bytes.count + (comma ? 1 : 0)
        JSONWriter.appendKey(key, comma: comma, to: &bytes)
    }

    /// Writes what comes before an element.
    @inline(__always)
    func beginElement() {
        if current.count > 0 { bytes.append(UInt8(ascii: ",")) }
        current.count += 1
    }

    /// How many elements or members the container has, if it can be written to.
    func count(of place: Place, _ kind: JSONKind) -> Int {
        isInnermost(place, kind) ? current.count : 0
    }

    // MARK: Beginning and end

    /// Remembers what has been written.
    @inline(__always)
    func mark() -> Mark {
        Mark(
            size: bytes.count, depth: depth, current: current, outerCount: outer.count,
            holeCount: holes.count,
            attachmentCount: (outermost ?? self).attachments.count)
    }

    /// Removes what has been written since: a value that fails leaves nothing behind, not even its key.
    func rewind(to mark: Mark) {
        bytes.removeLast(bytes.count - mark.size)
        outer.removeLast(outer.count - mark.outerCount)
        holes.removeLast(holes.count - mark.holeCount)
        depth = mark.depth
        current = mark.current
        let sink = outermost ?? self
        sink.attachments.removeLast(max(0, sink.attachments.count - mark.attachmentCount))
    }

    /// Adds an attachment and returns its number.
    func attach(_ attachment: [UInt8]) -> Int {
        let sink = outermost ?? self
        sink.attachments.append(attachment)
        return sink.attachments.count - 1
    }

    /// Closes everything and puts the texts of other sinks into their holes.
    func finish() {
        close(to: baseDepth)
        guard !holes.isEmpty else { return }
        var whole: [UInt8] = []
        var copied = 0
        for hole in holes {
            whole.append(contentsOf: bytes[copied..<hole.offset])
            hole.sink.finish()
            whole.append(contentsOf: hole.sink.bytes.isEmpty ? Array("{}".utf8) : hole.sink.bytes)
            copied = hole.offset
        }
        whole.append(contentsOf: bytes[copied...])
        bytes = whole
        holes = []
    }

    // MARK: Paths

    /// The keys and numbers that lead to the value being written, read back from the text: encoding itself
    /// keeps no path. With `depth`, only those around the containers inside that many.
    func path(to depth: Int? = nil) -> [any CodingKey] {
        guard self.depth > baseDepth else { return basePath }
        let levels = (outer + [current]).prefix((depth ?? self.depth) - baseDepth)
        return basePath
            + levels.compactMap { level in
                guard level.count > 0 else { return nil }
                return level.kind == .array
                    ? JSONPathKey(intValue: level.count - 1) : JSONPathKey(stringValue: key(at: level.key))
            }
    }

    private func key(at start: Int) -> String {
        let text = bytes
        var end = start + 1
        while end < text.count, text[end] != UInt8(ascii: "\"") {
            end += text[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard end < text.count else { return "" }
        return JSONScanner.string(in: text.span, range: start..<end + 1) ?? ""
    }
}
