import RedisClient
import SocketIO
import Testing

@testable import MaxServer

@Suite struct `Settings from outside` {
    @Test func `nothing set gives the defaults`() throws {
        let settings = try Settings(environment: [:])
        #expect(settings.host == "0.0.0.0" && settings.port == 8_000 && settings.logLevel == .info)
        #expect(settings.loops == nil && settings.redis == nil && settings.browserFiles == nil)
        #expect(settings.tls == nil && settings.corsOrigins.isEmpty && settings.trustedProxies.isEmpty)
        #expect(settings.maxConnections == 65_536 && settings.maxSessionsPerAddress == nil)
        #expect(!settings.compressesWebSockets)
        #expect(settings.barGenerator.interval == .seconds(2))
        #expect(settings.barGenerator.symbols == ["AAPL", "GOOGL", "MSFT"])
        #expect(settings.barGenerator.resolutions.map(\.name) == ["1", "5", "D"])
        #expect(settings.barGenerator.compression == .none)
    }

    @Test func `every setting can be set`() throws {
        let settings = try Settings(environment: [
            "HOST": "127.0.0.1", "PORT": "0", "LOG_LEVEL": "WARN", "LOOPS": "256",
            "REDIS_URL": "redis://cache:7/2",
            "BAR_GENERATOR_INTERVAL": "0.25", "BAR_GENERATOR_SYMBOLS": " A , B,",
            "BAR_GENERATOR_RESOLUTIONS": "15,1D", "BAR_COMPRESSION": "gzip",
            "BROWSER_FILES": "/srv/browser",
        ])
        #expect(settings.host == "127.0.0.1" && settings.port == 0 && settings.logLevel == .warning)
        #expect(settings.loops == 256 && settings.browserFiles == "/srv/browser")
        #expect(settings.redis == (try RedisURL("redis://cache:7/2")))
        #expect(settings.barGenerator.interval == .milliseconds(250))
        #expect(settings.barGenerator.symbols == ["A", "B"])
        #expect(settings.barGenerator.resolutions.map(\.name) == ["15", "D"])
        #expect(settings.barGenerator.compression == .gzip)
    }

    @Test func `the command line beats the environment, which beats the file`() throws {
        let (file, environment, options) = (["PORT": "1"], ["PORT": "2"], ["port": "3"])
        #expect(try Settings(environment: [:], dotEnv: file).port == 1)
        #expect(try Settings(environment: environment, dotEnv: file).port == 2)
        #expect(try Settings(options: options, environment: environment, dotEnv: file).port == 3)
    }

