"""From an application to a grant: one person applies, another decides, either's successor may revoke."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parking.exchange.catalogue import BY_CODE, Sharing
from parking.models import DataApplication, DataGrant, DataKey, DataSubscription, Department, User
from parking.orders import CITY_TIME

Status = DataApplication.Status
MOST_CALLS = 100_000
MOST_DAYS = 1_096


class NotGranted(Exception):
    """A step that is refused: the field it concerns ("" for the whole) and a sentence for people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def check(*, datasets: Sequence[str], purpose: str, basis: str, daily_calls: int, days: int) -> None:
    """Whether this may be asked for at all. Raises NotGranted for the first thing that is wrong."""
    if not datasets:
        raise NotGranted("datasets", _("请至少选择一个数据集。"))
    for code in datasets:
        found = BY_CODE.get(code)
        if found is None:
            raise NotGranted("datasets", _("目录中没有数据集 %s。") % code)
        if found.sharing is Sharing.NOT_SHARED:
            raise NotGranted("datasets", _("数据集 %s 不予共享。") % code)
        if found.sharing is Sharing.CONDITIONAL and not basis.strip():
            raise NotGranted("basis", _("数据集 %s 为有条件共享，请写明依据。") % code)
    if not purpose.strip():
        raise NotGranted("purpose", _("请写明用途。"))
    if not 1 <= daily_calls <= MOST_CALLS:
        raise NotGranted("daily_calls", _("每日调用次数应在 1 与 %d 之间。") % MOST_CALLS)
    if not 1 <= days <= MOST_DAYS:
        raise NotGranted("days", _("使用期限应在 1 与 %d 天之间。") % MOST_DAYS)


def new_number(*, now: datetime) -> str:
    """A number for an application, such as `DX20261124-9f3a1c`."""
    return f"DX{now.astimezone(CITY_TIME):%Y%m%d}-{secrets.token_hex(3)}"


def apply(
    *,
    department: Department,
    datasets: Sequence[str],
    purpose: str,
    basis: str,
    daily_calls: int,
    days: int,
    by: User,
    now: datetime,
) -> DataApplication:
    """Store an application. Raises NotGranted."""
    check(datasets=datasets, purpose=purpose, basis=basis, daily_calls=daily_calls, days=days)
    if not department.active:
        raise NotGranted("department", _("该部门已停用。"))
    return DataApplication.objects.create(
        number=new_number(now=now),
        department=department,
        datasets=list(dict.fromkeys(datasets)),
        purpose=purpose.strip(),
        basis=basis.strip(),
        daily_calls=daily_calls,
        days=days,
        applied_by=by,
        applied_at=now,
    )


def approve(application_id: int, *, by: User, reason: str, now: datetime) -> DataGrant:
    """Give what was asked for, from now on. Raises NotGranted when it is decided already or one's own."""
    with transaction.atomic():
        application = _decide(application_id, status=Status.APPROVED, by=by, reason=reason, now=now)
        return DataGrant.objects.create(
            application=application,
            department_id=application.department_id,
            datasets=application.datasets,
            daily_calls=application.daily_calls,
            from_at=now,
            to_at=now + timedelta(days=application.days),
        )


def refuse(application_id: int, *, by: User, reason: str, now: datetime) -> DataApplication:
    """Decline, with a reason. Raises NotGranted when it is decided already or one's own."""
    return _decide(application_id, status=Status.REFUSED, by=by, reason=reason, now=now)


def _decide(application_id: int, *, status: str, by: User, reason: str, now: datetime) -> DataApplication:
    if not reason.strip():
        raise NotGranted("reason", _("请写明审批意见。"))
    open_ones = DataApplication.objects.filter(pk=application_id, status=Status.APPLIED)
    if open_ones.filter(applied_by=by).exists():
        raise NotGranted("", _("申请人不能审批自己的申请，请由第二人审批。"))
    if not open_ones.update(status=status, decided_by=by, decided_at=now, reason=reason.strip()):
        raise NotGranted("", _("该申请已有结论。"))
    return DataApplication.objects.get(pk=application_id)


def revoke(grant_id: int, *, by: User, reason: str, now: datetime) -> None:
    """End a grant, its keys and subscriptions at once. Raises NotGranted when it has ended or no reason is given."""
    if not reason.strip():
        raise NotGranted("revoke_reason", _("请写明撤销理由。"))
    with transaction.atomic():
        live = DataGrant.objects.filter(pk=grant_id, revoked_at__isnull=True)
        if not live.update(revoked_at=now, revoked_by=by, revoke_reason=reason.strip()):
            raise NotGranted("", _("该授权已撤销。"))
        DataKey.objects.filter(grant_id=grant_id, revoked_at__isnull=True).update(revoked_at=now)
        DataSubscription.objects.filter(grant_id=grant_id, ended_at__isnull=True).update(ended_at=now)
