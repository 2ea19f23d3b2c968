"""What people do with work orders. Each step is a conditional UPDATE and a line in the order's history."""

from datetime import datetime

from django.db import IntegrityError, transaction

from parking.models import User
from sensors.models import Device, Installation, WorkOrder, WorkOrderEntry

_Step = WorkOrderEntry.Step


class AlreadyOpen(Exception):
    """The device has an open report already; `order` is it."""

    def __init__(self, order: WorkOrder) -> None:
        super().__init__(f"device {order.device_id} has open order {order.pk}")
        self.order = order


def report(*, device: Device, by: User, note: str, now: datetime) -> WorkOrder:
    """A person reports a device's fault. Raises AlreadyOpen when one is reported and not closed."""
    berth_id = (
        Installation.objects.filter(device=device, removed_at__isnull=True)
        .order_by("berth_id")
        .values_list("berth_id", flat=True)
        .first()
    )
    try:
        with transaction.atomic():
            order = WorkOrder.objects.create(
                device=device, berth_id=berth_id, cause=WorkOrder.Cause.REPORTED, opened_at=now, opened_by=by
            )
            _note(order, by=by, step=_Step.OPENED, note=note, now=now)
    except IntegrityError:
        standing = WorkOrder.objects.get(device=device, cause=WorkOrder.Cause.REPORTED, closed_at__isnull=True)
        raise AlreadyOpen(standing) from None
    return order


@transaction.atomic
def take(*, order: WorkOrder, by: User, now: datetime) -> bool:
    """Somebody sees to it; false when it is closed or taken already."""
    taken = WorkOrder.objects.filter(pk=order.pk, closed_at__isnull=True, taken_at__isnull=True).update(
        taken_at=now, taken_by=by
    )
    if taken:
        _note(order, by=by, step=_Step.TAKEN, note="", now=now)
    return bool(taken)


def note(*, order: WorkOrder, by: User, text: str, now: datetime) -> None:
    """Add a remark to the order's history, open or closed."""
    _note(order, by=by, step=_Step.NOTED, note=text, now=now)


@transaction.atomic
def close(*, order: WorkOrder, by: User, note: str, now: datetime) -> bool:
    """A person closes it; false when it is closed already. Its rule leaves the device alone for a day."""
    closed = WorkOrder.objects.filter(pk=order.pk, closed_at__isnull=True, opened_at__lte=now).update(
        closed_at=now, closed_by=by
    )
    if closed:
        _note(order, by=by, step=_Step.CLOSED, note=note, now=now)
    return bool(closed)


def _note(order: WorkOrder, *, by: User, step: WorkOrderEntry.Step, note: str, now: datetime) -> None:
    WorkOrderEntry.objects.create(order=order, at=now, by=by, step=step, note=note)
