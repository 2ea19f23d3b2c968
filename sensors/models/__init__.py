"""What the sensors room keeps: who speaks to us, what watches which berth, every frame, work orders."""

from sensors.models.devices import Device, DeviceSample, DeviceState, Installation
from sensors.models.frames import Companion, Frame
from sensors.models.orders import WorkOrder, WorkOrderEntry
from sensors.models.sources import Nonce, Source, SourceKey

__all__ = [
    "Companion",
    "Device",
    "DeviceSample",
    "DeviceState",
    "Frame",
    "Installation",
    "Nonce",
    "Source",
    "SourceKey",
    "WorkOrder",
    "WorkOrderEntry",
]
