"""Reports by e-mail: yesterday's each morning, last month's on the first. Once to each person."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext

from parking.models import ReportRecipient, ReportSent
from parking.orders import CITY_TIME
from parking.reports import building, writing

TRIES = 3
# A claim so old belongs to a worker that died.
GIVEN_UP_AFTER = timedelta(minutes=30)


def due(*, now: datetime) -> list[str]:
    """The periods that are over and whose turn it is: yesterday, and last month on the first of a month."""
    today = now.astimezone(CITY_TIME).date()
    yesterday = today - timedelta(days=1)
    return [yesterday.isoformat(), *([f"{yesterday:%Y-%m}"] if today.day == 1 else [])]


def send_due(*, now: datetime) -> int:
    """Send what is due and was not sent yet; a failure is tried again at the next turn. Gives how many went out."""
    sent = 0
    for name in due(now=now):
        wants = Q(monthly=True) if len(name) == 7 else Q(daily=True)
        for recipient in ReportRecipient.objects.filter(wants):
            sent += _send(recipient, name, now=now)
    return sent


def _send(recipient: ReportRecipient, name: str, *, now: datetime) -> bool:
    row, fresh = ReportSent.objects.get_or_create(recipient=recipient, period=name, defaults={"claimed_at": now})
    if not fresh:
        again = ReportSent.objects.filter(Q(claimed_at__lt=now - GIVEN_UP_AFTER) | ~Q(error=""), pk=row.pk)
        again = again.filter(sent_at__isnull=True, tries__lt=TRIES)
        if not again.update(claimed_at=now, tries=F("tries") + 1, error=""):
            return False
    try:
        with translation.override(recipient.language):
            message = _message(recipient, name, now=now)
        message.send()
    except Exception as error:  # whatever the mail server or the paper said: it is kept, and the others get theirs
        ReportSent.objects.filter(pk=row.pk).update(error=f"{type(error).__name__}: {error}"[:300])
        return False
    ReportSent.objects.filter(pk=row.pk).update(sent_at=now)
    return True


def _message(recipient: ReportRecipient, name: str, *, now: datetime) -> EmailMessage:
    report = building.build(building.period(name, now=now), now=now)
    kind = gettext("月报") if report.period.monthly else gettext("日报")
    lines = "\n".join(f"{label}: {value}" for label, value in report.headline)
    message = EmailMessage(
        subject=f"{settings.OPERATOR['name']} {kind} {name}",
        body=f"{lines}\n",
        to=[recipient.email],
    )
    message.attach(f"{name}.pdf", writing.pdf(report), "application/pdf")
    message.attach(
        f"{name}.xlsx", writing.xlsx(report), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    return message
