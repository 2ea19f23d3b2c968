"""The round over the devices: states by their own rhythm, faults with slack, work orders by rule and by hand."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from parking.models import Berth, BerthState, User
from sensors import rounds, workorders
from sensors.models import Device, DeviceState, Installation, WorkOrder, WorkOrderEntry
from tests import street
from tests.street import at

pytestmark = pytest.mark.django_db

NOW = at("12:00")


@pytest.fixture(autouse=True)
def _street():
    street.build()


def device(code="S1", *, berth="A01", kind="geomagnetic", heard_h=1.0, **state):
    made = Device.objects.create(code=code, kind=kind)
    Installation.objects.create(
        device=made, berth=Berth.objects.get(code=berth), installed_at=at("00:00", day="2026-01-01")
    )
    DeviceState.objects.create(
        device=made, first_heard_at=at("00:00", day="2026-11-01"), last_heard_at=NOW - timedelta(hours=heard_h), **state
    )
    return made


def judged(**state):
    made = device(**state)
    rounds.examine(now=NOW)
    found = DeviceState.objects.get(device=made)
    return found.condition, found.faults


HOUR = 3600.0


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"heard_h": 4, "rhythm_s": 4 * HOUR}, ("ok", [])),
        ({"heard_h": 7, "rhythm_s": 4 * HOUR}, ("late", [])),
        ({"heard_h": 13, "rhythm_s": 4 * HOUR}, ("silent", [])),
        ({"heard_h": 13}, ("ok", [])),
        ({"heard_h": 13, "kind": "high_camera"}, ("late", [])),
        ({"heard_h": 0.2, "kind": "high_camera", "rhythm_s": 60.0}, ("silent", [])),
        ({"heard_h": 48, "kind": "patrol"}, ("ok", [])),
        ({"battery_pct": 14}, ("failing", ["battery"])),
        ({"battery_v": 3.0}, ("failing", ["battery"])),
        ({"battery_low": True}, ("failing", ["battery"])),
        ({"battery_v": 3.6, "battery_pct": 90}, ("ok", [])),
        ({"signal_dbm": -130}, ("failing", ["signal"])),
        ({"temperature_c": 90}, ("failing", ["temperature"])),
        ({"loss": 0.3, "sequence_span": 40}, ("failing", ["loss"])),
        ({"loss": 0.3, "sequence_span": 10}, ("ok", [])),
        ({"clock_offset_s": 51, "offsets": [51.0] * 9}, ("ok", [])),
        ({"clock_offset_s": -300, "offsets": [-300.0] * 5}, ("failing", ["clock"])),
        ({"clock_offset_s": -300, "offsets": [-300.0]}, ("ok", [])),
        ({"stuck": "occupied"}, ("failing", ["stuck_occupied"])),
        ({"heard_h": 100, "rhythm_s": HOUR, "battery_v": 2.9}, ("silent", ["battery"])),
    ],
    ids=str,
)
def test_a_device_is_judged_by_its_own_rhythm_and_telemetry(state, expected):
    assert judged(**state) == expected


def test_a_fault_goes_only_when_it_is_well_over():
    made = device(battery_pct=14)
    rounds.examine(now=NOW)
    for percent, expected in ((17, ["battery"]), (21, []), (17, [])):
        DeviceState.objects.filter(device=made).update(battery_pct=percent)
        rounds.examine(now=NOW)
        assert DeviceState.objects.get().faults == expected


def test_the_state_remembers_since_when():
    device(heard_h=7, rhythm_s=4 * HOUR)
    rounds.examine(now=NOW)
    rounds.examine(now=NOW + timedelta(hours=1))
    state = DeviceState.objects.get()
    assert (state.condition, state.condition_since) == ("late", NOW)


def test_a_device_that_was_never_heard_is_unknown_and_no_order():
    Device.objects.create(code="NEW", kind="geomagnetic")
    rounds.examine(now=NOW)
    assert DeviceState.objects.get().condition == "unknown"
    assert not WorkOrder.objects.exists()


def test_a_silent_device_gets_one_order_that_closes_when_it_speaks_again():
    made = device(heard_h=50, rhythm_s=HOUR, battery_v=3.5)
    assert rounds.examine(now=NOW) == rounds.Round(changed=1, opened=1, closed=0)
    assert rounds.examine(now=NOW) == rounds.Round(changed=0, opened=0, closed=0)
    order = WorkOrder.objects.get()
    assert (order.cause, order.berth.code, order.opened_by, order.facts["battery_v"]) == ("silent", "A01", None, 3.5)
    DeviceState.objects.update(last_heard_at=NOW)
    later = NOW + timedelta(minutes=5)
    assert rounds.examine(now=later).closed == 1
    order.refresh_from_db()
    assert (order.closed_at, order.closed_by) == (later, None)
    assert list(order.entries.values_list("step", "by")) == [("opened", None), ("closed", None)]
    assert made.orders.count() == 1


def test_a_device_taken_out_of_service_needs_no_order():
    device(heard_h=50, rhythm_s=HOUR)
    rounds.examine(now=NOW)
    Device.objects.update(active=False)
    assert rounds.examine(now=NOW).closed == 1


def test_the_database_allows_one_open_order_for_a_device_and_cause():
    made = device()
    WorkOrder.objects.create(device=made, cause="silent", opened_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkOrder.objects.create(device=made, cause="silent", opened_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkOrder.objects.create(device=made, cause="clock", opened_at=NOW, closed_at=NOW - timedelta(seconds=1))


def test_what_a_person_closed_stays_closed_for_a_day():
    device(heard_h=50, rhythm_s=HOUR)
    rounds.examine(now=NOW)
    person = User.objects.create(username="mender")
    order = WorkOrder.objects.get()
    assert workorders.take(order=order, by=person, now=NOW)
    assert not workorders.take(order=order, by=person, now=NOW)
    workorders.note(order=order, by=person, text="dug up", now=NOW)
    assert workorders.close(order=order, by=person, note="swapped", now=NOW)
    assert not workorders.close(order=order, by=person, note="again", now=NOW)
    assert [(e.step, e.by, e.note) for e in order.entries.all()] == [
        ("opened", None, ""),
        ("taken", person, ""),
        ("noted", person, "dug up"),
        ("closed", person, "swapped"),
    ]
    assert rounds.examine(now=NOW + timedelta(hours=23)).opened == 0
    assert rounds.examine(now=NOW + timedelta(hours=25)).opened == 1


def test_a_report_by_a_person_is_closed_by_no_rule_and_opened_once():
    made = device()
    person = User.objects.create(username="inspector")
    order = workorders.report(device=made, by=person, note="lid broken", now=NOW)
    with pytest.raises(workorders.AlreadyOpen) as refused:
        workorders.report(device=made, by=person, note="again", now=NOW)
    assert refused.value.order == order
    assert rounds.examine(now=NOW).closed == 0


def busy(*, quiet="A01", changes=12):
    for berth in ("A01", "A02", "A03", "A04"):
        device(f"S-{berth}", berth=berth)
        if berth != quiet:
            street.say(
                *(
                    street.event(NOW - timedelta(hours=n + 1), "arrival", berth=berth, device=f"S-{berth}")
                    for n in range(changes)
                )
            )


@pytest.mark.parametrize(("occupied", "expected"), [(True, "occupied"), (False, "free")])
def test_a_device_that_never_changes_on_a_busy_road_is_stuck(occupied, expected):
    busy()
    BerthState.objects.update_or_create(berth=Berth.objects.get(code="A01"), defaults={"occupied": occupied})
    assert rounds.find_stuck(now=NOW) == 1
    assert DeviceState.objects.get(device__code="S-A01").stuck == expected
    assert DeviceState.objects.exclude(device__code="S-A01").filter(stuck="").count() == 3
    street.say(street.event(NOW - timedelta(minutes=1), "departure", berth="A01", device="S-A01"))
    assert rounds.find_stuck(now=NOW) == 1
    assert not DeviceState.objects.exclude(stuck="").exists()


def test_a_quiet_road_makes_no_device_stuck():
    busy(changes=5)
    assert rounds.find_stuck(now=NOW) == 0


def test_a_device_just_installed_or_silent_is_not_stuck():
    busy()
    Installation.objects.filter(device__code="S-A01").update(installed_at=NOW - timedelta(hours=5))
    assert rounds.find_stuck(now=NOW) == 0


@pytest.mark.parametrize("devices", [1, 200])
def test_a_round_takes_the_same_statements_for_any_number_of_devices(devices):
    for number in range(devices):
        device(f"D{number}", heard_h=50, rhythm_s=HOUR)
    with CaptureQueriesContext(connection) as queries:
        rounds.examine(now=NOW)
        rounds.find_stuck(now=NOW)
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 5
    assert WorkOrder.objects.count() == WorkOrderEntry.objects.count() == devices
