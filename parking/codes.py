"""One-time codes: a phone proves itself with six digits. Five tries, five minutes, one use."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import connection, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from parking.models import SignInCode, User
from payments import messengers
from payments.messengers.base import NotTaken, Sms

LIVES = timedelta(minutes=5)
TRIES = 5
ONE_A_PHONE_IN = timedelta(seconds=60)
A_PHONE_AN_HOUR = 5
AN_ADDRESS_A_DAY = 20

_PHONE = re.compile(r"1[3-9][0-9]{9}")


class Refusal(StrEnum):
    """Why a code is not sent or not accepted."""

    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"
    WRONG = "wrong"
    EXPIRED = "expired"
    STAFF = "staff"


WORDS: dict[Refusal, StrPromise] = {
    Refusal.TOO_MANY: _("这个号码或网络今天要的验证码太多了，请稍后再试，或拨打服务电话。"),
    Refusal.WRONG: _("验证码不对。请对照最新一条短信重新填写。"),
    Refusal.EXPIRED: _("验证码已失效。请返回上一步重新获取。"),
    Refusal.STAFF: _("这个号码属于工作账号，请用用户名和密码从工作台登录。"),
}


@dataclass(frozen=True, slots=True)
class Issued:
    """A code to be delivered, or the refusal. `wait` is how long until another may be asked for."""

    code: str = ""
    refusal: Refusal | None = None
    wait: timedelta = timedelta(0)


def tidy(text: str) -> str:
    """A mainland mobile number as 11 digits, "" when the text is none."""
    digits = re.sub(r"[\s\-().]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", digits)
    return digits if _PHONE.fullmatch(digits) else ""


def issue(*, phone: str, address: str | None, now: datetime) -> Issued:
    """Make a code for a phone. Only its HMAC is kept. The answer is the same for a known and an unknown phone."""
    with transaction.atomic():
        _queue(phone)
        sent = SignInCode.objects.filter(phone=phone, sent_at__gt=now - timedelta(hours=1)).order_by("-sent_at")
        moments = list(sent.values_list("sent_at", flat=True)[:A_PHONE_AN_HOUR])
        if moments and now - moments[0] < ONE_A_PHONE_IN:
            return Issued(refusal=Refusal.TOO_SOON, wait=ONE_A_PHONE_IN - (now - moments[0]))
        if len(moments) >= A_PHONE_AN_HOUR:
            return Issued(refusal=Refusal.TOO_MANY, wait=timedelta(hours=1) - (now - moments[-1]))
        day = SignInCode.objects.filter(address=address, sent_at__gt=now - timedelta(days=1))
        if address is not None and day.count() >= AN_ADDRESS_A_DAY:
            return Issued(refusal=Refusal.TOO_MANY, wait=timedelta(days=1))
        code = f"{secrets.randbelow(1_000_000):06d}"
        SignInCode.objects.create(
            phone=phone, digest=_digest(phone, code), address=address, sent_at=now, expires_at=now + LIVES
        )
    return Issued(code=code)


def deliver(*, phone: str, code: str) -> bool:
    """Send the code by the provider of the settings; False when it was certainly not taken. Asks the network."""
    sms = Sms(to=phone, template="code", params={"code": code})
    return not isinstance(messengers.provider().send(sms), NotTaken)


def redeem(*, phone: str, code: str, now: datetime) -> User | Refusal:
    """The person behind a phone, when the code is the newest one sent to it; a first visit makes the account.

    A wrong code costs one of five tries. Staff are refused: they sign in with a password and a second factor, and a
    code by phone must not be a way around that.
    """
    with transaction.atomic():
        _queue(phone)
        newest = SignInCode.objects.filter(phone=phone).order_by("-sent_at", "-pk").first()
        if newest is None or newest.used_at or newest.expires_at <= now or newest.tries >= TRIES:
            return Refusal.EXPIRED
        if not constant_time_compare(newest.digest, _digest(phone, code)):
            SignInCode.objects.filter(pk=newest.pk).update(tries=F("tries") + 1)
            return Refusal.WRONG
        SignInCode.objects.filter(pk=newest.pk).update(used_at=now)
        user = User.objects.filter(phone=phone).first()
        if user is None:
            user = User(username=f"phone-{secrets.token_hex(8)}", phone=phone)
            user.set_unusable_password()
            user.save()
    if user.is_staff or user.is_superuser or not user.is_active:
        return Refusal.STAFF
    return user


def _digest(phone: str, code: str) -> str:
    return salted_hmac("parking.codes", f"{phone}:{code}", algorithm="sha256").hexdigest()


def _queue(phone: str) -> None:
    """Requests for one phone wait for each other, so that counting and adding are one step."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"code:{phone}"])
