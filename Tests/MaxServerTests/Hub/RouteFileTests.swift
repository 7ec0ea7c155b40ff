import Testing

@testable import MaxServer

@Suite struct `The file with routes` {
    @Test func `says channel, event and rooms, and what else there is to a route`() throws {
        let text = #"""
            [{"channel": "orders:{desk}", "event": "order:update", "rooms": ["topic:orders-{desk}"],
              "namespace": "/desk", "history": 10, "historyKey": "order.id",
              "conflate": {"key": "{desk}:{symbol}", "milliseconds": 200}},
             {"channel": "news", "event": "news", "rooms": ["topic:news"]}]
            """#
        let routes = try RouteFile.routes(Array(text.utf8))
        #expect(routes.map(\.channel.description) == ["orders:{desk}", "news"])
        #expect(routes[0].namespace == "/desk" && routes[0].historyKey == ["order", "id"])
        let conflation = try #require(routes[0].conflation)
        #expect(conflation.key.description == "{desk}:{symbol}" && conflation.interval == .milliseconds(200))
        #expect(routes[1].namespace == "/" && routes[1].history == 0 && routes[1].conflation == nil)
    }

    @Test(arguments: [
        ("{", "it is not JSON"), ("{}", "it is not a list"), ("[1]", "route 1 is not an object"),
        (
            #"[{"channel":"a","event":"b","rooms":["topic:c"]},{"event":1,"rooms":[],"x":1}]"#,
            "event: it is a text"
        ),
        (
            #"[{"channel":"a","event":"b","rooms":["topic:c"],"conflate":{"key":"k"}}]"#,
            "milliseconds: it is missing"
        ),
        (
            #"[{"channel":"a","event":"b","rooms":["topic:c"],"namespace":"x"}]"#,
            "namespace: it begins with /"
        ),
        (#"[{"channel":"a:*","event":"b","rooms":["topic:c"]}]"#, "channel: it has no spaces and none of *"),
        (#"[{"channel":"a b","event":"b","rooms":["topic:c"]}]"#, "channel: it has no spaces"),
        (
            #"[{"channel":"a{x}","event":"b","rooms":["topic:c"]}]"#,
            "channel: a name in braces is a whole part"
        ),
        (
            #"[{"channel":"a:{}","event":"b","rooms":["topic:c"]}]"#,
            "channel: a name in braces is a whole part"
        ),
        (#"[{"channel":"{x}:a","event":"b","rooms":["topic:c"]}]"#, "channel: its first part is fixed"),
        (
            #"[{"channel":"a:{x}:{x}","event":"b","rooms":["topic:c"]}]"#,
            "channel: each of its names stands there once"
        ),
        (
            #"[{"channel":"a","event":"connect","rooms":["topic:c"]}]"#,
            "event: Socket.IO itself has events of this name"
        ),
        (
            #"[{"channel":"a:{desk}","event":"b","rooms":["orders:{desk}"]}]"#,
            "rooms: clients can join none like orders:{desk}"
        ),
        (
            #"[{"channel":"a","event":"b","rooms":["bars:{x}"]}]"#,
            "rooms: clients can join none like bars:{x}"
        ),
        (#"[{"channel":"a","event":"b","rooms":["topic:"]}]"#, "rooms: clients can join none like topic:"),
        (
            #"[{"channel":"a","event":"b","rooms":["topic:c"]},{"channel":"a","event":"d","rooms":["topic:e"]}]"#,
            "routes 1 and 2 have the same channel: a and a"
        ),
        (
            #"[{"channel":"a:{x}","event":"b","rooms":["topic:c"]},{"channel":"a:{y}","event":"d","rooms":["all"]}]"#,
            "routes 1 and 2 have the same channel: a:{x} and a:{y}"
        ),
        (
            #"[{"channel":"a","event":"b","rooms":["topic:c"],"historyKey":"x"}]"#,
            "historyKey: it means nothing without"
        ),
    ])
    func `is refused with what is wrong, and where`(text: String, part: String) throws {
        let fault = try #require(throws: RouteFile.RouteFault.self) {
            try RouteFile.routes(Array(text.utf8))
        }
        #expect(fault.description.contains(part))
    }

    @Test func `may send to rooms of all kinds`() throws {
        let text =
            #"[{"channel":"a:{x}","event":"b","rooms":["all","market","bars:{x}:{r}","sector:{s.id}","topic:{x}"]}]"#
        #expect(try RouteFile.routes(Array(text.utf8))[0].rooms.count == 5)
    }

    @Test(arguments: [("/nowhere/routes.json", "No such file or directory"), ("/tmp", "Is a directory")])
    func `that cannot be read is told by its name, and why`(path: String, reason: String) throws {
        let error = try #require(throws: SettingsError.self) { try RouteFile.read(path) }
        #expect(error.description == "ROUTES_FILE: cannot read \(path): \(reason)")
    }
}