    @Test func `an empty REDIS_URL means none, also against the environment`() throws {
        #expect(
            try Settings(options: ["redis-url": ""], environment: ["REDIS_URL": "redis://h"]).redis == nil)
    }

    @Test(arguments: [
        ("PORT", "65536", "0 to 65535"), ("PORT", "-1", "0 to 65535"), ("PORT", "http", "\"http\""),
        ("PORT", "", "0 to 65535"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"), ("LOOPS", "0", "1 to 256"),
        ("LOOPS", "257", "1 to 256"),
        ("LOOPS", "two", "\"two\""), ("REDIS_URL", "localhost:6379", "redis://"),
        ("REDIS_URL", "rediss://h", "TLS"),
        ("BAR_GENERATOR_INTERVAL", "0", "0.01 to 86400"),
        ("BAR_GENERATOR_INTERVAL", "0.009", "0.01 to 86400"),
        ("BAR_GENERATOR_INTERVAL", "86401", "0.01 to 86400"),
        ("BAR_GENERATOR_INTERVAL", "nan", "0.01 to 86400"),
        ("BAR_GENERATOR_INTERVAL", "inf", "0.01 to 86400"), ("BAR_GENERATOR_INTERVAL", "1s", "\"1s\""),
        ("BAR_GENERATOR_SYMBOLS", "", "AAPL,MSFT"), ("BAR_GENERATOR_SYMBOLS", " , ", "AAPL,MSFT"),
        ("BAR_GENERATOR_SYMBOLS", "A:B", "without colons"), ("BAR_GENERATOR_SYMBOLS", "A,B,A", "has A twice"),
        ("BAR_GENERATOR_SYMBOLS", String(repeating: "x", count: 65), "1 to 64 bytes"),
        ("BAR_GENERATOR_RESOLUTIONS", "1,5,1", "has 1 twice"),
        ("BAR_GENERATOR_SYMBOLS", "A:B", "without colons"), ("BAR_GENERATOR_RESOLUTIONS", "7", "\"7\""),
        ("BAR_GENERATOR_RESOLUTIONS", "1,W", "\"W\""), ("BAR_GENERATOR_RESOLUTIONS", "0", "divide a day"),
        ("BAR_COMPRESSION", "zstd", "gzip or none, not \"zstd\""),
        ("TLS_KEY", "key.pem", "needs TLS_CERTIFICATE"),
        ("CORS_ORIGINS", "app.example", "without a path"), ("CORS_ORIGINS", "*,http://a/b", "\"http://a/b\""),
        ("TRUSTED_PROXIES", "proxy.example", "\"proxy.example\""),
        ("TRUSTED_PROXIES", "loopback,10.0.0.0/33", "\"10.0.0.0/33\""),
        ("TRUSTED_PROXIES", "Loopback", "loopback, linklocal or uniquelocal"),
        ("MAX_CONNECTIONS", "0", "1 to 10000000"), ("MAX_CONNECTIONS", "10000001", "1 to 10000000"),
        ("MAX_CONNECTIONS", "", "1 to 10000000"), ("MAX_CONNECTIONS", "9999999999999999999", "1 to 10000000"),
        ("MAX_SESSIONS_PER_ADDRESS", "0", "1 to 10000000"),
        ("MAX_SESSIONS_PER_ADDRESS", "ten", "\"ten\""),
        ("WEBSOCKET_COMPRESSION", "gzip", "on or off"),
    ])
    func `what cannot be used is refused with the setting's name and what is right`(
        name: String, value: String, part: String
    ) throws {
        let error = try #require(throws: SettingsError.self) { try Settings(environment: [name: value]) }
        #expect(error.description.hasPrefix(name))
        #expect(error.description.contains(part))
    }

    @Test func `the bounds themselves can be used`() throws {
        #expect(try Settings(environment: ["PORT": "65535"]).port == 65_535)
        #expect(try Settings(environment: ["LOOPS": "1"]).loops == 1)
        #expect(
            try Settings(environment: ["BAR_GENERATOR_INTERVAL": "0.01"]).barGenerator.interval
                == .milliseconds(10))
        #expect(
            try Settings(environment: ["BAR_GENERATOR_INTERVAL": "86400"]).barGenerator.interval
                == .seconds(86_400))
    }

    @Test func `a certificate comes with its key, in a file of its own or in the same`() throws {
        let both = try Settings(environment: ["TLS_CERTIFICATE": "c.pem", "TLS_KEY": "k.pem"]).tls
        #expect(both?.certificate == "c.pem" && both?.key == "k.pem")
        let one = try Settings(options: ["tls-certificate": "c.pem"], environment: ["TLS_KEY": ""]).tls
        #expect(one?.certificate == "c.pem" && one?.key == "c.pem")
        #expect(try Settings(environment: ["TLS_CERTIFICATE": "", "TLS_KEY": ""]).tls == nil)
        #expect(throws: SettingsError.self) {
            try Settings(environment: ["TLS_CERTIFICATE": "", "TLS_KEY": "k.pem"])
        }
    }

    @Test(arguments: [
        ("", []), (" , ", []), ("*", ["*"]), ("http://a:1,https://b", ["http://a:1", "https://b"]),
        ("HTTPS://B:443/ , *", ["https://b", "*"]), ("null", ["null"]),
    ])
    func `origins are a list, spelled as browsers send them`(text: String, origins: [String]) throws {
        #expect(try Settings(environment: ["CORS_ORIGINS": text]).corsOrigins == origins)
    }

    @Test func `proxies are addresses, ranges and the names of ranges`() throws {
        let proxies = try Settings(environment: ["TRUSTED_PROXIES": "loopback, 10.0.0.0/8,2001:db8::1"])
            .trustedProxies
        func isTrusted(_ address: String) -> Bool? {
            IPAddress(address).map { address in proxies.contains { $0.contains(address) } }
        }
        for address in ["127.0.0.1", "::1", "10.255.0.1", "2001:db8::1"] {
            #expect(isTrusted(address) == true)
        }
        for address in ["11.0.0.1", "2001:db8::2", "192.168.0.1"] { #expect(isTrusted(address) == false) }
        #expect(try Settings(environment: ["TRUSTED_PROXIES": ""]).trustedProxies.isEmpty)
    }

    @Test func `limits can be one, or ten million`() throws {
        for text in ["1", "10000000"] {
            let settings = try Settings(environment: [
                "MAX_CONNECTIONS": text, "MAX_SESSIONS_PER_ADDRESS": text,
            ])
            #expect("\(settings.maxConnections)" == text)
            #expect(settings.maxSessionsPerAddress == settings.maxConnections)
        }
        #expect(try Settings(environment: ["MAX_SESSIONS_PER_ADDRESS": ""]).maxSessionsPerAddress == nil)
    }

    @Test(arguments: ["on", "ON", "true", "1", "yes"])
    func `compression is switched on`(text: String) throws {
        #expect(try Settings(environment: ["WEBSOCKET_COMPRESSION": text]).compressesWebSockets)
    }

    @Test(arguments: ["off", "False", "0", "no", ""])
    func `compression is switched off`(text: String) throws {
        let options = ["compression": text]
        #expect(
            try !Settings(options: options, environment: ["WEBSOCKET_COMPRESSION": "on"]).compressesWebSockets
        )
    }

    @Test func `no error tells Redis' password`() throws {
        let error = try #require(throws: SettingsError.self) {
            try Settings(environment: ["REDIS_URL": "redis://:secret@h:x"])
        }
        #expect(!error.description.contains("secret"))
    }

    @Test func `a thousand symbols are too many by one more`() throws {
        let symbols = (1...1_000).map { "S\($0)" }.joined(separator: ",")
        #expect(
            try Settings(environment: ["BAR_GENERATOR_SYMBOLS": symbols]).barGenerator.symbols.count == 1_000)
        #expect(throws: SettingsError.self) {
            try Settings(environment: ["BAR_GENERATOR_SYMBOLS": symbols + ",X"])
        }
    }

    @Test func `each option has a line of help with its variable`() {
        #expect(Settings.help.split(separator: "\n").count == Settings.optionNames.count)
        for name in Settings.optionNames { #expect(Settings.help.contains("--\(name) ")) }
        #expect(Settings.help.contains("BAR_GENERATOR_SYMBOLS"))
    }
}

