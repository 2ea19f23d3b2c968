from datetime import timedelta

import pytest
from django.utils import timezone

from parking import codes
from parking.codes import Refusal
from parking.models import SignInCode, User

pytestmark = pytest.mark.django_db
PHONE = "13812345678"
NOW = timezone.now()


def ask(*, at=NOW, phone=PHONE, address="192.0.2.1"):
    return codes.issue(phone=phone, address=address, now=at)


def other(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def later(**span):
    return NOW + timedelta(**span)


def test_a_second_code_within_a_minute_is_refused_with_the_wait():
    ask()
    refused = ask(at=later(seconds=40))
    assert (refused.code, refused.refusal, refused.wait) == ("", Refusal.TOO_SOON, timedelta(seconds=20))


def test_a_sixth_code_within_an_hour_is_refused():
    sent = [ask(at=later(minutes=2 * n)).refusal for n in range(6)]
    assert sent == [None] * 5 + [Refusal.TOO_MANY]


def test_one_address_can_not_call_up_many_phones():
    sent = [ask(phone=f"138000000{n:02}").refusal for n in range(21)]
    assert sent == [None] * 20 + [Refusal.TOO_MANY]


def test_a_wrong_code_is_refused_and_five_of_them_spend_it():
    code = ask().code
    for _ in range(5):
        assert codes.redeem(phone=PHONE, code=other(code), now=NOW) is Refusal.WRONG
    assert codes.redeem(phone=PHONE, code=code, now=NOW) is Refusal.EXPIRED
    assert not User.objects.exists()


def test_a_code_dies_after_five_minutes():
    code = ask().code
    assert codes.redeem(phone=PHONE, code=code, now=later(minutes=5)) is Refusal.EXPIRED


def test_a_code_opens_one_door_once():
    code = ask().code
    assert isinstance(codes.redeem(phone=PHONE, code=code, now=NOW), User)
    assert codes.redeem(phone=PHONE, code=code, now=NOW) is Refusal.EXPIRED


def test_an_older_code_is_worth_nothing_once_a_newer_one_was_sent_or_used():
    old = ask().code
    new = ask(at=later(seconds=61)).code
    if old != new:
        assert codes.redeem(phone=PHONE, code=old, now=later(seconds=62)) is Refusal.WRONG
    codes.redeem(phone=PHONE, code=new, now=later(seconds=63))
    assert codes.redeem(phone=PHONE, code=old, now=later(seconds=64)) is Refusal.EXPIRED


def test_a_code_is_worth_nothing_for_another_phone():
    code = ask().code
    ask(phone="13900000000")
    theirs = SignInCode.objects.get(phone="13900000000")
    SignInCode.objects.filter(phone=PHONE).exclude(digest=theirs.digest).update(
        phone="13900000000", sent_at=later(minutes=1)
    )
    assert codes.redeem(phone="13900000000", code=code, now=NOW) is Refusal.WRONG


@pytest.mark.parametrize("field", ["is_staff", "is_superuser"])
def test_staff_can_not_go_round_their_password(field):
    User.objects.create(username="boss", phone=PHONE, **{field: True})
    assert codes.redeem(phone=PHONE, code=ask().code, now=NOW) is Refusal.STAFF


def test_the_code_itself_is_not_kept():
    code = ask().code
    row = SignInCode.objects.values().get()
    assert code not in str({name: value for name, value in row.items() if name not in ("sent_at", "expires_at")})


def test_a_first_visit_makes_an_account_without_a_password_and_the_next_finds_it():
    first = codes.redeem(phone=PHONE, code=ask().code, now=NOW)
    again = codes.redeem(phone=PHONE, code=ask(at=later(minutes=2)).code, now=later(minutes=2))
    assert first == again
    assert User.objects.get().phone == PHONE
    assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13812345678", PHONE),
        (" 138 1234 5678 ", PHONE),
        ("+86 138-1234-5678", PHONE),
        ("008613812345678", PHONE),
        ("１３８１２３４５６７８", PHONE),
        ("12812345678", ""),
        ("1381234567", ""),
        ("138123456789", ""),
        ("手机号", ""),
        ("13812345678\u202e", ""),
        ("", ""),
    ],
)
def test_a_phone_is_read_as_people_write_it(text, phone):
    assert codes.tidy(text) == phone
