import EngineNet
import RedisClient
import Testing

@Suite("Redis URLs")
struct RedisURLTests {
    @Test(arguments: [
        ("redis://localhost", RedisURL(endpoint: .tcp(host: "localhost", port: 6379))),
        ("redis://10.0.0.7:7000/", RedisURL(endpoint: .tcp(host: "10.0.0.7", port: 7000))),
        ("REDIS://cache:6380/3", RedisURL(endpoint: .tcp(host: "cache", port: 6380), database: 3)),
        ("redis://[::1]", RedisURL(endpoint: .tcp(host: "::1", port: 6379))),
        ("redis://[::1]:6380/1", RedisURL(endpoint: .tcp(host: "::1", port: 6380), database: 1)),
        ("redis://:secret@h", RedisURL(endpoint: .tcp(host: "h", port: 6379), password: "secret")),
        ("redis://ann@h", RedisURL(endpoint: .tcp(host: "h", port: 6379), user: "ann")),
        (
            "redis://ann:p%40ss%2F:+@h:1",
            RedisURL(endpoint: .tcp(host: "h", port: 1), user: "ann", password: "p@ss/:+")
        ),
        ("redis://:p@ss@h", RedisURL(endpoint: .tcp(host: "h", port: 6379), password: "p@ss")),
        ("unix:///run/redis.sock", RedisURL(endpoint: .unix(path: "/run/redis.sock"))),
        ("unix:///run/a%20b?db=4", RedisURL(endpoint: .unix(path: "/run/a b"), database: 4)),
        (
            "unix://ann:pw@/run/redis.sock",
            RedisURL(endpoint: .unix(path: "/run/redis.sock"), user: "ann", password: "pw")
        ),
    ])
    func `a URL is understood`(text: String, expected: RedisURL) throws {
        #expect(try RedisURL(text) == expected)
    }

    @Test(arguments: [
        "", "localhost:6379", "http://localhost", "redis://", "redis://:6379", "redis://h:0",
        "redis://h:65536",
        "redis://h:", "redis://h:secret", "redis://h/x", "redis://h/-1", "redis://h?db=1", "redis://h#1",
        "redis://[::1", "redis://[::1]x", "unix://run/redis.sock", "unix://", "unix:///p?db=x",
        "unix:///p?password=secret",
    ])
    func `anything else is refused with a list of what is understood`(text: String) throws {
        let error = try #require(throws: RedisURLError.self) { try RedisURL(text) }
        #expect("\(error)".contains("redis://[user[:password]@]host[:port][/db]"))
        #expect("\(error)".contains("unix://"))
        #expect(!"\(error)".contains("secret"))
    }

    @Test func `TLS is refused clearly`() throws {
        let error = try #require(throws: RedisURLError.self) { try RedisURL("rediss://:secret@h") }
        #expect("\(error)".contains("TLS to Redis is not built in"))
        #expect(!"\(error)".contains("secret"))
    }

    @Test(arguments: [
        ("redis://ann:secret@h:7/2", "redis://ann:***@h:7/2"),
        ("redis://:secret@[::1]", "redis://:***@[::1]:6379"),
        ("redis://h", "redis://h:6379"),
        ("unix://:secret@/run/r?db=2", "unix://:***@/run/r?db=2"),
    ])
    func `no description shows the password`(text: String, expected: String) throws {
        let url = try RedisURL(text)
        var dumped = ""
        dump(url, to: &dumped)
        #expect(url.description == expected)
        #expect(!dumped.contains("secret"))
        #expect(!String(reflecting: [url]).contains("secret"))
    }
}
