"""What parking keeps."""

from parking.models.kerb import Berth, BerthState, Heartbeat, Road, StaleBerth, Zone
from parking.models.people import ApiToken, PlateTrace, SignInCode, User, Vehicle
from parking.models.sessions import Discrepancy, EventRecord, ParkingSession, Review
from parking.models.tariffs import CalendarDay, TariffVersion

__all__ = [
    "ApiToken",
    "Berth",
    "BerthState",
    "CalendarDay",
    "Discrepancy",
    "EventRecord",
    "Heartbeat",
    "ParkingSession",
    "PlateTrace",
    "Review",
    "Road",
    "SignInCode",
    "StaleBerth",
    "TariffVersion",
    "User",
    "Vehicle",
    "Zone",
]
