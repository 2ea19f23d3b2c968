import pytest

from parking.pages import charts


@pytest.mark.parametrize(
    ("percent", "level"), [(0, 1), (39, 1), (40, 2), (59, 2), (60, 3), (74, 3), (75, 4), (89, 4), (90, 5), (100, 5)]
)
def test_a_share_has_its_step(percent, level):
    assert charts.level(percent) == level


NONE = [0.0] * 24


def test_a_day_nobody_knows_has_no_line():
    chart = charts.days(([], NONE, NONE), words="")
    assert (chart.today, chart.yesterday, chart.week_ago) == ("", "", "")


def test_a_day_that_is_not_over_ends_at_the_present_hour():
    chart = charts.days(([10.0, 20.0, 30.0], [50.0] * 24, NONE), words="")
    assert len(chart.today.split()) == 3
    assert len(chart.yesterday.split()) == 24
    assert chart.today.split()[-1] == f"{chart.now_x},{chart.now_y}"


@pytest.mark.parametrize(("percent", "y"), [(0, 146.0), (50, 78.0), (100, 10.0), (140, 10.0)])
def test_a_share_has_its_height_and_stays_inside(percent, y):
    assert charts.days(([float(percent)], NONE, NONE), words="").now_y == y


def test_a_band_covers_the_day():
    band = charts.band([(0, 480, "free", "免费"), (480, 1440, "paid", "收费")], words="", now_minute=720)
    assert band.parts[0].x + band.parts[0].width == pytest.approx(band.parts[1].x, abs=0.2)
    assert band.parts[1].x < band.now_x < band.parts[1].x + band.parts[1].width
