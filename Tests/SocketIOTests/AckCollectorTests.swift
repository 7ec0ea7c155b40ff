import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(5))) struct `Collected acks` {
    /// A collector of its caller and of others who will say whom they reached, and what it tells.
    private func collector(_ parts: Int) -> (AckCollector, AsyncThrowingStream<BroadcastReply, any Error>) {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: BroadcastReply.self)
        let collector = AckCollector(parts: 1, continuation)
        collector.expectParts(parts)
        return (collector, stream)
    }

    /// The ids of the sockets that answered, and how many answers are missing.
    private func outcome(
        _ stream: AsyncThrowingStream<BroadcastReply, any Error>
    ) async throws -> (ids: [String], missing: Int) {
        var ids: [String] = []
        do { for try await reply in stream { ids.append(reply.socketID ?? "elsewhere") } } catch {
            let incomplete = try #require(error as? IncompleteReplies)
            #expect(incomplete.replies.map { $0.socketID ?? "elsewhere" } == ids)
            return (ids, incomplete.missing)
        }
        return (ids, 0)
    }

    private var answer: Result<EventArguments, AckError> { .success(EventArguments(EncodedArguments())) }

    @Test func `end when everyone has answered`() async throws {
        let (collector, stream) = collector(1)
        collector.expect(2)
        collector.partDone()
        collector.partDone()
        for id in ["b", "a"] { collector.answered(id, answer) }
        #expect(try await outcome(stream) == (["b", "a"], 0))
    }

    @Test func `end when all have said that they reach nobody`() async throws {
        let (collector, stream) = collector(2)
        for _ in 0..<3 { collector.partDone() }
        #expect(try await outcome(stream) == ([], 0))
    }

    @Test func `wait for those who have not said whom they reach`() async throws {
        let (collector, stream) = collector(2)
        collector.expect(1)
        collector.partDone()
        collector.answered("a", answer)
        collector.partDone()
        collector.expect(1)
        collector.answered(nil, answer)
        collector.partDone()
        #expect(try await outcome(stream) == (["a", "elsewhere"], 0))
    }

    @Test(arguments: [AckError.disconnected, .tooManyPending])
    func `do not wait for those who cannot answer, and miss them`(error: AckError) async throws {
        let (collector, stream) = collector(0)
        collector.expect(3)
        collector.partDone()
        collector.answered("a", answer)
        collector.answered("b", .failure(error))
        collector.answered("c", answer)
        #expect(try await outcome(stream) == (["a", "c"], 1))
    }

    @Test func `end at the timeout with what is there`() async throws {
        let (collector, stream) = collector(0)
        collector.expect(3)
        collector.partDone()
        collector.answered("a", answer)
        collector.timedOut()
        collector.answered("b", answer)
        #expect(try await outcome(stream) == (["a"], 2))
    }

    @Test func `end at the timeout although one never says whom he reaches`() async throws {
        let (collector, stream) = collector(1)
        collector.partDone()
        collector.timedOut()
        #expect(try await outcome(stream) == ([], 0))
    }

    @Test func `of many threads are all counted`() async throws {
        let (collector, stream) = collector(8)
        collector.partDone()
        await withTaskGroup { group in
            for part in 0..<8 {
                group.addTask {
                    collector.expect(500)
                    collector.partDone()
                    for number in 0..<500 { collector.answered("\(part)-\(number)", answer) }
                }
            }
        }
        let outcome = try await outcome(stream)
        #expect(Set(outcome.ids).count == 4_000 && outcome.missing == 0)
    }
}
