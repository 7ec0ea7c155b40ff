"""The merging of bars by their time, in a browser: all charts and small lines of the dashboard page rest on it."""

import pytest


class TestSeries:
    def merged(self, dashboard, server, steps: str) -> list:
        dashboard.page.goto(server.url)
        return dashboard.page.evaluate(
            """async (steps) => {
                const { BarSeries } = await import("/js/bars.js");
                const series = new BarSeries();
                const bar = (time, close = time) => ({ time, open: close, high: close, low: close, close, volume: 0 });
                new Function("series", "bar", steps)(series, bar);
                return series.bars.map(({ time, close }) => [time, close]);
            }""",
            steps,
        )

    @pytest.mark.parametrize(
        "steps, expected",
        [
            ("for (const time of [1, 2, 3]) series.add(bar(time))", [[1, 1], [2, 2], [3, 3]]),
            ("for (const time of [3, 1, 2]) series.add(bar(time))", [[1, 1], [2, 2], [3, 3]]),
            ("for (const close of [5, 6]) series.add(bar(1, close))", [[1, 6]]),
            ("for (const time of [1, 2, 3]) series.add(bar(time)); series.add(bar(2, 9))", [[1, 1], [2, 9], [3, 3]]),
            ("series.add(bar(2)); series.merge([bar(3), bar(1), bar(2, 8), bar(2, 9)])", [[1, 1], [2, 9], [3, 3]]),
        ],
    )
    def test_has_one_bar_of_each_time_in_order(self, server, dashboard, steps, expected):
        assert self.merged(dashboard, server, steps) == expected

    def test_is_bounded_and_has_no_hole(self, server, dashboard):
        many = "for (let time = 1; time <= 2500; time += 1) series.add(bar(time));"
        times = [time for time, _ in self.merged(dashboard, server, many)]
        assert len(times) <= 1_000 and times == list(range(times[0], 2_501))
        # What is older than all that is left has no place.
        late = self.merged(dashboard, server, many + "series.add(bar(5)); series.add(bar(2499, 7));")
        assert len(late) == len(times) and late[0][0] == times[0] and [2_499, 7] in late

    def test_drops_what_is_old_when_it_is_merged(self, server, dashboard):
        many = "series.add(bar(1)); series.merge(Array.from({ length: 1000 }, (_, index) => bar(index + 50)));"
        bars = self.merged(dashboard, server, many + "series.add(bar(2));")
        assert len(bars) == 1_000 and bars[0] == [50, 50]
