"""What the lines of a fee say, in both languages, and over which time. All figures worked out by hand."""

from typing import Any

from parking.domain.tariff import Coupon, CouponKind, Fee, History, PastStay
from tests.parking.domain.street_prices import at, document, fee, hourly

DAY = {"id": "day", "name": {"zh": "白天", "en": "day"}, "from": "08:00", "to": "20:00", "clause": "二"}
CAR = {"name": {"zh": "小型车", "en": "car"}}


def told(found: Fee) -> list[tuple[str, str, str, int]]:
    """The lines in words: period, Chinese, English, amount."""
    return [
        (f"{line.from_at:%d %H:%M}-{line.to_at:%d %H:%M}", line.rule, line.rule_en, line.amount_fen)
        for line in found.lines
    ]


def counted(found: Fee) -> list[tuple[Any, Any, int]]:
    return [(line.quantity, line.unit_price_fen, line.amount_fen) for line in found.lines]


def test_units_cut_by_a_cap_are_one_line_to_the_end_of_the_stay():
    found = fee(hourly(caps=[{"scope": {"every_min": 90}, "amount": 3}]), "09:00", "11:00")
    assert told(found) == [
        ("23 09:00-23 11:00", "all：每 1 小时 2 元", "all: 2 CNY per 1 h", 400),
        ("23 09:00-23 10:30", "1.5 小时封顶 3 元", "cap of 3 CNY for 1.5 h", -100),
    ]
    assert counted(found)[0] == (2, 200, 400)


def test_each_window_has_its_own_line():
    found = fee(hourly(restart="natural_day"), "22:30", "24 02:00")
    assert [(period, amount) for period, _, _, amount in told(found)] == [
        ("23 22:30-24 00:00", 400),
        ("24 00:00-24 02:00", 400),
    ]


def test_each_passage_of_a_band_has_its_own_line_though_one_follows_the_other():
    bands = [
        {"id": "am", "from": "00:00", "to": "12:00", "steps": [{"unit_min": 60, "price": 2}]},
        {"id": "pm", "from": "12:00", "to": "24:00", "steps": [{"unit_min": 60, "price": 2}]},
    ]
    found = fee(hourly(bands=bands), "11:00", "13:30")
    assert counted(found) == [(1, 200, 200), (2, 200, 400)]
    assert [line.rule_en for line in found.lines] == ["am: 2 CNY per 1 h", "pm: 2 CNY per 1 h"]


def test_a_table_cut_by_a_cap_is_one_line_with_the_sum():
    rules = document(
        bands=[{**DAY, "table": [{"until_min": 60, "total": 3}, {"until_min": 120, "total": 5}]}],
        caps=[{"scope": {"daily_at": "10:30"}, "amount": 30}],
    )
    assert told(fee(rules, "09:00", "11:00")) == [
        ("23 09:00-23 11:00", "白天：按累计时长价目表", "day: price table by total time", 500)
    ]


def test_a_visit_that_comes_again_names_its_hours_and_an_unknown_currency_its_code():
    visit = {**DAY, "visit": {"price": 5, "every_min": 90}}
    found = fee(document(bands=[visit], currency="THB"), "09:00", "12:00")
    assert told(found) == [("23 09:00-23 12:00", "白天：每 90 分钟 5 THB", "day: 5 THB per 90 min", 1000)]
    assert counted(found) == [(2, 500, 1000)]


def test_the_class_says_by_what_it_multiplies_and_what_it_adds():
    large = {"name": {"zh": "大型车", "en": "large"}, "factor": 1.5, "by_berths": True, "surcharge": 2, "clause": "五"}
    found = fee(hourly(vehicles={"classes": {"large": large}}), "09:00", "10:00", berths=2)
    assert told(found)[1:] == [
        ("23 09:00-23 10:00", "大型车车型系数 ×3", "large class factor ×3", 400),
        ("23 09:00-23 10:00", "大型车加收", "large surcharge", 200),
    ]
    assert {line.clause for line in found.lines[1:]} == {"五"}


def test_the_factor_of_a_class_that_does_not_count_berths_leaves_them_out():
    rules = hourly(vehicles={"classes": {"half": {**CAR, "factor": 0.5}}})
    assert told(fee(rules, "09:00", "10:00", berths=3))[1][1:3] == ("小型车车型系数 ×0.5", "car class factor ×0.5")


def test_a_penalty_names_the_limit_and_a_smallest_fee_itself():
    rules = document(max_stay=[{"minutes": 60, "penalty": 20, "clause": "七"}], min_fee=9)
    found = fee(rules, "09:00", "10:10")
    assert told(found)[2:] == [
        ("23 09:00-23 10:10", "最低收费", "smallest fee", 450),
        ("23 09:00-23 10:10", "超过限停 60 分钟", "stayed beyond the limit of 60 minutes", 2000),
    ]
    assert [line.clause for line in found.lines[2:]] == ["", "七"]


