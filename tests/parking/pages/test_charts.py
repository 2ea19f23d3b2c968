import pytest

from parking.pages import charts


@pytest.mark.parametrize(
    ("percent", "level"), [(0, 1), (39, 1), (40, 2), (59, 2), (60, 3), (74, 3), (75, 4), (89, 4), (90, 5), (100, 5)]
)
def test_a_share_has_its_step(percent, level):
    assert charts.level(percent) == level


def test_a_quiet_day_is_a_flat_chart_not_an_error():
    chart = charts.hours([0] * 24, [0] * 24, unit="", words="")
    assert {bar.height for bar in chart.bars} == {0}
    assert chart.before == ""


@pytest.mark.parametrize("most", [1, 2, 3, 7, 19, 20, 21, 99, 100, 101, 437, 99_999])
def test_the_highest_column_stays_inside_and_the_axis_reads_well(most):
    chart = charts.hours([most] + [0] * 23, [0] * 24, unit="", words="")
    labels = [int(rule.label.replace(",", "")) for rule in chart.rules]
    assert labels[2] >= most
    assert labels[1] * 2 == labels[2]
    assert min(bar.y for bar in chart.bars) >= 0
    assert chart.bars[0].height > 0


def test_a_day_that_is_not_over_has_only_its_hours():
    assert len(charts.hours([1, 2, 3], [1] * 24, unit="", words="").bars) == 3


def test_a_band_covers_the_day():
    band = charts.band([(0, 480, "free", "免费"), (480, 1440, "paid", "收费")], words="", now_minute=720)
    assert band.parts[0].x + band.parts[0].width == pytest.approx(band.parts[1].x, abs=0.2)
    assert band.parts[1].x < band.now_x < band.parts[1].x + band.parts[1].width
