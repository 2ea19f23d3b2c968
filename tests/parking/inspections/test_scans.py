"""Scans of people and vehicles: recorded, matched to a berth, told to the fold once."""

import base64
import csv
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from parking import pictures, tokens
from parking.domain.events import Witness
from parking.domain.whereabouts import How, Spot, match
from parking.inspections import duties, leaving, scans
from parking.models import (
    Berth,
    EventRecord,
    Exemption,
    ParkingSession,
    PatrolCheck,
    Picture,
    PlateTrace,
    Road,
    RoleGrant,
    Shift,
    StreetReport,
    User,
    WatchedPlate,
    Zone,
)
from tests import street
from tests.parking.shots import shot
from tests.street import OTHER_PLATE, PLATE, event, fold, say

DATA = Path(__file__).parents[2] / "data" / "devices"
# Four berths of six metres in a row along a parallel, near Xianning.
EAST = 6.6 / 96_500
SPOTS = [Spot(f"A{n:02}", (114.32 + n * EAST, 29.86)) for n in range(1, 5)]


@pytest.mark.parametrize(
    ("named", "east", "accuracy", "how", "berth"),
    [
        ("A02", None, None, How.NAMED, "A02"),
        ("", None, None, How.NOWHERE, ""),
        ("", 2.0, 1.5, How.PLACED, "A02"),
        ("", 2.0, 8.0, How.AMBIGUOUS, "A02"),
        ("", 2.5, 1.5, How.AMBIGUOUS, "A02"),
        ("", 90.0, 3.0, How.NOWHERE, ""),
        ("A02", 2.3, 8.0, How.NAMED, "A02"),
        ("A02", 4.0, 1.5, How.DISPUTED, "A02"),
        ("A02", 90.0, 3.0, How.DISPUTED, "A02"),
    ],
)
def test_a_scan_goes_to_a_berth_only_as_surely_as_its_position_allows(named, east, accuracy, how, berth):
    at = None if east is None else (114.32 + east * EAST, 29.86)
    found = match(SPOTS, named=named, at=at, accuracy_m=accuracy)
    assert (found.how, found.berth) == (how, berth)


def scan(client_id="c1", *, ago=60.0, **more):
    said = {"client_id": client_id, "seen_at": (timezone.now() - timedelta(seconds=ago)).isoformat(), "berth": "A01"}
    return {name: value for name, value in (said | more).items() if value is not None}


@pytest.fixture
def inspector(db):
    user = User.objects.create(username="inspector")
    user.groups.add(Group.objects.get_or_create(name="inspector")[0])
    return user


def record(user, *items):
    return [outcome.as_dict() for outcome in scans.record(items, user=user, now=timezone.now())]


