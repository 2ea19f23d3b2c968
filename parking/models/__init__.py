"""What parking keeps."""

from parking.models.figures import BerthCount, DeviceCount, RoadHour, StaleHour
from parking.models.kerb import Berth, BerthState, Heartbeat, Road, StaleBerth, Zone
from parking.models.notices import RoadNotice
from parking.models.people import ApiToken, PlateTrace, SignInCode, User, Vehicle
from parking.models.pictures import Picture, PictureAlarm, PictureBytes
from parking.models.sessions import Discrepancy, EventRecord, ParkingSession, Review
from parking.models.tariffs import CalendarDay, TariffVersion

__all__ = [
    "ApiToken",
    "Berth",
    "BerthCount",
    "BerthState",
    "CalendarDay",
    "DeviceCount",
    "Discrepancy",
    "EventRecord",
    "Heartbeat",
    "ParkingSession",
    "Picture",
    "PictureAlarm",
    "PictureBytes",
    "PlateTrace",
    "Review",
    "Road",
    "RoadHour",
    "RoadNotice",
    "SignInCode",
    "StaleBerth",
    "StaleHour",
    "TariffVersion",
    "User",
    "Vehicle",
    "Zone",
]
