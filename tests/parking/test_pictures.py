"""Evidence pictures: kept once, developed, shown to the right people, billed by, and let go."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from parking import pictures
from parking.models import Discrepancy, ParkingSession, Picture, PictureAlarm, PictureBytes, PlateTrace, User, Vehicle
from parking.pictures import Arrived, Outcome, Side
from tests import street
from tests.parking.shots import shot
from tests.street import PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db


def arrived(event_id="in", name="1", *, body=None, role="arrival", source="camera", **more):
    return Arrived(
        source=source, event_id=event_id, name=name, role=role, body=shot(mark=name) if body is None else body, **more
    )


def keep(*items, now=None):
    return pictures.keep([pictures.examine(each) for each in items], now=now or timezone.now())


def named(reference, **more):
    return Arrived(source="camera", event_id="in", name=reference, role="arrival", reference=reference, **more)


def stay(*, plate=PLATE, berth="A01"):
    """A stay with two pictures at each end, developed and folded."""
    say(
        event("08:00", "arrival", plate=plate, plate_color="blue", berth=berth, event_id="in", picture_count=2),
        event("09:00", "departure", plate=plate, plate_color="blue", berth=berth, event_id="out", picture_count=2),
    )
    for event_id, role in (("in", "arrival"), ("out", "departure")):
        keep(arrived(event_id, "1", role=role), arrived(event_id, "2", role=role))
    pictures.develop(now=timezone.now())
    fold(later=600)
    return ParkingSession.objects.get()


@pytest.fixture
def driver():
    user = User.objects.create(username="driver")
    Vehicle.objects.create(user=user, plate=PLATE, plate_color="blue", bound_at=at("00:00"), verified_at=at("00:00"))
    return user


class TestKeeping:
    def test_what_is_no_picture_leaves_a_row_with_the_reason_and_no_bytes(self):
        (kept,) = keep(arrived(body=b"<svg/>"))
        assert (kept.outcome, kept.code) == (Outcome.REFUSED, "not_a_picture")
        assert Picture.objects.get().refused == "not_a_picture"
        assert not PictureBytes.objects.exists()

    def test_a_picture_that_is_too_heavy_is_refused(self, settings):
        settings.EVIDENCE_MAX_BYTES = 100
        assert keep(arrived())[0].code == "too_large"

    def test_the_same_bytes_again_are_a_duplicate_and_others_a_conflict(self):
        first = shot(mark="first")
        outcomes = [keep(arrived(body=body))[0].outcome for body in (first, first, shot(mark="second"))]
        assert outcomes == [Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.CONFLICT]
        assert Picture.objects.get().sha256 == hashlib.sha256(first).hexdigest()

    def test_a_sound_picture_takes_the_place_of_a_refused_one(self):
        keep(arrived(body=b"junk"))
        assert keep(arrived())[0].outcome is Outcome.ACCEPTED
        assert Picture.objects.get().refused == ""

    def test_a_name_that_was_announced_is_filled_when_the_picture_comes(self):
        address = "http://pictures.example/1.jpg"
        keep(named(address))
        keep(arrived(name=address))
        picture = Picture.objects.get()
        assert (picture.reference, bool(picture.sha256)) == (address, True)

    def test_twice_in_one_batch_is_once(self):
        outcomes = [each.outcome for each in keep(arrived(), arrived())]
        assert outcomes == [Outcome.ACCEPTED, Outcome.DUPLICATE]

    def test_the_statements_do_not_grow_with_the_batch(self, django_assert_num_queries):
        with django_assert_num_queries(4):
            keep(arrived())
        with django_assert_num_queries(4):
            keep(*(arrived(name=f"n{number}") for number in range(30)))

    def test_a_very_long_name_is_told_apart_by_its_whole_length(self):
        keep(arrived(name="x" * 500 + "1"), arrived(name="x" * 500 + "2"))
        assert Picture.objects.count() == 2

    def test_a_transaction_that_fails_keeps_nothing(self):
        with transaction.atomic():
            keep(arrived())
            transaction.set_rollback(True)
        assert not Picture.objects.exists()


class TestDeveloping:
    def test_two_copies_are_stored_with_their_digests_and_the_original_goes(self):
        keep(arrived())
        assert pictures.develop(now=timezone.now()) == 1
        picture = Picture.objects.get()
        for name, digest in ((picture.large, picture.large_sha256), (picture.small, picture.small_sha256)):
            with storages["evidence"].open(name) as file:
                assert hashlib.sha256(file.read()).hexdigest() == digest
        assert not PictureBytes.objects.exists()

    def test_a_picture_damaged_behind_its_head_is_refused_later_with_the_reason(self):
        body = shot(width=640, height=360)
        keep(arrived(body=body[: len(body) // 2]))
        pictures.develop(now=timezone.now())
        assert Picture.objects.get().refused == "damaged"
        assert not PictureBytes.objects.exists()

    def test_a_storage_that_is_away_loses_nothing(self, settings, tmp_path):
        blocked = tmp_path / "file"
        blocked.write_text("no folder")
        settings.STORAGES = settings.STORAGES | {
            "evidence": {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": str(blocked)},
            }
        }
        now = timezone.now()
        keep(arrived())
        assert pictures.develop(now=now) == 0
        assert PictureBytes.objects.exists()
        settings.STORAGES = settings.STORAGES | {
            "evidence": {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": str(tmp_path)},
            }
        }
        assert pictures.develop(now=now + timedelta(minutes=1)) == 1

    def test_two_workers_do_not_take_the_same_picture(self):
        keep(arrived())
        now = timezone.now()
        Picture.objects.update(claimed_at=now)
        assert pictures.develop(now=now + timedelta(seconds=30)) == 0
        assert pictures.develop(now=now + timedelta(minutes=6)) == 1


class TestBilling:
    def test_a_road_that_asks_for_pictures_bills_when_the_last_one_has_come(self):
        street.build(policy={"pictures": 2})
        say(
            event("08:00", "arrival", plate=PLATE, event_id="in", picture_count=2, plate_confidence=0.99),
            event("09:00", "departure", plate=PLATE, event_id="out", picture_count=2, plate_confidence=0.99),
        )
        fold(later=900)
        held = ParkingSession.objects.get()
        assert (held.status, held.holds) == ("held", ["evidence_missing"])
        keep(arrived("in", "1"), arrived("in", "2"), arrived("out", "1"))
        pictures.develop(now=timezone.now())
        fold(later=900)
        assert ParkingSession.objects.get().status == "held"
        keep(arrived("out", "2"))
        pictures.develop(now=timezone.now())
        fold(later=900)
        billed = ParkingSession.objects.get()
        assert (billed.status, billed.holds) == ("billed", [])

    def test_a_refused_picture_proves_nothing(self):
        street.build(policy={"pictures": 1})
        say(
            event("08:00", "arrival", plate=PLATE, event_id="in"),
            event("09:00", "departure", plate=PLATE, event_id="out"),
        )
        keep(arrived("in", "1"), arrived("out", "1", body=b"junk"))
        pictures.develop(now=timezone.now())
        fold(later=900)
        assert "evidence_missing" in ParkingSession.objects.get().holds

    def test_a_road_that_does_not_ask_is_not_read_again(self):
        street.build()
        stay()
        assert fold(later=3600).berths == 0


class TestShowing:
    def test_another_drivers_order_is_not_found(self, client, driver):
        street.build()
        session = stay(plate="鄂L99999")
        client.force_login(driver)
        assert client.get(f"/driver/orders/{session.number}/").status_code == 404

    def test_a_link_is_for_whom_it_was_made(self, client, driver):
        street.build()
        session = stay()
        link = pictures.of([session], viewer=driver, now=timezone.now())[session.id][0].small
        assert client.get(link).status_code == 403
        client.force_login(User.objects.create(username="other"))
        assert client.get(link).status_code == 403
        client.force_login(driver)
        assert client.get(link).status_code == 200

    def test_a_forged_link_is_not_found(self, client):
        assert client.get("/evidence/WzEsInNtYWxsIiwwXQ:1abc:nonsense/").status_code == 404

    def test_a_link_is_over_after_five_minutes(self, client, driver, time_machine_at):
        street.build()
        session = stay()
        client.force_login(driver)
        with time_machine_at(timezone.now() - timedelta(minutes=6)):
            link = pictures.of([session], viewer=driver, now=timezone.now())[session.id][0].small
        assert client.get(link).status_code == 410

    def test_an_altered_copy_is_never_served_and_leaves_one_alarm(self, client, driver):
        street.build()
        session = stay()
        shown = pictures.of([session], viewer=driver, now=timezone.now())[session.id][0]
        client.force_login(driver)
        name = Picture.objects.get(id=shown.id).small
        storages["evidence"].save(name, ContentFile(shot(mark="forged")))
        assert [client.get(shown.small).status_code for _ in range(2)] == [410, 410]
        assert (PictureAlarm.objects.get().times, client.get(shown.large).status_code) == (2, 200)

    def test_a_lost_file_leaves_an_alarm(self, client, driver):
        street.build()
        session = stay()
        shown = pictures.of([session], viewer=driver, now=timezone.now())[session.id][0]
        storages["evidence"].delete(Picture.objects.get(id=shown.id).large)
        client.force_login(driver)
        assert client.get(shown.large).status_code == 410
        assert PictureAlarm.objects.get().found == ""

    def test_a_picture_is_served_as_a_picture_and_kept_by_no_proxy(self, client, driver):
        street.build()
        session = stay()
        client.force_login(driver)
        answer = client.get(pictures.of([session], viewer=driver, now=timezone.now())[session.id][0].large)
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"].startswith("private")
        assert answer.content[:3] == b"\xff\xd8\xff"

    def test_the_drivers_order_shows_both_ends(self, client, driver):
        street.build()
        session = stay()
        client.force_login(driver)
        page = client.get(f"/driver/orders/{session.number}/").content.decode()
        assert (page.count("驶入照片"), page.count("驶离照片"), page.count("<img")) == (2, 2, 4)

    def test_sides_follow_the_events_in_one_query(self, driver, django_assert_num_queries):
        street.build()
        session = stay()
        with django_assert_num_queries(1):
            shown = pictures.of([session], viewer=driver, now=timezone.now())[session.id]
        assert [each.side for each in shown] == [Side.ENTRY, Side.ENTRY, Side.EXIT, Side.EXIT]

    def test_the_car_before_and_the_car_after_are_not_shown(self, driver):
        street.build()
        say(
            event("07:00", "arrival", plate="鄂L11111", event_id="b-in"),
            event("07:59", "departure", plate="鄂L11111", event_id="b-out"),
            event("08:00", "arrival", plate=PLATE, event_id="in"),
            event("09:00", "departure", plate=PLATE, event_id="out"),
            event("09:01", "arrival", plate="鄂L22222", event_id="a-in"),
        )
        keep(*(arrived(event_id, "1") for event_id in ("b-in", "b-out", "in", "out", "a-in")))
        pictures.develop(now=timezone.now())
        fold(later=900)
        session = ParkingSession.objects.get(plate=PLATE)
        shown = pictures.of([session], viewer=driver, now=timezone.now())[session.id]
        assert {each.event_id for each in shown} == {"in", "out"}

    def test_a_revoked_events_pictures_are_not_shown(self, driver):
        street.build()
        session = stay()
        say(event("09:05", "revoked", revokes="in"))
        shown = pictures.of([session], viewer=driver, now=timezone.now())[session.id]
        assert {each.event_id for each in shown} == {"out"}

    def test_staff_who_look_leave_a_trace(self, admin_client):
        street.build()
        session = stay()
        page = admin_client.get(f"/admin/parking/parkingsession/{session.pk}/change/").content.decode()
        assert page.count("/evidence/") == 8
        trace = PlateTrace.objects.get(through="session")
        assert (trace.query, trace.rows) == (session.number, 4)


class TestAgeing:
    def days(self, count):
        return timezone.now() + timedelta(days=count)

    def test_an_unpaid_orders_pictures_stay(self):
        street.build()
        stay()
        assert pictures.expire(now=self.days(400)) == 0

    def test_a_disputed_orders_pictures_stay(self):
        street.build()
        session = stay()
        ParkingSession.objects.update(status="void")
        Discrepancy.objects.create(
            berth=session.berth, session=session, event="x", reason="late_fact", found_at=timezone.now()
        )
        assert pictures.expire(now=self.days(400)) == 0

    def test_a_closed_orders_pictures_go_after_ninety_days_and_their_rows_stay(self):
        street.build()
        stay()
        ParkingSession.objects.update(status="void", charge=None)
        names = list(Picture.objects.values_list("large", flat=True))
        assert pictures.expire(now=self.days(89)) == 0
        assert pictures.expire(now=self.days(91), batch=3) == 4
        assert not any(storages["evidence"].exists(name) for name in names)
        assert Picture.objects.filter(expired_at__isnull=False, large="").count() == 4

    def test_a_picture_whose_event_never_came_goes_after_a_week(self):
        keep(arrived("never"))
        pictures.develop(now=timezone.now())
        assert (pictures.expire(now=self.days(6)), pictures.expire(now=self.days(8))) == (0, 1)