@pytest.mark.django_db
class TestRecording:
    @pytest.fixture(autouse=True)
    def _street(self):
        street.build()

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"client_id": ""}, "client_id"),
            ({"seen_at": "noon"}, "seen_at"),
            ({"seen_at": "2026-11-23T08:00:00"}, "seen_at"),
            ({"seen_at": "2099-01-01T00:00:00+08:00"}, "seen_at"),
            ({"seen_at": "2020-01-01T00:00:00+08:00"}, "seen_at"),
            ({"berth": "Z99"}, "berth"),
            ({"berth": None}, "berth"),
            ({"plate": "12345"}, "plate"),
            ({"plate_color": "pink"}, "plate_color"),
            ({"longitude": 114.3}, "latitude"),
            ({"longitude": "x", "latitude": 1}, "longitude"),
            ({"empty": "yes"}, "empty"),
            ({"pictures": [{"data": "%"}]}, "pictures"),
        ],
        ids=lambda value: json.dumps(value) if isinstance(value, dict) else None,
    )
    def test_a_wrong_scan_is_rejected_by_field_and_spares_the_others(self, inspector, change, field):
        bad = {name: value for name, value in (scan("bad") | change).items() if value is not None}
        wrong, good = record(inspector, bad, scan("good"))
        assert (wrong["outcome"], wrong["field"], good["outcome"]) == ("rejected", field, "accepted")
        assert wrong["message"]

    @pytest.mark.parametrize("junk", [None, 7, [], "text", {}], ids=str)
    def test_what_is_no_scan_is_rejected(self, inspector, junk):
        assert record(inspector, junk)[0]["outcome"] == "rejected"

    def test_the_same_again_is_a_duplicate_and_another_content_a_conflict(self, inspector):
        first = scan(plate=PLATE)
        outcomes = [record(inspector, each)[0]["outcome"] for each in (first, first, first | {"plate": OTHER_PLATE})]
        assert outcomes == ["accepted", "duplicate", "conflict"]
        assert PatrolCheck.objects.get().plate == PLATE
        assert EventRecord.objects.count() == 1

    def test_the_statements_do_not_grow_with_the_batch(self, inspector, django_assert_max_num_queries):
        with django_assert_max_num_queries(22):
            record(inspector, scan("one", plate=PLATE))
        many = [scan(f"c{n}", ago=n, berth=f"A0{n % 4 + 1}", plate=f"鄂L{n:05}") for n in range(200)]
        with django_assert_max_num_queries(22):
            record(inspector, *many)
        assert PatrolCheck.objects.count() == 201

    def test_a_double_scan_is_kept_and_fed_once(self, inspector):
        one, two, three = record(
            inspector, scan("1", ago=100, plate=PLATE), scan("2", ago=60, plate=PLATE), scan("3", plate=OTHER_PLATE)
        )
        assert [each["again"] for each in (one, two, three)] == [False, True, False]
        assert EventRecord.objects.count() == 2
        assert record(inspector, scan("4", ago=30, plate=OTHER_PLATE))[0]["again"]

    def test_another_roads_berths_are_not_there_for_a_grant_that_names_roads(self, inspector):
        inspector.groups.clear()
        other = Road.objects.create(code="B", name="乙路", zone=Zone.objects.get())
        grant = RoleGrant.objects.create(
            user=inspector, group=Group.objects.get(name="inspector"), valid_from=timezone.now() - timedelta(days=1)
        )
        grant.roads.add(other)
        assert record(inspector, scan())[0]["code"] == "unknown_berth"
        for kind, said in (("shift_start", {"roads": "A"}), ("report", {"kind": "fault"})):
            assert scans_leaving(inspector, kind, scan(kind, **said))["outcome"] == "rejected"
        assert duties.allowed(inspector, ["A", "B"]) == ["B"]
        grant.roads.add(Road.objects.get(code="A"))
        assert record(inspector, scan())[0]["outcome"] == "accepted"

    def test_two_people_who_disagree_are_both_kept_and_told(self, inspector):
        record(inspector, scan(plate=PLATE))
        other = User.objects.create(username="other")
        other.groups.add(Group.objects.get(name="inspector"))
        (told,) = record(other, scan(plate=OTHER_PLATE, ago=30))
        assert (told["against"], told["fed"]) == (True, True)

    def test_an_ambiguous_scan_is_kept_and_not_fed(self, inspector):
        for number, berth in enumerate(Berth.objects.order_by("code"), start=1):
            Berth.objects.filter(pk=berth.pk).update(longitude=114.32 + number * EAST, latitude=29.86)
        here = {"longitude": 114.32 + 2 * EAST, "latitude": 29.86, "berth": None, "plate": PLATE, "vehicle": "E-1"}
        sure, unsure = record(inspector, scan("s", accuracy_m=1.0, **here), scan("u", accuracy_m=12, **here))
        assert (sure["berth"], sure["match"], sure["fed"]) == ("A02", "placed", True)
        assert (unsure["match"], unsure["fed"], "A01" in unsure["rivals"]) == ("ambiguous", False, True)
        assert EventRecord.objects.get().witness == "patrol"

    def test_a_scan_names_the_plate_of_a_sensed_stay(self, inspector):
        now = timezone.now()
        say(event(now - timedelta(hours=1), "arrival", witness=Witness.GEOMAGNETIC), now=now)
        fold()
        record(inspector, scan(plate=PLATE))
        fold(later=120)
        assert ParkingSession.objects.get().plate == PLATE

    def test_pictures_belong_to_the_checks_event_and_are_shown_with_its_session(self, inspector):
        now = timezone.now()
        say(event(now - timedelta(hours=1), "arrival", witness=Witness.GEOMAGNETIC), now=now)
        record(inspector, scan(plate=PLATE, pictures=[{"data": base64.b64encode(shot()).decode()}]))
        pictures.develop(now=timezone.now())
        fold(later=120)
        session = ParkingSession.objects.get()
        (shown,) = pictures.of([session], viewer=inspector, now=now)[session.id]
        assert shown.source == "inspection"


