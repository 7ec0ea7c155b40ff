import SocketIO

/// What a message is about, as the memory of rooms compares it: the same for what is the same, however the sender, or
/// the database, spells it.
enum HistoryKey {
    /// Least bytes of a time with its day, its second and its zone.
    private static let shortestTime = 20

    /// The milliseconds of a time in ISO 8601; any other text as it is.
    static func text(_ text: String) -> String {
        // Most are no times, which costs one look then.
        guard text.utf8.count >= shortestTime, text.utf8.first.map({ (0x30...0x39).contains($0) }) == true,
            let moment = Moment(iso: text)
        else { return text }
        return "\(moment.milliseconds)"
    }

    /// The key of a value: the text that a string means, or the number.
    static func text(of value: JSONDocument.Value, in document: JSONDocument) -> String {
        if let string = document.string(value) { return text(string) }
        return document.wholeNumber(value) ?? document.text(value)
    }
}
