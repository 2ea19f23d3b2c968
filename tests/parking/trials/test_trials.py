"""Past stays under another tariff, and what demand would propose; neither changes a price."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parking import roles, trials
from parking.domain import tariff
from parking.models import Campaign, Coupon, Exemption, ParkingSession, RoadNotice, TariffVersion, User, WhatIfRun
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db

FIRST, LAST = at("00:00"), at("00:00", day="2026-11-21")
HOURLY = {**street.FLAT, "code": "hourly", "zone": ""}
HOURLY["bands"] = [{"id": "day", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 60, "price": 3}]}]


@pytest.fixture(autouse=True)
def _stays():
    street.build()
    for plate, berth, arrived, left in (
        (PLATE, "A01", "08:00", "09:00"),
        (PLATE, "A02", "09:05", "10:00"),
        (OTHER_PLATE, "A03", "08:00", "08:20"),
    ):
        say(
            event(arrived, "arrival", plate=plate, berth=berth, received_at=at(left)),
            event(left, "departure", plate=plate, berth=berth),
        )
    fold(now=at("12:00"))
    assert sorted(ParkingSession.objects.values_list("fee_fen", flat=True)) == [100, 200, 200]


def compared(document, **more):
    return trials.compare(tariff.parse(document), from_at=FIRST, to_at=LAST, **more)


def test_a_period_without_stays_brings_nothing():
    found = trials.compare(tariff.parse(HOURLY), from_at=LAST, to_at=LAST + timedelta(days=1))
    assert (found.total.stays, found.total.new) == (0, 0)


def test_income_and_who_pays_more_by_road_and_hour():
    found = compared(HOURLY).as_data()
    assert found["total"] == {"stays": 3, "more": 3, "less": 0, "old_fen": 500, "new_fen": 900}
    assert found["by_road"]["A"]["new_fen"] == 900
    assert [found["by_hour"][hour]["stays"] for hour in (7, 8, 9)] == [0, 2, 1]


def test_earlier_stays_count_at_their_new_prices():
    found = compared({**HOURLY, "repeat": {"within_min": 10, "across": "road"}})
    assert (found.total.new, found.total.less) == (300 + 300 + 300, 0)
    capped = compared({**HOURLY, "caps": [{"scope": "natural_day", "amount": 4, "across": "city"}]})
    assert capped.total.new == 300 + 100 + 300


def test_registered_vehicles_are_priced_as_such_and_what_has_no_price_is_told():
    Exemption.objects.create(plate=PLATE, kind="police", from_at=FIRST, proof="函", noted_at=FIRST)
    assert compared({**HOURLY, "exempt": {"kinds": {"police": {"zh": "警车", "en": "police"}}}}).total.new == 300
    refused = compared({**HOURLY, "vehicles": {"classes": {"small": {"admitted": False}}}})
    assert (refused.refused, refused.total.new) == (3, 500)


def test_what_a_road_notice_made_free_stays_free():
    RoadNotice.objects.create(
        kind="free", everywhere=True, from_at=at("08:00"), to_at=at("08:30"), reason="防汛", made_at=FIRST,
        made_by=User.objects.create(username="chief"),
    )  # fmt: skip
    assert compared(HOURLY).total.new == 300 + 300 + 0


def test_a_coupon_is_left_out_of_both_amounts():
    session = ParkingSession.objects.get(plate=OTHER_PLATE)
    ParkingSession.objects.filter(pk=session.pk).update(
        fee_fen=40, lines=[*session.lines, {"kind": "coupon", "amount_fen": -60}]
    )
    campaign = Campaign.objects.create(
        code="autumn", name="秋", kind="amount", value=60, from_at=FIRST, to_at=LAST, each=1, most=1
    )
    Coupon.objects.create(
        code="C1", campaign=campaign, plate=OTHER_PLATE, expires_at=LAST, granted_at=FIRST, session=session,
        used_at=at("08:20"),
    )  # fmt: skip
    assert compared(HOURLY).total.old == 500


def test_the_number_of_queries_does_not_grow_with_the_stays():
    counts = []
    for end in (at("08:30"), LAST):
        with CaptureQueriesContext(connection) as queries:
            trials.compare(tariff.parse(HOURLY), from_at=FIRST, to_at=end)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_command_refuses_what_it_can_not_read(tmp_path):
    for wrong in (
        {"tariff": "nothing"},
        {"from_at": "soon"},
        {"to_at": "2026-11-01"},
        {"tariff": str(tmp_path / "no.json")},
    ):
        with pytest.raises(CommandError):
            call_command("what_if", **{"tariff": "flat", "from_at": "2026-11-20", "to_at": "2026-11-21"} | wrong)


def test_the_command_prints_the_sums(tmp_path, capsys):
    path = tmp_path / "new.json"
    path.write_text(json.dumps(HOURLY))
    call_command("what_if", tariff=str(path), from_at="2026-11-20", to_at="2026-11-21", json=True)
    assert json.loads(capsys.readouterr().out)["total"]["new_fen"] == 900
    call_command("what_if", tariff="flat:1", from_at="2026-11-20", to_at="2026-11-21")
    assert "all" in capsys.readouterr().out


def manager(client):
    roles.grant()
    user = User.objects.create(username="manager", is_staff=True)
    user.groups.add(Group.objects.get(name="manager"))
    client.force_login(user)
    return user


def test_the_desk_asks_a_worker_runs_and_the_page_shows_the_result(client):
    manager(client)
    draft = TariffVersion.objects.create(code="hourly", version=1, in_force_from=LAST, document=HOURLY)
    asked = {
        "version": draft.pk,
        "from_at_0": "2026-11-20",
        "from_at_1": "00:00",
        "to_at_0": "2026-11-21",
        "to_at_1": "00:00",
    }
    backwards = client.post("/admin/parking/whatifrun/add/", asked | {"to_at_0": "2026-11-19"})
    assert "应晚于起始时间" in backwards.content.decode()
    client.post("/admin/parking/whatifrun/add/", asked)
    run = WhatIfRun.objects.get()
    path = f"/admin/parking/whatifrun/{run.pk}/change/"
    assert "<progress" in client.get(path).content.decode()
    assert trials.run_waiting(clock=lambda: at("13:00")) == 1
    assert "9.00" in client.get(path).content.decode()
    assert trials.run_waiting(clock=lambda: at("13:00")) == 0
    assert TariffVersion.objects.get(pk=draft.pk).status == "draft"


def test_a_worker_that_fell_silent_is_replaced_and_a_failure_is_kept():
    bad = TariffVersion.objects.create(code="bad", version=1, in_force_from=LAST, document={"code": "bad"})
    trials.ask(bad, from_at=FIRST, to_at=LAST, by=None, now=at("12:00"))
    WhatIfRun.objects.update(seen_at=at("12:58"))
    assert trials.run_waiting(clock=lambda: at("13:00")) == 0
    assert trials.run_waiting(clock=lambda: at("13:04")) == 1
    assert "TariffError" in WhatIfRun.objects.get().failure


def test_demand_proposes_by_occupancy_and_changes_nothing(client):
    before = list(TariffVersion.objects.values())
    (found,) = trials.proposals(now=at("00:00", day="2026-11-21"))
    assert (found.price, found.proposal.change) == (200, -25)
    assert found.occupied_s == 3_600 + 3_300 + 1_200
    assert found.offered_s == 4 * 28 * 86_400
    ParkingSession.objects.filter(berth__code="A01").update(status="void")
    assert trials.proposals(now=at("00:00", day="2026-11-21"))[0].occupied_s == 3_300 + 1_200
    manager(client)
    page = client.get("/admin/parking/whatifrun/proposals/").content.decode()
    assert "1.75" in page
    assert list(TariffVersion.objects.values()) == before
