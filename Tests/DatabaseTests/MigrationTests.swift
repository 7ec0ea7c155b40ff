import Database
import Testing

@Suite("The text of a migration")
struct MigrationTests {
    @Test func `its number and name are the file's, its parts stand below their lines`() throws {
        let migration = try Migration(
            file: "0007_add-users_2.sql",
            "-- People.\n\n-- migrate:up\nCREATE TABLE a (x TEXT);\n\n  -- migrate:down  \nDROP TABLE a;\n\n")
        #expect(
            migration.version == 7 && migration.name == "add-users_2" && migration.label == "0007_add-users_2"
        )
        #expect(migration.up == Migration.Part(sql: "CREATE TABLE a (x TEXT);", isTransactional: true))
        #expect(migration.down == Migration.Part(sql: "DROP TABLE a;", isTransactional: true))
    }

    @Test(arguments: [
        ("-- no-transaction\n-- migrate:up\nA\n-- migrate:down\nB", false, false),
        ("-- migrate:up\n-- no-transaction\nA\n-- migrate:down\nB", false, true),
        ("-- migrate:up\nA\n-- migrate:down\nB\n-- no-transaction", true, false),
        ("-- migrate:down\nB\n-- migrate:up\nA", true, true),
    ])
    func `a part may run in no transaction`(text: String, up: Bool, down: Bool) throws {
        let migration = try Migration(file: "1_a.sql", text)
        #expect(migration.up.isTransactional == up && migration.down?.isTransactional == down)
    }

    @Test(arguments: [
        "-- migrate:up\nA", "-- migrate:up\nA\n-- migrate:down",
        "-- migrate:up\nA\n-- migrate:down\n-- no\n\n",
    ])
    func `without anything below migrate:down there is no way back`(text: String) throws {
        #expect(try Migration(file: "1_a.sql", text).down == nil)
    }

    @Test(arguments: [
        "-- migrate:up\r\nCREATE TABLE a (x {{ts}});\r\n-- migrate:down\r\nDROP TABLE a;\r\n",
        "-- migrate:up\nCREATE TABLE a (x {{ts}});", "-- migrate:up\nCREATE TABLE a (x {{ts}});\n\n\n",
        "-- Words above.\n-- migrate:up\nCREATE TABLE a (x {{ts}});\n-- migrate:down\nDROP TABLE b;",
    ])
    func `the checksum is that of the up part as written, whatever ends its lines`(text: String) throws {
        // printf 'CREATE TABLE a (x {{ts}});' | sha256sum
        let known = "4671ecefb26a5e3d636109301a531f80e55a0b00578c3ee394011261f34d096d"
        #expect(try Migration(file: "1_a.sql", text).checksum == known)
    }

    @Test func `another text has another checksum`() throws {
        let one = try Migration(file: "1_a.sql", "-- migrate:up\nA")
        let other = try Migration(file: "1_a.sql", "-- migrate:up\nA ")
        #expect(one.checksum != other.checksum)
    }

    @Test(arguments: [
        ("a.sql", "-- migrate:up\nA", "not like 0001_name.sql"),
        ("1.sql", "-- migrate:up\nA", "not like 0001_name.sql"),
        ("0_a.sql", "-- migrate:up\nA", "not like"), ("-1_a.sql", "-- migrate:up\nA", "not like"),
        ("x1_a.sql", "-- migrate:up\nA", "not like"), ("1_a.txt", "-- migrate:up\nA", "not like"),
        ("1234567890_a.sql", "-- migrate:up\nA", "not like"), ("_a.sql", "-- migrate:up\nA", "not like"),
        ("1_.sql", "-- migrate:up\nA", "other characters"),
        ("1_a b.sql", "-- migrate:up\nA", "other characters"),
        ("1_a'b.sql", "-- migrate:up\nA", "other characters"),
        ("1_a.sql", "", "no line -- migrate:up"), ("1_a.sql", "-- nothing", "no line -- migrate:up"),
        ("1_a.sql", "A\n-- migrate:up\nB", "stands above"),
        ("1_a.sql", "-- migrate:up\n-- only words\n", "nothing stands"),
        ("1_a.sql", "-- migrate:up\nA\n-- migrate:up\nB", "two lines -- migrate:up"),
        ("1_a.sql", "-- migrate:up\nA\n-- migrate:down\nB\n-- migrate:down", "two lines -- migrate:down"),
    ])
    func `what cannot be used is refused with the file's name`(file: String, text: String, part: String)
        throws
    {
        let error = try #require(throws: MigrationError.self) { try Migration(file: file, text) }
        #expect("\(error)".contains(part) && "\(error)".contains(file))
    }

    @Test func `the longest number and name can be used`() throws {
        let name = String(repeating: "n", count: 100)
        #expect(try Migration(file: "999999999_\(name).sql", "-- migrate:up\nA").version == 999_999_999)
        #expect(throws: MigrationError.self) { try Migration(file: "1_\(name)n.sql", "-- migrate:up\nA") }
    }
}
