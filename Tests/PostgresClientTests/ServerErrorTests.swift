import Database
import PostgresClient
import Testing

@Suite("What the server's codes mean")
struct ServerErrorTests {
    static let codes: [(code: String, meaning: SQLError)] = [
        ("23505", .constraint(.unique, name: "k", message: "m")),
        ("23503", .constraint(.foreignKey, name: "k", message: "m")),
        ("23502", .constraint(.notNull, name: "k", message: "m")),
        ("23514", .constraint(.check, name: "k", message: "m")),
        ("23P01", .constraint(.other, name: "k", message: "m")),
        ("P0001", .constraint(.other, name: "k", message: "m")),
        ("44000", .constraint(.other, name: "k", message: "m")),
        ("40001", .conflict(message: "m")), ("40P01", .conflict(message: "m")),
        ("55P03", .conflict(message: "m")),
        ("22003", .badValue(message: "m")), ("22P02", .badValue(message: "m")),
        ("54000", .badValue(message: "m")),
        ("08006", .lost(reason: "m")), ("57P01", .lost(reason: "m")), ("57P03", .lost(reason: "m")),
        ("53300", .lost(reason: "m")), ("", .lost(reason: "m")),
        ("42P01", .refused(code: "42P01", message: "m")), ("40002", .refused(code: "40002", message: "m")),
        ("57014", .unavailable(reason: "m")), ("25006", .unavailable(reason: "m")),
        ("53100", .unavailable(reason: "m")), ("53200", .unavailable(reason: "m")),
        ("58030", .unavailable(reason: "m")),
    ]

    @Test(arguments: codes) func `each code has its meaning`(code: String, meaning: SQLError) {
        #expect(ServerError(code: code, message: "m", subject: "k").meaning == meaning)
    }

    @Test func `a prepared statement is stale when it is gone or its result has changed`() {
        #expect(ServerError(code: "26000", message: "").isStalePlan)
        #expect(ServerError(code: "0A000", message: "", routine: "RevalidateCachedQuery").isStalePlan)
        #expect(!ServerError(code: "0A000", message: "", routine: "other").isStalePlan)
        #expect(!ServerError(code: "42P01", message: "").isStalePlan)
    }
}