def test_a_coupon_names_its_code():
    found = fee(document(), "09:00", "10:00", coupons=(Coupon(code="K", kind=CouponKind.AMOUNT, value=100),))
    assert told(found)[1:] == [("23 09:00-23 10:00", "优惠券 K", "coupon K", -100)]


def test_the_last_rounding_says_so():
    assert told(fee(document(final_rounding={"to": 1}), "09:00", "10:10"))[2:] == [
        ("23 09:00-23 10:10", "尾数取整", "rounding", 50)
    ]


def test_a_stay_that_goes_on_is_told_from_its_first_arrival_and_takes_off_what_was_paid():
    past = PastStay(arrived_at=at("09:00"), left_at=at("09:50"), charged_fen=300)
    found = fee(document(repeat={"within_min": 10, "clause": "九"}), "10:00", "11:00", history=History(stays=(past,)))
    assert told(found) == [
        ("23 09:00-23 09:50", "白天（首 1 小时）：每 1 小时 3 元", "day (first 1 h): 3 CNY per 1 h", 300),
        ("23 10:10-23 11:00", "白天（1 小时后）：每 30 分钟 1.5 元", "day (after 1 h): 1.5 CNY per 30 min", 300),
        ("23 09:00-23 11:00", "同一停放已计费，扣除", "already charged for the same stay", -300),
    ]
    assert found.lines[2].clause == "九"


def test_each_scope_of_a_cap_has_its_words():
    words = {
        "passage": ("本时段单次停放封顶 3 元", "cap of 3 CNY for this passage of the band"),
        "band": ("本时段封顶 3 元", "cap of 3 CNY for the band"),
        "charging_period": ("本收费周期封顶 3 元", "cap of 3 CNY for the charging period"),
        "window": ("本计费周期封顶 3 元", "cap of 3 CNY for the billing window"),
        "natural_day": ("自然日封顶 3 元", "cap of 3 CNY for the calendar day"),
        "24h": ("24 小时封顶 3 元", "cap of 3 CNY for 24 h"),
        "stay": ("单次停放封顶 3 元", "cap of 3 CNY for the stay"),
    }
    for scope, expected in words.items():
        line = fee(hourly(caps=[{"scope": scope, "amount": 3, "clause": "四"}]), "09:00", "12:00").lines[1]
        assert (line.rule, line.rule_en) == expected
        assert (line.clause, line.amount_fen) == ("四", -300)
    billing = fee(hourly(caps=[{"scope": {"daily_at": "07:30"}, "amount": 3}]), "09:00", "12:00").lines[1]
    assert (billing.rule, billing.rule_en) == ("计费日封顶 3 元", "cap of 3 CNY for the billing day")


def test_each_currency_has_its_chinese_name():
    names = {
        "CNY": "元", "TWD": "新台币元", "HKD": "港元", "EUR": "欧元", "USD": "美元", "GBP": "英镑", "SGD": "新元",
        "JPY": "日元", "MOP": "澳门元", "SEK": "瑞典克朗",
    }  # fmt: skip
    for code, name in names.items():
        assert told(fee(hourly(currency=code), "09:00", "10:00"))[0][1] == f"all：每 1 小时 2 {name}"


def test_an_exempt_vehicle_and_a_free_minute_say_why_with_the_clause():
    exempt = {"kinds": {"police": {"zh": "警车", "en": "police"}}, "clause": "五"}
    line = fee(hourly(exempt=exempt), "09:00", "10:00", exempt="police").lines[0]
    assert (line.rule, line.rule_en, line.clause) == ("免费车辆：警车", "exempt vehicle: police", "五")
    line = fee(hourly(free={"minutes": 90, "clause": "一"}), "09:00", "10:00").lines[0]
    assert (line.rule, line.rule_en, line.clause) == ("免费时长 90 分钟", "90 free minutes", "一")


def test_a_concession_says_what_it_gave():
    nev = {"id": "nev", "name": {"zh": "新能源", "en": "new-energy"}, "percent_off": 12.5, "free": {"minutes": 60}}
    found = fee(hourly(concessions=[{**nev, "clause": "六"}]), "09:00", "12:00")
    assert told(found)[0][1:] == ("新能源：免费时长", "new-energy: free time", 0)
    assert told(found)[-1][1:] == ("新能源：减 12.5%", "new-energy: 12.5% off", -50)
    assert (found.lines[0].clause, found.lines[-1].clause) == ("六", "六")


def test_what_follows_a_free_night_is_told_too():
    bands = [
        {**DAY, "steps": [{"unit_min": 60, "price": 2}]},
        {"id": "n", "from": "20:00", "to": "08:00", "free": True},
    ]
    found = fee(hourly(bands=bands), "19:00", "24 09:00")
    assert told(found) == [
        ("23 19:00-23 20:00", "白天：每 1 小时 2 元", "day: 2 CNY per 1 h", 200),
        ("23 20:00-24 08:00", "n：免费", "n: free", 0),
        ("24 08:00-24 09:00", "白天：每 1 小时 2 元", "day: 2 CNY per 1 h", 200),
    ]
