import Database
import Testing

@Suite("Database URLs")
struct DatabaseURLTests {
    @Test(arguments: [
        ("postgresql://h/max", "postgresql://h/max"),
        ("postgres://h", "postgresql://h"),
        (
            "postgresql+psycopg2://postgres:pw@localhost:5432/max",
            "postgresql://postgres:pw@localhost:5432/max"
        ),
        ("POSTGRESQL+asyncpg://h/max", "postgresql://h/max"),
        ("postgresql://", "postgresql://"),
        ("postgresql:///max?host=/run/postgresql", "postgresql:///max?host=/run/postgresql"),
        (
            "postgresql://h?sslmode=require&connect_timeout=3",
            "postgresql://h?sslmode=require&connect_timeout=3"
        ),
        ("postgresql://ann@[::1]:5433/max", "postgresql://ann@[::1]:5433/max"),
        ("postgresql://a:1,b:2/max", "postgresql://a:1,b:2/max"),
        ("postgresql://ann:p@ss@h/max", "postgresql://ann:p%40ss@h/max"),
        ("postgresql://ann:p%40s%2Fs@h/max", "postgresql://ann:p%40s%2Fs@h/max"),
        ("postgresql://:pw@h", "postgresql://:pw@h"),
        ("postgresql://%2Frun%2Fpostgresql/max", "postgresql://%2Frun%2Fpostgresql/max"),
    ])
    func `a URL of Postgres becomes one that libpq understands`(text: String, expected: String) throws {
        let url = try DatabaseURL(text)
        guard case .postgres(let conninfo, _) = url else { throw Unexpected() }
        #expect(conninfo == expected)
        #expect(url.dialect == .postgres)
    }

    @Test(arguments: [
        ("sqlite:///max.db", DatabaseURL.sqlite(path: "max.db")),
        ("sqlite:///data/max.db", .sqlite(path: "data/max.db")),
        ("sqlite:////var/lib/max.db", .sqlite(path: "/var/lib/max.db")),
        ("SQLite:///a%20b%3F.db", .sqlite(path: "a b?.db")),
        ("sqlite+pysqlite:///max.db", .sqlite(path: "max.db")),
        ("sqlite::memory:", .memory), ("sqlite:///:memory:", .memory),
    ])
    func `a URL of SQLite names a file or memory`(text: String, expected: DatabaseURL) throws {
        let url = try DatabaseURL(text)
        #expect(url == expected)
        #expect(url.dialect == .sqlite)
    }

    @Test(arguments: [
        "", "max.db", "/var/lib/max.db", "mysql://h/secret", "postgresql", "postgresql:h",
        "postgresql:/h/secret",
        "postgresql://ann:sec/ret@h/max", "postgresql://ann:sec?ret@h/max", "postgresql://ann:sec#ret@h",
        "postgresql://h:secret/max", "postgresql://h:0", "postgresql://h:65536", "postgresql://h:1,i:secret",
        "postgresql://[::1]:secret", "postgresql://h/a secret", "postgresql+a+b://h",
        "sqlite:", "sqlite://", "sqlite:///", "sqlite://max.db", "sqlite:max.db", "sqlite:///a?mode=secret",
        "sqlite:///a#b", "sqlite:///a/", "sqlite:///a%00b", "sqlite::secret:",
    ])
    func `anything else is refused with a list of what is understood`(text: String) throws {
        let error = try #require(throws: DatabaseURLError.self) { try DatabaseURL(text) }
        for form in [
            "postgresql://[user", "sqlite:///relative/path", "sqlite:////absolute/path", "sqlite::memory:",
        ] {
            #expect("\(error)".contains(form))
        }
        #expect(!"\(error)".contains("secret") && !"\(error)".contains("ret@"))
    }

    @Test(arguments: [
        ("postgresql+psycopg2://ann:secret@h:7/max", "postgresql://ann:***@h:7/max"),
        ("postgres://:secret@h", "postgresql://:***@h"),
        ("postgres://ann:se@cret@h", "postgresql://ann:***@h"),
        (
            "postgres://ann@h?password=secret&sslmode=require",
            "postgresql://ann@h?password=***&sslmode=require"
        ),
        ("postgres://h?sslpassword=secret", "postgresql://h?sslpassword=***"),
        ("postgres://h?p%61ssword=secret", "postgresql://h?p%61ssword=***"),
        ("sqlite:////var/max.db", "sqlite:////var/max.db"), ("sqlite::memory:", "sqlite::memory:"),
    ])
    func `no description shows a password`(text: String, expected: String) throws {
        let url = try DatabaseURL(text)
        var dumped = ""
        dump(url, to: &dumped)
        #expect(url.shown == expected && url.description == expected)
        #expect(!dumped.contains("cret") && !String(reflecting: [url]).contains("cret"))
    }

    private struct Unexpected: Error {}
}
