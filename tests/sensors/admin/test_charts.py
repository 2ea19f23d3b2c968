from datetime import timedelta

from sensors.admin import charts
from tests.street import at

NOW = at("12:00")


def test_no_samples_make_no_line():
    assert charts.line([], title="t", unit="V", since=NOW, until=NOW) is None


def test_a_line_runs_from_left_to_right_within_the_picture():
    samples = [(NOW + timedelta(hours=n), 3.6 - n / 100) for n in range(5)]
    curve = charts.line(samples, title="t", unit="V", since=NOW, until=NOW + timedelta(hours=4))
    spots = [tuple(map(float, spot.split(","))) for spot in curve.points.split()]
    assert [x for x, _ in spots] == sorted(x for x, _ in spots)
    assert (spots[0][0], spots[-1][0]) == (curve.left, curve.right)
    assert all(curve.top <= y <= curve.floor for _, y in spots)
    assert spots[0][1] < spots[-1][1], "a falling battery falls"
    assert "3.56 – 3.6 V" in curve.words


def test_a_value_that_never_changes_runs_through_the_middle():
    curve = charts.line([(NOW, 5.0)], title="t", unit="s", since=NOW - timedelta(hours=1), until=NOW)
    assert float(curve.points.split(",")[1]) == (curve.top + curve.floor) / 2


def test_columns_are_as_high_as_their_counts():
    counts = [(NOW + timedelta(hours=n), n) for n in range(4)]
    curve = charts.columns(counts, title="t", unit="x")
    assert [bar[3] for bar in curve.bars] == [0, 31.3, 62.7, 94.0]
    assert curve.words == "6 x"
    assert charts.columns([(NOW, 0)], title="t", unit="x").high == "1"