@pytest.mark.django_db
class TestResults:
    @pytest.fixture(autouse=True)
    def _street(self):
        street.build()

    def result(self, user, plate):
        return record(user, scan(f"r-{plate}", plate=plate))[0]["result"]

    def test_what_is_within_its_days_to_pay_is_not_owed_and_what_is_overdue_is(self, inspector):
        say(event("08:00", "arrival", plate=PLATE), event("09:00", "departure", plate=PLATE))
        fold(later=900)
        assert self.result(inspector, PLATE) == "paid"
        later = timezone.now() + timedelta(days=60)
        said = scans.standing.of([PLATE], now=later)[PLATE]
        assert (said.result, said.due_fen) == ("owes", 200)

    def test_lists_go_before_money_and_only_while_they_hold(self, inspector):
        now = timezone.now()
        for plate, start, end in (("鄂L11111", -1, 1), ("鄂L33333", -2, -1)):
            Exemption.objects.create(
                plate=plate, kind="fire", proof="list", noted_at=now, from_at=now + timedelta(days=start),
                to_at=now + timedelta(days=end),
            )  # fmt: skip
        WatchedPlate.objects.create(plate="鄂L22222", reason="cloned", valid_from=now - timedelta(days=1))
        assert [self.result(inspector, f"鄂L{n}") for n in ("11111", "22222", "33333")] == [
            "exempt",
            "watched",
            "unknown",
        ]

    def test_an_empty_berth_is_told_as_vacant(self, inspector):
        assert record(inspector, scan(empty=True))[0]["result"] == "empty"
        assert EventRecord.objects.get().kind == "vacant"


@pytest.mark.django_db
class TestApi:
    @pytest.fixture(autouse=True)
    def _street(self):
        street.build()

    def call(self, client, path, data=None, *, role="inspector", **query):
        token = tokens.create_token(username=role, role=role, now=timezone.now())
        headers = {"Authorization": f"Bearer {token}"}
        if data is None:
            return client.get(f"/api/v1/inspector/{path}/", query, headers=headers)
        return client.post(
            f"/api/v1/inspector/{path}/", json.dumps(data), content_type="application/json", headers=headers
        )

    @pytest.mark.parametrize("path", ["scans", "plate-check", "faults", "reports"])
    @pytest.mark.parametrize("role", ["driver", "city", "finance", "reviewer"])
    def test_nobody_else_inspects(self, client, path, role):
        assert self.call(client, path, {}, role=role).status_code == 403
        assert client.post(f"/api/v1/inspector/{path}/").status_code == 401

    @pytest.mark.parametrize("data", [[], {}, {"scans": 7}], ids=["a list", "nothing", "a number"])
    def test_a_body_that_is_no_batch_is_refused(self, client, data):
        assert self.call(client, "scans", data).json()["fields"].keys() == {"scans"}

    def test_a_batch_over_the_limit_is_refused(self, client):
        assert self.call(client, "scans", {"scans": [{}] * 201}).status_code == 413

    def test_every_scan_is_told_its_outcome(self, client):
        answer = self.call(client, "scans", {"scans": [scan("a", plate=PLATE), {"client_id": "b"}]})
        assert (answer.status_code, [each["outcome"] for each in answer.json()["results"]]) == (
            202,
            ["accepted", "rejected"],
        )

    def test_a_plate_check_tells_a_word_and_leaves_a_trace(self, client):
        answer = self.call(client, "plate-check", {"plate": "鄂l·12345"}).json()
        assert answer == {"plate": PLATE, "result": "unknown", "due_fen": 0}
        assert PlateTrace.objects.get().query == PLATE

    @pytest.mark.parametrize("plate", ["", "x", None, 7, "x" * 100])
    def test_what_is_no_plate_is_named(self, client, plate):
        assert self.call(client, "plate-check", {"plate": plate}).json()["fields"].keys() == {"plate"}

    def test_illegal_parking_needs_two_different_pictures(self, client):
        one, other = (base64.b64encode(shot(mark=mark)).decode() for mark in "12")
        said = scan("r1", kind="illegal", plate=PLATE, pictures=[{"data": one}, {"data": one}])
        assert self.call(client, "reports", said).json()["fields"].keys() == {"pictures"}
        said["pictures"] = [{"data": one}, {"data": other}]
        assert self.call(client, "reports", said).status_code == 202
        assert self.call(client, "reports", said).json()["outcome"] == "duplicate"
        assert (StreetReport.objects.count(), Picture.objects.filter(source="report").count()) == (1, 2)

    def test_a_fault_is_reported_once(self, client):
        for _ in range(2):
            assert self.call(client, "faults", scan("f", device="CAM-1", note="dark")).status_code == 202
        assert StreetReport.objects.get().kind == "fault"

    def test_a_route_s_coverage_tells_each_berths_last_pass(self, client):
        self.call(client, "scans", {"scans": [scan("a", plate=PLATE), scan("b", berth="A02", empty=True)]})
        (road,) = self.call(client, "coverage", road="A").json()["results"]
        assert (road["berths"], road["passed"]) == (4, 2)
        assert [each["berth"] for each in road["passes"] if each["last_at"]] == ["A01", "A02"]
        assert self.call(client, "coverage", road="A", vehicle="E-9").json()["results"][0]["passed"] == 0


