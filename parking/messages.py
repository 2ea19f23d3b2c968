"""What drivers are told: written once, read on the page, sent by SMS to those who chose it."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrPromise

from parking import masking
from parking.models import Appeal, Message, MessageChoice, User, Vehicle
from parking.models.drivers import Topic
from payments import charges, messengers
from payments.charges import Contact
from payments.messengers.base import NotTaken, Sms

log = logging.getLogger(__name__)
# Late news of an arrival is no news; a worker that was away for a night still tells of the bills.
ARRIVALS_FOR: Final = timedelta(hours=2)
BILLS_FOR: Final = timedelta(hours=24)
# After that the debit has come off or not, and the message can say which.
BILLS_AFTER: Final = timedelta(seconds=90)
KEPT: Final = timedelta(days=365)
_BATCH: Final = 200

TITLES: Mapping[str, StrPromise] = {
    "arrived": gettext_lazy("车已停入，开始计时"),
    "billed": gettext_lazy("车已离开，费用已算好"),
    "appeal_answered": gettext_lazy("申诉有了答复"),
    "proof_accepted": gettext_lazy("车主核验已通过"),
    "proof_refused": gettext_lazy("车主核验未通过"),
    "plate_taken": gettext_lazy("车牌已由另一位车主认证"),
    "plate_contested": gettext_lazy("有人申请认证您的车牌"),
    "shared": gettext_lazy("有人通过您的邀请绑定了车"),
}
BODIES: Mapping[str, StrPromise] = {
    "arrived": gettext_lazy("%(plate)s %(at)s 停入 %(place)s。离开后自动结算，不需要操作。"),
    "billed": gettext_lazy("%(plate)s 在 %(place)s 停到 %(at)s，费用 %(fee)s 元。"),
    "appeal_answered": gettext_lazy("申诉 %(number)s 有了答复，请查看结果和理由。"),
    "proof_accepted": gettext_lazy("%(plate)s 现在可以看停车明细了。"),
    "proof_refused": gettext_lazy("%(plate)s 没有通过核验：%(reason)s 可以重新提交行驶证照片。"),
    "plate_taken": gettext_lazy("%(plate)s 已由另一位车主凭行驶证认证。如果不对，请提交您的行驶证照片。"),
    "plate_contested": gettext_lazy("有人为 %(plate)s 提交了行驶证照片。请提交您的行驶证照片，工作人员会比对。"),
    "shared": gettext_lazy("%(plate)s 现在多了一位使用人，可以在车辆里取消。"),
}

# One statement tells everybody who proved a plate of the stays that have begun, or been billed, since the last look.
_TELL = """
INSERT INTO parking_message (user_id, topic, word, key, params, made_at, delivery)
SELECT v.user_id, %(topic)s, %(word)s, s.number,
       jsonb_build_object('plate', s.plate, 'road', r.name, 'road_en', r.name_en, 'berth', b.code,
                          'at', coalesce(s.left_at, s.arrived_at), 'fee_fen', s.fee_fen),
       %(now)s, CASE WHEN c.channel = 'sms' THEN 'waiting' ELSE '' END
  FROM parking_parkingsession s
  JOIN parking_vehicle v ON v.plate = s.plate AND s.plate_color IN (v.plate_color, 'unknown')
                        AND v.verified_at IS NOT NULL AND s.arrived_at >= v.bound_at
  JOIN parking_road r ON r.id = s.road_id
  JOIN parking_berth b ON b.id = s.berth_id
  LEFT JOIN parking_messagechoice c ON c.user_id = v.user_id AND c.topic = %(topic)s
 WHERE s.plate <> '' AND NOT s.contested AND coalesce(c.channel, 'page') <> 'off' AND {which}
   AND NOT EXISTS (SELECT 1 FROM parking_consent w WHERE w.user_id = v.user_id AND w.purpose = 'whereabouts'
                      AND w.withdrawn_at IS NOT NULL AND NOT EXISTS (
                          SELECT 1 FROM parking_consent g WHERE g.user_id = v.user_id AND g.purpose = 'whereabouts'
                             AND g.withdrawn_at IS NULL))
