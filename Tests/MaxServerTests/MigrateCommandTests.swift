import Database
import Testing

@testable import MaxServer

@Suite struct `The command line of maxserver migrate` {
    @Test(
        arguments: [
            (["up"], .up(most: nil)), (["up", "2"], .up(most: 2)), (["down"], .down(count: 1)),
            (["down", "3"], .down(count: 3)), (["current"], .current), (["history"], .history),
            (["new", "add users"], .new(name: "add users")),
            (["new", "add", "users"], .new(name: "add users")),
            (["sql"], .sql(nil)), (["sql", "postgres"], .sql(.postgres)), (["sql", "sqlite"], .sql(.sqlite)),
        ] as [([String], MigrateCommand)])
    func `is understood`(words: [String], command: MigrateCommand) throws {
        #expect(try MigrateCommand(words) == command)
        #expect(
            try Command(["migrate"] + words + ["--force", "--database-url", "sqlite::memory:"])
                == .migrate(command, isForced: true, options: ["database-url": "sqlite::memory:"]))
        #expect(try Command(["migrate"] + words) == .migrate(command, isForced: false, options: [:]))
    }

    @Test(arguments: [
        (["migrate"], "maxserver migrate up [n]"), (["migrate", "upp"], "maxserver migrate up [n]"),
        (["migrate", "up", "0"], "\"0\" is no number"), (["migrate", "down", "all"], "\"all\" is no number"),
        (["migrate", "up", "1", "2"], "maxserver migrate up [n]"), (["migrate", "new"], "new NAME"),
        (["migrate", "current", "now"], "current"), (["migrate", "sql", "mysql"], "sql [postgres|sqlite]"),
        (["migrate", "up", "--database"], "did you mean --database-url?"),
        (["migrate", "up", "-f"], "unexpected \"-f\""), (["serve", "--force"], "unknown option --force"),
        (["config", "PORT"], "unexpected \"PORT\""),
    ])
    func `that makes no command is refused with a way on`(words: [String], part: String) throws {
        let error = try #require(throws: Command.UsageError.self) { try Command(words) }
        #expect(error.description.contains(part))
    }

    @Test func `config is understood, and help everywhere`() throws {
        #expect(try Command(["config", "--port=1"]) == .config(options: ["port": "1"]))
        #expect(try Command(["config", "--help"]) == .help)
        #expect(try Command(["migrate", "up", "--help"]) == .help)
    }
}

@Suite struct `The settings of the database` {
    @Test func `are a file in the working directory by default, also when empty`() throws {
        for environment in [[:], ["DATABASE_URL": "", "MIGRATIONS": ""]] {
            let settings = try Settings(environment: environment)
            #expect(settings.database == .sqlite(path: "max.db") && settings.migrationFolder == "migrations")
        }
    }

    @Test func `are a URL`() throws {
        let settings = try Settings(
            options: ["database-url": "sqlite:////var/lib/max.db", "migrations": "db"],
            environment: ["DATABASE_URL": "sqlite::memory:"])
        #expect(settings.database == .sqlite(path: "/var/lib/max.db") && settings.migrationFolder == "db")
        let postgres = try Settings(environment: [
            "DATABASE_URL": "postgresql+psycopg2://postgres:postgres@localhost:5432/max"
        ])
        #expect(postgres.database.shown == "postgresql://postgres:***@localhost:5432/max")
    }

    @Test func `that cannot be used are refused without the password`() throws {
        let error = try #require(throws: SettingsError.self) {
            try Settings(environment: ["DATABASE_URL": "mysql://ann:secret@h/max"])
        }
        #expect(
            error.description.hasPrefix("DATABASE_URL: ")
                && error.description.contains("sqlite:///relative/path"))
        #expect(!error.description.contains("secret"))
    }

    @Test func `are listed without passwords, and what is not given as a comment`() {
        let lines = Settings.list(
            options: ["port": "1"],
            environment: [
                "DATABASE_URL": "postgres://ann:secret@h/max", "REDIS_URL": "redis://:secret@cache",
                "PORT": "2",
            ], dotEnv: ["HOST": "127.0.0.1"])
        #expect(lines.contains("DATABASE_URL=postgresql://ann:***@h/max"))
        #expect(lines.contains("REDIS_URL=redis://:***@cache:6379"))
        #expect(lines.contains("PORT=1") && lines.contains("HOST=127.0.0.1"))
        #expect(lines.count { $0.hasPrefix("# ") } == Settings.optionNames.count - 4)
        #expect(lines.count == Settings.optionNames.count && !lines.joined().contains("secret"))
    }
}
