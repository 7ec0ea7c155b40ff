import PostgresClient
import Testing

@Suite("Prepared statements of a session")
struct PreparedStatementsTests {
    private func filled(_ count: Int, limit: Int) -> PreparedStatements {
        var statements = PreparedStatements(limit: limit)
        for n in 0..<count {
            statements.add("sql\(n)", .init(name: statements.nextName(), parameterTypes: [.int4]))
        }
        return statements
    }

    @Test func `a statement is known by its text, until it is removed`() {
        var statements = filled(2, limit: 10)
        #expect(statements.contains("sql1"))
        #expect(statements.use("sql1") == .init(name: "s2", parameterTypes: [.int4]))
        #expect(statements.use("sql2") == nil)
        #expect(statements.remove("sql1") == "s2")
        #expect(statements.remove("sql1") == nil)
        #expect(!statements.contains("sql1"))
        #expect(statements.nextName() == "s3")
    }

    @Test func `room is made for what comes, by those unused for longest`() {
        var statements = filled(4, limit: 4)
        _ = statements.use("sql0")
        #expect(statements.makeRoom(for: 0, keeping: []) == [])
        #expect(statements.makeRoom(for: 2, keeping: []) == ["s2", "s3"])
        #expect(statements.makeRoom(for: 2, keeping: []) == [])
        #expect(statements.count == 2)
    }

    @Test func `what is needed now stays, also when that is more than may`() {
        var statements = filled(4, limit: 2)
        #expect(statements.makeRoom(for: 1, keeping: ["sql0", "sql1", "sql3"]) == ["s3"])
        #expect(statements.count == 3)
    }
}
