import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.domain import datum


def test_tiananmen_shifts_as_published():
    # A pair printed with several public implementations of the transform.
    assert datum.to_gcj02(longitude=116.404, latitude=39.915) == pytest.approx(
        (116.41024449917, 39.91640428150), abs=1e-10
    )


def test_a_place_outside_china_stays_where_it_is():
    assert datum.to_gcj02(longitude=144.96, latitude=-37.81) == (144.96, -37.81)
    assert datum.from_gcj02(longitude=144.96, latitude=-37.81) == (144.96, -37.81)


@given(longitude=st.floats(75, 134), latitude=st.floats(4, 53))
def test_there_and_back_is_a_millimetre_at_most(longitude, latitude):
    shifted = datum.to_gcj02(longitude=longitude, latitude=latitude)
    back = datum.from_gcj02(longitude=shifted[0], latitude=shifted[1])
    assert back == pytest.approx((longitude, latitude), abs=1e-8)