@pytest.mark.django_db
class TestTasks:
    def test_a_task_is_named_by_its_reason_and_goes_when_somebody_looked(self, inspector):
        street.build()
        now = timezone.now()
        say(
            event(now - timedelta(hours=1), "arrival", witness=Witness.GEOMAGNETIC),
            event(now - timedelta(hours=1), "arrival", berth="A02", plate=PLATE, plate_confidence=0.6),
            event(now - timedelta(hours=1), "arrival", berth="A03", plate=OTHER_PLATE, plate_confidence=0.99),
            event(now - timedelta(hours=30), "vacant", berth="A04", witness=Witness.GEOMAGNETIC),
            now=now,
        )
        fold()
        assert [(task.why, task.berth) for task in duties.tasks(roads=["A"], at=None, now=now)] == [
            ("no_plate", "A01"),
            ("low_confidence", "A02"),
            ("silent", "A04"),
        ]
        record(inspector, scan("1", plate=PLATE), scan("4", berth="A04", empty=True))
        assert [task.berth for task in duties.tasks(roads=["A"], at=None, now=timezone.now())] == ["A02"]

    def test_a_shift_names_the_roads_and_one_runs_at_a_time(self, inspector):
        street.build()
        now = timezone.now()
        for number, ago in (("s1", 7200), ("s2", 60)):
            said = scan(number, ago=ago, roads="A", berth=None)
            assert scans_leaving(inspector, "shift_start", said)["outcome"] == "accepted"
        assert Shift.objects.filter(ended_at__isnull=True).count() == 1
        assert duties.roads_of(inspector) == ["A"]
        assert scans_leaving(inspector, "shift_start", scan("s3", roads="NOWHERE"))["field"] == "roads"
        scans_leaving(inspector, "shift_end", scan("s4", ago=0))
        assert duties.shift_of(inspector) is None
        assert Shift.objects.filter(started_at__lte=now).count() == 2


def scans_leaving(user, kind, said):
    return leaving.take(kind, said, user=user, now=timezone.now()).as_dict()


@pytest.fixture
def amsterdam(db):
    """The bays of the published rows as berths, and the rows that fall upon them, moved to the last day."""
    bays = json.loads((DATA / "patrol_amsterdam_bays.json").read_text())["bays"]
    road = Road.objects.create(code="AMS", name="AMS", zone=Zone.objects.create(code="AMS", name="AMS"))
    made = []
    for bay in bays:
        ring = bay["multipolygon_lon_lat"][0][0]
        x = sum(point[0] for point in ring) / len(ring)
        y = sum(point[1] for point in ring) / len(ring)
        shape = {"type": "Polygon", "coordinates": [ring]}
        made.append(Berth(road=road, code=bay["id"], longitude=x, latitude=y, geometry=shape))
    Berth.objects.bulk_create(made)
    with (DATA / "patrol_amsterdam_scans.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["longitude"] and row["latitude"]]


@pytest.mark.timeout(300)
def test_amsterdams_rows_are_each_recorded_once_and_none_moves_a_car_to_a_neighbour(amsterdam, inspector):
    now = timezone.now()
    items = [
        {
            "client_id": f"{row['id']}-{number}",
            "seen_at": (now - timedelta(seconds=86_000 - 20 * number)).isoformat(),
            "longitude": float(row["longitude"].replace(",", ".")),
            "latitude": float(row["latitude"].replace(",", ".")),
            "accuracy_m": 1.5,
            "vehicle": row["scan_source"] or "SCANCAR",
        }
        for number, row in enumerate(amsterdam)
    ]
    told: list[dict] = []
    for start in range(0, len(items), scans.BATCH):
        told += record(inspector, *items[start : start + scans.BATCH])
    again: list[dict] = []
    for start in range(0, len(items), scans.BATCH):
        again += record(inspector, *items[start : start + scans.BATCH])
    assert {each["outcome"] for each in told} == {"accepted"}
    assert {each["outcome"] for each in again} == {"duplicate"}
    assert PatrolCheck.objects.count() == len(items)
    # Rows whose own bay was not published beside them could only go wrong.
    known = set(Berth.objects.values_list("code", flat=True))
    bays = {f"{row['id']}-{number}": row["parkeervak_id"] for number, row in enumerate(amsterdam)}
    counts = Counter(
        (each["match"], each["berth"] == bays[each["client_id"]]) for each in told if bays[each["client_id"]] in known
    )
    assert counts["placed", True] > 200
    assert counts["placed", False] == 0
    assert EventRecord.objects.filter(source="inspection").count() == sum(each["fed"] for each in told)
