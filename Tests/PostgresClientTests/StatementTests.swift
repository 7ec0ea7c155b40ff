import Database
import PostgresClient
import TestSupport
import Testing

@Suite("Statements and their errors", .timeLimit(.minutes(5)))
struct StatementTests {
    @Test func `each broken rule of the schema is told with its name`() async throws {
        try await withScene { scene async throws in
            try await scene.psql(
                """
                CREATE TABLE parent (id text CONSTRAINT parent_key PRIMARY KEY);
                CREATE TABLE child (id int4 NOT NULL, parent text CONSTRAINT child_parent REFERENCES parent,
                    n int4 CONSTRAINT positive CHECK (n > 0), span int4range,
                    CONSTRAINT apart EXCLUDE USING gist (span WITH &&));
                INSERT INTO parent VALUES ('a'); INSERT INTO child VALUES (1, 'a', 1, '[1,3]');
                """)
            let rows: [(sql: String, kind: SQLError.Constraint, name: String)] = [
                ("INSERT INTO parent VALUES ('a')", .unique, "parent_key"),
                ("INSERT INTO child VALUES (2, 'b', 1, NULL)", .foreignKey, "child_parent"),
                ("INSERT INTO child VALUES (NULL, 'a', 1, NULL)", .notNull, "id"),
                ("INSERT INTO child VALUES (2, 'a', 0, NULL)", .check, "positive"),
                ("INSERT INTO child VALUES (2, 'a', 1, '[2,4]')", .other, "apart"),
            ]
            for row in rows {
                let error = await refusal { () throws(SQLError) in
                    try await scene.database.write(SQLCommand(row.sql))
                }
                guard case .constraint(let kind, let name, let message) = error else {
                    Issue.record("\(row.sql): \(String(describing: error))")
                    continue
                }
                #expect((kind, name) == (row.kind, row.name))
                #expect(!message.isEmpty && error?.isFaultOfRow == true)
            }
        }
    }

    @Test func `a rule that is looked at only when the transaction ends is told as well`() async throws {
        try await withScene { scene async throws in
            try await scene.psql(
                """
                CREATE TABLE p (id int4 PRIMARY KEY);
                CREATE TABLE c (p int4 CONSTRAINT late REFERENCES p DEFERRABLE INITIALLY DEFERRED)
                """)
            let error = await refusal { () throws(SQLError) in
                try await scene.database.write(SQLCommand("INSERT INTO c VALUES (1)"))
            }
            guard case .constraint(.foreignKey, name: "late", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            try await scene.database.transaction([
                SQLCommand("INSERT INTO c VALUES (1)"), SQLCommand("INSERT INTO p VALUES (1)"),
            ])
            #expect(try await scene.psql("SELECT count(*) FROM c") == "1")
            #expect(scene.database.status.connects == 3)
        }
    }

    @Test(arguments: [
        ("SELECT nothing", "42703"), ("SELECT 1 FROM nowhere", "42P01"), ("SELEKT", "42601"),
        ("SELECT 1; SELECT 2", "42601"), ("SELECT {{what}}", "text"), ("SELECT $1", "07001"),
    ])
    func `what the database does not understand is refused with its code`(sql: String, code: String)
        async throws
    {
        try await withScene { scene async throws in
            let error = await refusal { () throws(SQLError) in _ = try await scene.database.value(sql) }
            guard case .refused(let found, let message) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(found == code && !message.isEmpty)
            #expect(try await scene.database.value("SELECT 1") == 1)
        }
    }

    @Test func `an empty statement does nothing`() async throws {
        try await withScene { scene async throws in
            #expect(
                try await scene.database.read(SQLCommand("")) == SQLRows(columns: [], values: [], affected: 0)
            )
        }
    }

    @Test func `division by zero is a bad value, and so is a key that no index holds`() async throws {
        try await withScene { scene async throws in
            try await scene.psql("CREATE TABLE t (id text PRIMARY KEY)")
            var random = SplitMix64(seed: 1)
            let long = (0..<3_000).map { _ in String(random.next(), radix: 36) }.joined()
            for command in [
                SQLCommand("SELECT 1 / $1::int4", [0]),
                SQLCommand("INSERT INTO t VALUES ($1)", [.text(long)]),
            ] {
                let error = await refusal { () throws(SQLError) in try await scene.database.write(command) }
                guard case .badValue = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test func `two that wait for each other conflict, and one of them goes on`() async throws {
        try await withScene { scene async throws in
            try await scene.psql(
                "CREATE TABLE t (id int4 PRIMARY KEY, n int4); INSERT INTO t VALUES (1, 0), (2, 0)")
            let other = try scene.client()
            // Each goes on when both have changed their first row.
            let both = SQLCommand(
                """
                DO $$ BEGIN
                    PERFORM pg_advisory_xact_lock_shared(1);
                    WHILE (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
                        (SELECT oid FROM pg_database WHERE datname = current_database())) < 2
                    LOOP PERFORM pg_sleep(0.01); END LOOP;
                END $$
                """)
            func update(_ id: Int64) -> SQLCommand {
                SQLCommand("UPDATE t SET n = n + 1 WHERE id = $1", [.integer(id)])
            }
            async let first = refusal { () throws(SQLError) in
                try await scene.database.transaction([update(1), both, update(2)])
            }
            async let second = refusal { () throws(SQLError) in
                try await other.transaction([update(2), both, update(1)])
            }
            let errors = await [first, second].compactMap(\.self)
            guard errors.count == 1, case .conflict = errors[0] else {
                Issue.record("\(errors)")
                return
            }
            #expect(try await scene.psql("SELECT sum(n) FROM t") == "2")
        }
    }

    @Test func `a statement that takes too long is ended by the server, and the connection stays`()
        async throws
    {
        try await withScene {
            $0.timing.statementTimeout = .milliseconds(100)
        } _: { scene async throws in
            let error = await refusal { () throws(SQLError) in
                try await scene.database.write(SQLCommand("SELECT pg_sleep(60)"))
            }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            _ = try await scene.database.ping()
            #expect(scene.database.status.connects == 3)
        }
    }

    @Test func `what is called reading cannot write`() async throws {
        try await withScene { scene async throws in
            try await scene.psql("CREATE TABLE t (id int4)")
            let error = await refusal { () throws(SQLError) in
                _ = try await scene.database.read(SQLCommand("INSERT INTO t VALUES (1) RETURNING id"))
            }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test(arguments: [
        ("BEGIN", "BEGIN is not possible here"), ("START TRANSACTION", "BEGIN is not possible here"),
        ("COPY (SELECT 1) TO STDOUT", "COPY is not possible here"),
        ("COPY t FROM STDIN", "COPY is not possible here"),
    ])
    func `what would take the connection over is refused`(sql: String, message: String) async throws {
        try await withScene { scene async throws in
            try await scene.psql("CREATE TABLE t (id int4)")
            let error = await refusal { () throws(SQLError) in try await scene.database.write(SQLCommand(sql))
            }
            guard case .refused(code: "0A000", let found) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(found.hasPrefix(message))
            try await scene.database.write(SQLCommand("INSERT INTO t VALUES (1)"))
            #expect(try await scene.psql("SELECT id FROM t") == "1")
            #expect(scene.database.status.connects == 4)
        }
    }

    @Test func `notices go to the reporter`() async throws {
        let notices = Journal<String>()
        try await withScene {
            $0.onNotice = { notices.append($0) }
        } _: { scene async throws in
            try await scene.database.write(SQLCommand("DO $$ BEGIN RAISE NOTICE 'look'; END $$"))
            #expect(await notices.waitFor(1) == ["look"])
        }
    }
}
