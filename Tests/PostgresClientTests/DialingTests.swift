import EngineNet
import TestSupport
import Testing

@testable import PostgresClient

@Suite("Which servers of Postgres are tried", .timeLimit(.minutes(5)))
struct DialingTests {
    private func settings(_ conninfo: String) throws -> ConnectionSettings {
        try ConnectionSettings(.patient(conninfo), for: .writing)
    }

    /// Hosts, addresses and ports, as libpq gets them.
    private func places(_ conninfo: String, _ addresses: [String: [String]]?, beginningAt first: Int = 0)
        throws -> [String]?
    {
        guard let given = try settings(conninfo).parameters(addresses: addresses, beginningAt: first) else {
            return nil
        }
        return ["host", "hostaddr", "port"].map { keyword in
            given.first { $0.keyword == keyword }?.value ?? ""
        }
    }

    @Test func `a name has its addresses beside it, and one without any is left out`() throws {
        let conninfo = "host=a,b,10.0.0.1 port=1,2,3"
        let known = ["a": ["10.0.0.2", "10.0.0.3"], "10.0.0.1": ["10.0.0.1"]]
        #expect(try places(conninfo, known) == ["a,a,10.0.0.1", "10.0.0.2,10.0.0.3,10.0.0.1", "1,1,3"])
        #expect(
            try places(conninfo, known, beginningAt: 4)
                == ["a,10.0.0.1,a", "10.0.0.3,10.0.0.1,10.0.0.2", "1,3,1"])
        #expect(try places(conninfo, ["b": []]) == nil)
        #expect(try places(conninfo, nil) == ["a,b,10.0.0.1", "", "1,2,3"])
    }

    @Test func `folders and given addresses need no lookup`() throws {
        #expect(
            try places("host=/tmp,a,b hostaddr=,10.0.0.1, port=1", [:])
                == ["/tmp,a", ",10.0.0.1", "1,1"])
    }

    /// Connects to names, of which `known` are looked up at once and the others never.
    private func dial(_ conninfo: String, _ known: [String]) async throws -> [String] {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let loop = group.loops[0]
        let settings = try settings(conninfo)
        let outcomes = Journal<String>()
        let dialing = LoopBound<Dialing>(loop: loop)
        loop.execute {
            let made = Dialing(
                settings, beginningAt: 0, patience: .milliseconds(20), on: loop, onNotice: { _ in }
            ) { name, _, done in
                if known.contains(name) { done(.success(["127.0.0.1"])) }
                return {}
            } done: { outcome in
                switch outcome {
                case .connected(let connection):
                    outcomes.append("connected")
                    connection.close()
                case .failed(let reason): outcomes.append(reason)
                }
            }
            dialing.set(made)
            made.begin()
        }
        return await outcomes.waitFor(1)
    }

    @Test func `a name that is looked up for ever does not keep us from the next`() async throws {
        let server = try await PostgresServer.common()
        let conninfo = "postgresql://postgres@slow:1,fast:\(server.port)/postgres"
        #expect(try await dial(conninfo, ["fast"]) == ["connected"])
    }
}
