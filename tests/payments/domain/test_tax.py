"""Tax on a line, and tax numbers."""

from decimal import Decimal

import pytest

from payments.domain import tax


@pytest.mark.parametrize(
    "wrong", ["", "91350100M000100Y4", "91350100M000100Y44", "91350100M000100I43", "91350100m000100y43", "9" * 19]
)
def test_a_wrong_credit_code_is_refused(wrong):
    assert not tax.is_credit_code(wrong)


# The first is the example of GB 32100-2015; the others are of listed companies.
@pytest.mark.parametrize("right", ["91350100M000100Y43", "91110000600037341L", "914403001922038216"])
def test_a_right_credit_code_is_taken(right):
    assert tax.is_credit_code(right)


def test_one_changed_character_is_always_noticed():
    good = "91350100M000100Y43"
    for place in range(18):
        for other in set("0123456789ABCDEFGHJKLMNPQRTUWXY") - {good[place]}:
            assert not tax.is_credit_code(good[:place] + other + good[place + 1 :])


@pytest.mark.parametrize("rate", ["0.09", "0.06", "0.05", "0.03", "0.01", "0"])
def test_net_and_tax_add_up_and_the_tax_is_within_the_bureaus_six_fen(rate):
    for gross in range(1, 20_001):
        net, part = tax.split(gross, rate=Decimal(rate))
        assert net + part == gross
        assert abs(net * Decimal(rate) - part) <= 6


def test_the_split_of_a_sum_is_not_the_sum_of_the_splits():
    parts = [tax.split(300, rate=Decimal("0.09"))] * 50
    assert sum(net for net, _ in parts) != tax.split(15_000, rate=Decimal("0.09"))[0]
