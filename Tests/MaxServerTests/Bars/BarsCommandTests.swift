import Testing

@testable import MaxServer

@Suite struct `The command line of maxserver bars` {
    private static let day = Moment(milliseconds: 1_736_899_200_000)
    private static let noon = Moment(milliseconds: 1_736_942_400_000)

    @Test(
        arguments: [
            (["generate"], .generate), (["import", "a.csv"], .importing(ImportOrder(file: "a.csv"))),
            (
                ["import", "-", "--symbol", "A", "--resolution=5", "--dry-run"],
                .importing(ImportOrder(file: "-", symbol: "A", resolution: "5", isDryRun: true))
            ),
            (
                ["replay", "--from", "2025-01-15", "--to", "2025-01-15T12:00:00Z"],
                .replay(ReplayOrder(times: day...noon))
            ),
            (
                [
                    "replay", "--from=2025-01-15", "--to=2025-01-15", "--speed", "0.5", "--symbols", "A, B",
                    "--resolutions", "1,D", "--url", "http://a",
                ],
                .replay(
                    ReplayOrder(
                        times: day...day, speed: 0.5, symbols: ["A", "B"], resolutions: ["1", "D"],
                        url: "http://a"))
            ),
        ] as [([String], BarsCommand)])
    func `is understood`(words: [String], command: BarsCommand) throws {
        #expect(
            try Command(["bars"] + words + ["--redis-url", "r"])
                == .bars(command, options: ["redis-url": "r"]))
    }

    @Test(arguments: [
        ([], "there is: bars generate, bars import, bars replay"),
        (["imprt"], "unknown command \"bars imprt\"; there is: bars generate"),
        (["generate", "now"], "like this: maxserver bars generate"),
        (["import"], "import FILE.csv"),
        (["import", "a", "b"], "import FILE.csv"), (["replay"], "needs --from and --to"),
        (["replay", "--from", "2025-01-15"], "needs --from and --to"),
        (["replay", "--from", "2025-01-16", "--to", "2025-01-15"], "--from is behind --to"),
        (["replay", "--from", "2025-01-15 10:00", "--to", "2025-01-15"], "no date, nor a time with a zone"),
        (
            ["replay", "--from", "2025-01-15", "--to", "2025-01-15", "--speed", "-1"],
            "--speed is how many times"
        ),
        (
            ["replay", "--from", "2025-01-15", "--to", "2025-01-15", "--speed", "nan"],
            "--speed is how many times"
        ),
        (
            ["replay", "--from", "2025-01-15", "--to", "2025-01-15", "--symbols", ","],
            "--symbols names nothing"
        ),
        (["import", "a", "--symbol", "A:B"], "no spaces and no colons"),
        (["import", "a", "--resolution", "7"], "minutes that divide a day"),
        (["import", "a", "--speed", "1"], "--speed means nothing to maxserver bars import"),
        (["generate", "--dry-run"], "--dry-run means nothing to maxserver bars generate"),
        (["import", "a", "--symbol"], "--symbol needs a value"),
        (["import", "a", "--sym", "A"], "unknown option --sym"),
    ])
    func `that makes no command is refused with a way on`(words: [String], part: String) throws {
        let error = try #require(throws: Command.UsageError.self) { try Command(["bars"] + words) }
        #expect(error.description.contains(part))
    }

    @Test func `the options are of no other command`() {
        #expect(throws: Command.UsageError.self) { try Command(["serve", "--symbol", "A"]) }
        #expect(throws: Command.UsageError.self) { try Command(["migrate", "up", "--dry-run"]) }
    }
}
