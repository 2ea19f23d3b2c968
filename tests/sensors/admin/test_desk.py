"""The devices' desk: who may what, what is shown, what is done."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parking import roles
from parking.models import Berth, User
from sensors import keys, retention, rounds, workorders
from sensors.models import Device, DeviceState, Frame, Installation, Source, SourceKey, WorkOrder
from tests import street

pytestmark = pytest.mark.django_db

DEVICES = "/admin/sensors/device/"
ORDERS = "/admin/sensors/workorder/"
SOURCES = "/admin/sensors/source/"


@pytest.fixture(autouse=True)
def _street():
    street.build()
    roles.grant()


def sign_in(client, role):
    user = User.objects.create(username=role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return user


@pytest.fixture
def device():
    made = Device.objects.create(code="S1", kind="geomagnetic", codec="tts")
    Installation.objects.create(
        device=made, berth=Berth.objects.get(code="A01"), installed_at=street.at("00:00", day="2026-01-01")
    )
    now = timezone.now()
    DeviceState.objects.create(
        device=made, last_heard_at=now, battery_v=2.9, signal_dbm=-101, clock_offset_s=51, offsets=[51.0], loss=0.02
    )
    street.say(street.event(now - timedelta(hours=2), "arrival", device="S1"))
    rounds.examine(now=now)
    retention.sample(now=now)
    return made


@pytest.mark.parametrize("url", [DEVICES, ORDERS, SOURCES, f"{DEVICES}import/", f"{DEVICES}export/"])
def test_a_reviewer_has_no_business_with_devices(client, url):
    sign_in(client, "reviewer")
    assert client.get(url).status_code == 403


def test_an_operator_may_not_give_keys(client):
    sign_in(client, "operator")
    source = Source.objects.create(name="s", created_at=timezone.now())
    for action in ("give_key", "give_signing_key"):
        client.post(SOURCES, {"action": action, "_selected_action": [source.pk]})
    assert not SourceKey.objects.exists()


def test_a_manager_rotates_keys_and_each_is_shown_once(client):
    sign_in(client, "manager")
    source = Source.objects.create(name="s", created_at=timezone.now())
    answer = client.post(SOURCES, {"action": "give_signing_key", "_selected_action": [source.pk]})
    key = SourceKey.objects.get()
    assert "no-store" in answer["Cache-Control"]
    assert key.name in answer.content.decode()
    for _ in range(2):
        answer = client.post(SOURCES, {"action": "give_key", "_selected_action": [source.pk]})
    assert SourceKey.objects.filter(revoked_at__isnull=True).count() == 2
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert key.sealed not in client.get(f"/admin/sensors/sourcekey/{key.pk}/change/").content.decode()
    client.post("/admin/sensors/sourcekey/", {"action": "revoke", "_selected_action": list(keys_alive())})
    assert not keys_alive()


def keys_alive():
    return SourceKey.objects.filter(revoked_at__isnull=True).values_list("pk", flat=True)


def test_a_source_takes_only_addresses_that_are_some(client):
    sign_in(client, "manager")
    form = {
        "name": "s",
        "witness": "unknown",
        "events_per_second": 10,
        "addresses": "10.0.0.0/24,nowhere",
        "active": "on",
    }
    assert "nowhere" in client.post(f"{SOURCES}add/", form).content.decode()
    assert client.post(f"{SOURCES}add/", form | {"addresses": "10.0.0.0/24,10.1.0.7"}).status_code == 302
    assert Source.objects.get().addresses == ["10.0.0.0/24", "10.1.0.7"]


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("state__condition__exact=failing", True),
        ("state__condition__exact=ok", False),
        ("road=A", True),
        ("road=B", False),
        ("battery=low", True),
        ("battery=fine", False),
        ("battery=unknown", False),
        ("codec=tts", True),
        ("q=A01", True),
    ],
)
def test_the_list_of_devices_is_narrowed(client, device, query, there):
    sign_in(client, "operator")
    page = client.get(f"{DEVICES}?{query}").content.decode()
    assert (f"{DEVICES}{device.pk}/change/" in page) is there


def test_the_list_takes_no_statement_for_each_device(client, device):
    sign_in(client, "operator")
    client.get(DEVICES)  # what a process looks up once
    with CaptureQueriesContext(connection) as few:
        client.get(DEVICES)
    Device.objects.bulk_create(Device(code=f"D{n}", kind="geomagnetic") for n in range(30))
    rounds.examine(now=timezone.now())
    with CaptureQueriesContext(connection) as many:
        client.get(DEVICES)
    assert len(many) == len(few)


def test_a_devices_page_shows_its_figures_and_curves_from_no_other_host(client, device):
    sign_in(client, "operator")
    page = client.get(f"{DEVICES}{device.pk}/change/").content.decode()
    drawn = page[page.index('<div class="device-curves">') :]
    drawn = drawn[: drawn.index("</div>")]
    assert drawn.count("<svg") == 5  # events, volts, signal, offset, loss
    assert "2.9 V" in page
    assert "style=" not in drawn
    assert "http" not in drawn


def test_a_person_reports_takes_notes_and_closes(client, device):
    person = sign_in(client, "operator")
    client.post(DEVICES, {"action": "report", "_selected_action": [device.pk]})
    client.post(DEVICES, {"action": "report", "_selected_action": [device.pk]})
    order = WorkOrder.objects.get(cause="reported")
    assert order.opened_by == person
    client.post(ORDERS, {"action": "take", "_selected_action": [order.pk]})
    url = f"{ORDERS}{order.pk}/change/"
    assert client.post(url, {"remark": "lid broken"}).status_code == 302
    assert client.post(url, {"remark": "lid new", "finish": "on"}).status_code == 302
    order.refresh_from_db()
    assert (order.taken_by, order.closed_by) == (person, person)
    assert [(e.step, e.note) for e in order.entries.all()] == [
        ("opened", ""),
        ("taken", ""),
        ("noted", "lid broken"),
        ("closed", "lid new"),
    ]
    assert "lid broken" in client.get(url).content.decode()


def test_open_orders_come_first_and_many_can_be_closed_at_once(client, device):
    person = sign_in(client, "operator")
    other = Device.objects.create(code="S2", kind="geomagnetic")
    first = workorders.report(device=other, by=person, note="", now=timezone.now())
    workorders.close(order=first, by=person, note="", now=timezone.now())
    page = client.get(ORDERS).content.decode()
    battery = WorkOrder.objects.get(cause="battery")
    assert 0 < page.index(f"{ORDERS}{battery.pk}/change/") < page.index(f"{ORDERS}{first.pk}/change/")
    client.post(ORDERS, {"action": "close", "_selected_action": [battery.pk, first.pk]})
    assert not WorkOrder.objects.filter(closed_at__isnull=True).exists()


@pytest.mark.parametrize("dry", [True, False])
def test_the_register_is_taken_from_a_table_or_only_checked(client, dry):
    sign_in(client, "operator")
    table = "device,kind,berth\nS7,geomagnetic,A02\nS8,sundial,A03\n"
    answer = client.post(f"{DEVICES}import/", {"table": table} | ({"dry_run": "on"} if dry else {}))
    page = answer.content.decode()
    assert "<td>3</td><td>kind</td>" in page
    assert ("以上仅为检查结果" in page) is dry
    assert Device.objects.filter(code="S7").exists() is not dry


def test_the_register_goes_out_as_a_file(client, device):
    sign_in(client, "operator")
    answer = client.get(f"{DEVICES}export/")
    assert answer["Content-Type"].startswith("text/csv")
    assert "S1,geomagnetic,tts,,yes,,A01,2026-01-01T00:00:00+08:00" in answer.content.decode().replace(
        "2025-12-31T16:00:00+00:00", "2026-01-01T00:00:00+08:00"
    )


def test_the_quarantine_holds_what_can_be_decoded_again(client):
    sign_in(client, "operator")
    source = keys.create_source(name="camera", now=timezone.now())[0]
    for outcome, owner in (("accepted", source), ("rejected", source), ("partly", source), ("refused", None)):
        Frame.objects.create(codec="tts", received_at=timezone.now(), body=b"{", outcome=outcome, source=owner)
    page = client.get("/admin/sensors/frame/?quarantine=yes").content.decode()
    shown = [frame.outcome for frame in Frame.objects.all() if f"/admin/sensors/frame/{frame.pk}/change/" in page]
    assert sorted(shown) == ["partly", "rejected"]
