"""WeChat sign-in for the mini-program: a one-use code becomes the person's openid.

Source: WeChat open documentation, 小程序登录 (GET /sns/jscode2session).
"""

import hashlib
import logging
from dataclasses import dataclass
from enum import StrEnum

import httpx
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from parking.models import User

log = logging.getLogger(__name__)
_PATIENCE_S = 5.0
# 40029: not a code; 40163: used before; 40226: the account is barred by WeChat.
_REFUSED = frozenset({40029, 40163, 40226})


class Trouble(StrEnum):
    """Why there is no openid."""

    BAD_CODE = "bad_code"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Person:
    """The openid of whoever showed the code."""

    openid: str


def ask(code: str) -> Person | Trouble:
    """Exchange a code of `wx.login` for the openid; the session key is dropped. Asks the network."""
    query = {
        "appid": settings.WECHAT_LOGIN["appid"],
        "secret": settings.WECHAT_LOGIN["secret"],
        "js_code": code,
        "grant_type": "authorization_code",
    }
    try:
        answer = httpx.get(f"{settings.WECHAT_LOGIN['host']}/sns/jscode2session", params=query, timeout=_PATIENCE_S)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        # The error's own text may hold the address with the secret.
        log.warning("WeChat sign-in gave no answer: %s", type(error).__name__)
        return Trouble.SILENT
    if not isinstance(told, dict):
        return Trouble.SILENT
    if told.get("errcode") in _REFUSED:
        return Trouble.BAD_CODE
    openid = told.get("openid")
    if not isinstance(openid, str) or not 0 < len(openid) <= 64:
        log.warning("WeChat sign-in refused us: %s", told.get("errcode"))
        return Trouble.SILENT
    return Person(openid)


def user_of(person: Person) -> User | None:
    """The account of that openid; a first visit makes it. None for staff and closed accounts."""
    name = "wechat-" + hashlib.sha256(person.openid.encode()).hexdigest()[:16]
    user, _made = User.objects.get_or_create(
        wechat_openid=person.openid, defaults={"username": name, "password": make_password(None)}
    )
    return user if user.is_active and not user.is_staff and not user.is_superuser else None


def join(person: Person, *, user: User) -> None:
    """From now on that openid opens this account; whoever shows the code has it in hand, so it leaves any other."""
    with transaction.atomic():
        User.objects.filter(wechat_openid=person.openid).exclude(pk=user.pk).update(wechat_openid=None)
        User.objects.filter(pk=user.pk).update(wechat_openid=person.openid)