ON CONFLICT DO NOTHING
"""
_ARRIVED = _TELL.format(which="s.status = 'parked' AND s.arrived_at > %(since)s")
_BILLED = _TELL.format(which="s.status = 'billed' AND s.billed_at > %(since)s AND s.billed_at <= %(until)s")


def tell(*, user: User, topic: str, word: str, key: str, params: Mapping[str, Any], now: datetime) -> None:
    """Tell one person something, once by its key; what they chose for the topic decides how."""
    choice = MessageChoice.objects.filter(user=user, topic=topic).values_list("channel", flat=True).first()
    if choice == MessageChoice.Channel.OFF:
        return
    sms = Message.Delivery.WAITING if choice == MessageChoice.Channel.SMS else Message.Delivery.NONE
    Message.objects.bulk_create(
        [Message(user=user, topic=topic, word=word, key=key, params=dict(params), made_at=now, delivery=sms)],
        ignore_conflicts=True,
    )


def sweep(*, now: datetime) -> int:
    """Tell drivers of arrivals and bills that they have not been told of; two statements, however many."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVED, {"topic": Topic.ARRIVAL, "word": "arrived", "now": now, "since": now - ARRIVALS_FOR})
        told = int(cursor.rowcount)
        cursor.execute(
            _BILLED,
            {"topic": Topic.BILL, "word": "billed", "now": now, "since": now - BILLS_FOR, "until": now - BILLS_AFTER},
        )
        return told + int(cursor.rowcount)


def send(*, now: datetime) -> int:
    """Send the waiting messages by SMS; gives how many went out. A message missed is better than one sent twice."""
    sent = 0
    waiting = Message.objects.filter(delivery=Message.Delivery.WAITING).select_related("user").order_by("id")[:_BATCH]
    for message in waiting:
        taken = Message.objects.filter(pk=message.pk, delivery=Message.Delivery.WAITING)
        if not message.user.phone or not taken.update(delivery=Message.Delivery.SENT):
            continue
        template = "vehicle" if message.topic == Topic.VEHICLE else message.word
        params = {"plate": masking.plate(str(message.params.get("plate", ""))), "title": str(TITLES[message.word])}
        delivery = messengers.provider().send(Sms(to=message.user.phone, template=template, params=params))
        if isinstance(delivery, NotTaken):
            log.warning("an SMS after template %s was not taken: %s", template, delivery.code)
            Message.objects.filter(pk=message.pk).update(delivery=Message.Delivery.FAILED)
        else:
            sent += 1
    return sent


def urge(*, now: datetime) -> int:
    """Send what payments wants to urge to the phones of the plates' proved holders; gives how many went out.

    An order that was appealed before it was billed is not urged either.
    """
    appealed = Appeal.objects.filter(status__in=["open", "waits"], session__charge__isnull=False)
    charges.pause_urging(numbers=list(appealed.values_list("session__number", flat=True)), paused=True)
    plates = {waiting.plate for waiting in charges.waiting_urgings()}
    held = Vehicle.objects.filter(plate__in=plates, verified_at__isnull=False, shared_by=None, user__is_active=True)
    phones = dict(held.values_list("plate", "user__phone"))
    contacts = {plate: Contact(phone=phone) if (phone := phones.get(plate)) else None for plate in plates}
    return charges.send_urgings(contacts=contacts, now=now) if contacts else 0


def forget(*, now: datetime) -> int:
    """Delete messages older than a year; gives how many."""
    return Message.objects.filter(made_at__lt=now - KEPT).delete()[0]


def title(message: Message) -> str:
    """What it is about, in the reader's language."""
    return str(TITLES[message.word])


def body(message: Message, *, english: bool) -> str:
    """The whole sentence, in the reader's language."""
    told = dict(message.params)
    road = (told.get("road_en") if english else "") or told.get("road", "")
    said = {
        **told,
        "place": f"{road} {told.get('berth', '')}".strip(),
        "at": _clock(told.get("at")),
        "fee": f"{(told.get('fee_fen') or 0) / 100:.2f}",
    }
    return str(BODIES[message.word]) % said


def _clock(text: object) -> str:
    if not isinstance(text, str):
        return ""
    return f"{timezone.localtime(datetime.fromisoformat(text)):%m-%d %H:%M}"


def order_of(message: Message) -> str:
    """The order the message is about, "" when it is about none."""
    return message.key if message.topic in (Topic.ARRIVAL, Topic.BILL) else ""


def read(*, user: User, ids: Iterable[int] | None, now: datetime) -> int:
    """Mark messages as read: these, or all."""
    unread = Message.objects.filter(user=user, read_at=None)
    return (unread if ids is None else unread.filter(pk__in=list(ids))).update(read_at=now)


def choices(user: User) -> dict[str, str]:
    """What the person chose for each topic."""
    chosen = dict(MessageChoice.objects.filter(user=user).values_list("topic", "channel"))
    return {topic: chosen.get(topic, str(MessageChoice.Channel.PAGE)) for topic in Topic.values}


def choose(*, user: User, topic: str, channel: str) -> None:
    """Choose the way for a topic. SMS needs a phone. Raises ValueError with a sentence."""
    if channel == MessageChoice.Channel.SMS and not user.phone:
        raise ValueError(gettext("收短信要先用手机号登录一次。"))
    MessageChoice.objects.update_or_create(user=user, topic=topic, defaults={"channel": channel})