@Suite struct `The command line` {
    @Test(
        arguments: [
            ([], .help), (["--help"], .help), (["-h"], .help), (["help"], .help), (["--version"], .version),
            (["version"], .version),
            (["serve"], .serve(options: [:])), (["serve", "--port", "80"], .serve(options: ["port": "80"])),
            (["serve", "--port=80"], .serve(options: ["port": "80"])),
            (["--port=80"], .serve(options: ["port": "80"])),
            (["serve", "--redis-url=redis://h?a=b"], .serve(options: ["redis-url": "redis://h?a=b"])),
            (["serve", "--redis-url="], .serve(options: ["redis-url": ""])),
            (
                ["serve", "--port", "1", "--host", "h", "--port", "2"],
                .serve(options: ["port": "2", "host": "h"])
            ),
            (["serve", "--port", "80", "--help"], .help), (["serve", "-h"], .help),
        ] as [([String], Command)])
    func `is understood`(words: [String], command: Command) throws {
        #expect(try Command(words) == command)
    }

    /// The usage lists `--version` among the options.
    @Test func `serve --version is asked for the version`() throws {
        #expect(try Command(["serve", "--version"]) == .version)
    }

    @Test(arguments: [
        (["sevre"], "unknown command \"sevre\"; there is: serve"),
        (["serve", "--prot", "80"], "did you mean --port?"),
        (["serve", "--prot=80"], "unknown option --prot; did you mean --port?"),
        (["serve", "--redis"], "did you mean --redis-url?"),
        (["serve", "--loglevel", "info"], "did you mean --log-level?"),
        (["serve", "--port"], "--port needs a value"), (["serve", "80"], "unexpected \"80\""),
        (["serve", "-p"], "unexpected \"-p\""),
        (["serve", "--port", "80", "81"], "unexpected \"81\""),
        (["serve", "--Port=80"], "did you mean --port?"),
    ])
    func `that makes no command is refused with a way on`(words: [String], part: String) throws {
        let error = try #require(throws: Command.UsageError.self) { try Command(words) }
        #expect(error.description.contains(part))
    }

    @Test func `usage tells how to call it and every option`() {
        #expect(Command.usage.hasPrefix("Usage: maxserver serve [options]"))
        for name in Settings.optionNames { #expect(Command.usage.contains("--\(name) ")) }
    }
}
