"""The rules of a road: defaults, its mix of devices, its own; changed with a reason, told for any moment."""

import pytest
from django.urls import reverse

from parking import policies
from parking.domain.policy import DEFAULT, FIELDS, PolicyError
from parking.models import PolicyChange, Road, User
from tests import street
from tests.street import at, event, fold, say, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def road():
    return street.build()


@pytest.fixture
def boss():
    return User.objects.create_superuser("boss", password="x")


def change(road, boss, *, policy, mix="all", reason="a trial", now="09:00"):
    return policies.change(road.id, mix=mix, policy=policy, by=boss, reason=reason, now=at(now))


def test_rules_that_are_none_are_refused(road, boss):
    with pytest.raises(PolicyError) as refused:
        change(road, boss, policy={"pictures": 99})
    assert refused.value.field == "pictures"
    with pytest.raises(ValueError, match="reason"):
        change(road, boss, policy={"pictures": 2}, reason=" ")
    assert not PolicyChange.objects.exists()


def test_a_road_has_the_defaults_of_its_mix_and_its_own_on_top(road, boss):
    assert policies.roads([road.id])[road.id].policy == DEFAULT
    change(road, boss, mix="patrol", policy={"pictures": 2})
    rules = policies.roads([road.id])[road.id].policy
    assert (rules.patrol_opens, rules.patrol_gap_minutes, rules.pictures) == (True, 90, 2)


def test_the_rules_of_any_moment_can_be_told(road, boss):
    change(road, boss, policy={"pictures": 2}, now="09:00")
    change(road, boss, policy={"pictures": 3}, now="10:00")
    assert not change(road, boss, policy={"pictures": 3}, now="11:00")
    assert [policies.at(road.id, at(clock)).pictures for clock in ("08:59", "09:00", "09:59", "10:00", "12:00")] == [
        0, 2, 2, 3, 3,
    ]  # fmt: skip


def test_what_is_billed_stays_billed_when_the_rules_grow_stricter(road, boss):
    say(event("08:00", "arrival", plate="鄂L12345"), event("09:10", "departure", plate="鄂L12345"))
    fold(now=at("09:20"))
    change(road, boss, policy={"pictures": 2}, now="09:30")
    say(event("10:00", "arrival", plate="鄂L12345"), event("11:10", "departure", plate="鄂L12345"))
    fold(now=at("12:00"))
    assert [row[3] for row in story()] == ["billed", "held"]


def test_the_desk_explains_each_rule_in_the_readers_language_and_keeps_the_change(client, road, boss):
    client.force_login(boss)
    address = reverse("admin:parking_road_change", args=[road.id])
    page = client.get(address).content.decode()
    assert all(field.text in page for field in FIELDS.values() if "“" not in field.text)
    english = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert FIELDS["settle_seconds"].text_en in english
    told = {
        "code": road.code, "name": road.name, "zone": road.zone_id, "phase": 1, "geometry": "{}", "opened": "on",
        "mix": "camera", "policy_pictures": "2", "policy_free_settles": "no",
    }  # fmt: skip
    refused = client.post(address, told)
    assert "请写明理由" in refused.content.decode()
    out_of_range = client.post(address, told | {"policy_pictures": "99", "policy_reason": "x"})
    assert out_of_range.status_code == 200
    assert not PolicyChange.objects.exists()
    assert client.post(address, told | {"policy_reason": "two pictures each"}).status_code == 302
    kept = PolicyChange.objects.get()
    assert (kept.policy, kept.mix, kept.by, kept.reason) == (
        {"pictures": 2, "free_settles": False}, "camera", boss, "two pictures each",
    )  # fmt: skip
    again = Road.objects.get()
    assert (again.mix, again.policy) == ("camera", {"pictures": 2, "free_settles": False})
    assert client.get(reverse("admin:parking_policychange_changelist")).status_code == 200
