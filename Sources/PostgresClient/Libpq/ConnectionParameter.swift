/// A keyword of libpq and its value.
struct ConnectionParameter: Sendable, Hashable {
    var keyword: String
    var value: String

    init(_ keyword: String, _ value: String) {
        self.keyword = keyword
        self.value = value
    }
}
