"""When two reads may be one car."""

import pytest

from parking.domain.identity import Likeness, compare

PLATE = "鄂L12345"


@pytest.mark.parametrize(
    ("other", "likeness"),
    [
        ("", Likeness.UNKNOWN),
        ("鄂L12345", Likeness.SAME),
        ("鄂L67890", Likeness.OTHER),
        ("鄂L12346", Likeness.OTHER),  # 5 and 6 were never confused
        ("鄂L12845", Likeness.CONFUSABLE),  # 3 and 8
        ("鄂L18848", Likeness.OTHER),  # three signs
        ("鄂L18845", Likeness.CONFUSABLE),  # 2 and 8, 3 and 8
        ("湘L12345", Likeness.CONFUSABLE),  # the province
        ("湘L12845", Likeness.CONFUSABLE),
        ("鄂L1234", Likeness.CONFUSABLE),  # a sign lost
        ("鄂L123455", Likeness.CONFUSABLE),  # a sign gained
        ("鄂L123", Likeness.OTHER),
        ("鄂LD12345", Likeness.CONFUSABLE),
        ("鄂LD67890", Likeness.OTHER),
    ],
)
def test_two_reads_compare_the_same_way_round_and_back(other, likeness):
    assert compare(PLATE, other) is likeness
    assert compare(other, PLATE) is likeness


def test_a_province_is_never_confused_with_a_letter():
    assert compare("鄂L12345", "LL12345") is Likeness.OTHER
    assert compare("LL12345", "鄂L12345") is Likeness.OTHER
