import Database
import Testing

@Suite("Rows read as what they mean")
struct SQLRowTests {
    private static let rows = SQLRows(
        columns: ["a", "b", "c", "d", "e", "f"],
        values: [
            .text("x"), .integer(1), .real(1.5), .timestamp(7), .json("{}"), .boolean(true),
            .null, .null, .null, .null, .null, .null,
        ], affected: 2)

    @Test func `either database's form is taken`() throws {
        let row = Self.rows.row(0)
        #expect(try row.text(at: 0) == "x" && row.json(at: 0) == "x" && row.json(at: 4) == "{}")
        #expect(try row.integer(at: 1) == 1 && row.real(at: 1) == 1 && row.real(at: 2) == 1.5)
        #expect(try row.boolean(at: 1) && row.boolean(at: 5))
        #expect(try row.timestamp(at: 1) == 1 && row.timestamp(at: 3) == 7)
        #expect(try row.textIfAny(at: 0) == "x" && row.timestampIfAny(at: 3) == 7)
    }

    @Test func `nothing is nothing where it may be, and an error where it may not`() throws {
        let row = Self.rows.row(1)
        #expect(
            try row.textIfAny(at: 0) == nil && row.integerIfAny(at: 1) == nil && row.realIfAny(at: 2) == nil)
        #expect(
            try row.jsonIfAny(at: 3) == nil && row.booleanIfAny(at: 4) == nil && row.bytesIfAny(at: 5) == nil)
        #expect(throws: SQLError.badValue(message: "the column b holds nothing, not an integer")) {
            try row.integer(at: 1)
        }
    }

    @Test func `another type is an error with the column's name`() throws {
        #expect(throws: SQLError.badValue(message: "the column a holds text, not a moment")) {
            try Self.rows.row(0).timestampIfAny(at: 0)
        }
        #expect(throws: SQLError.badValue(message: "the column c holds a number, not an integer")) {
            try Self.rows.row(0).integer(at: 2)
        }
    }

    @Test func `rows are mapped in their order`() throws {
        let texts = try Self.rows.map { (row) throws(SQLError) in try row.textIfAny(at: 0) }
        #expect(texts == ["x", nil])
        #expect(SQLRows(columns: ["a"], values: [], affected: 0).first == nil)
    }
}
