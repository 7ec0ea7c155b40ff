import Database
import PostgresClient
import Testing

@Suite("The statement of a batch")
struct UpsertStatementTests {
    @Test func `names are quoted, and each column is an array of its kind`() {
        let table = UpsertTable("a\"b", key: ["id", "timestamp"], others: ["x", "y", "n"])
        let sql = UpsertStatement.sql(
            table, [.text([]), .timestamp([]), .real([]), .optionalReal([]), .integer([])])
        #expect(
            sql == """
                INSERT INTO "a""b" ("id", "timestamp", "x", "y", "n") SELECT * FROM \
                unnest($1::text[], $2::timestamptz[], $3::float8[], $4::float8[], $5::int8[]) \
                ON CONFLICT ("id", "timestamp") DO UPDATE SET \
                "x" = excluded."x", "y" = excluded."y", "n" = excluded."n" \
                WHERE ("a""b"."x", "a""b"."y", "a""b"."n") IS DISTINCT FROM (excluded."x", excluded."y", excluded."n")
                """)
    }

    @Test func `a table that is all key keeps what it has`() {
        let sql = UpsertStatement.sql(UpsertTable("t", key: ["id"], others: []), [.text([])])
        #expect(
            sql == #"INSERT INTO "t" ("id") SELECT * FROM unnest($1::text[]) ON CONFLICT ("id") DO NOTHING"#)
    }
}
