"""What parking keeps."""

from parking.models.acts import SessionAct
from parking.models.appeals import Appeal, AppealPicture
from parking.models.checks import InvariantBreak, InvariantCheck
from parking.models.drivers import Consent, Message, MessageChoice, OnceRequest, VehicleInvite, VehicleProof
from parking.models.exchange import (
    DataApplication,
    DataCall,
    DataChange,
    DataGrant,
    DataKey,
    DataMark,
    DataSubscription,
    Department,
)
from parking.models.figures import BerthCount, DeviceCount, RoadHour, StaleHour
from parking.models.kerb import Berth, BerthState, Heartbeat, PolicyChange, Road, StaleBerth, Zone
from parking.models.notices import RoadNotice
from parking.models.patrol import NoticeSlip, PatrolCheck, Shift, StreetReport, WatchedPlate
from parking.models.people import ApiToken, PlateTrace, RoleGrant, SignInCode, User, Vehicle
from parking.models.permits import Campaign, Coupon, Exemption, Permit, PermitPlate, PermitProduct
from parking.models.pictures import Picture, PictureAlarm, PictureBytes
from parking.models.reports import ReportRecipient, ReportSent
from parking.models.sessions import Discrepancy, EventKey, EventRecord, ParkingSession, Review
from parking.models.tariffs import CalendarDay, CalendarYear, TariffVersion, WhatIfRun

__all__ = [
    "ApiToken",
    "Appeal",
    "AppealPicture",
    "Berth",
    "BerthCount",
    "BerthState",
    "CalendarDay",
    "CalendarYear",
    "Campaign",
    "Consent",
    "Coupon",
    "DataApplication",
    "DataCall",
    "DataChange",
    "DataGrant",
    "DataKey",
    "DataMark",
    "DataSubscription",
    "Department",
    "DeviceCount",
    "Discrepancy",
    "EventKey",
    "EventRecord",
    "Exemption",
    "Heartbeat",
    "InvariantBreak",
    "InvariantCheck",
    "Message",
    "MessageChoice",
    "NoticeSlip",
    "OnceRequest",
    "ParkingSession",
    "PatrolCheck",
    "Permit",
    "PermitPlate",
    "PermitProduct",
    "Picture",
    "PictureAlarm",
    "PictureBytes",
    "PlateTrace",
    "PolicyChange",
    "ReportRecipient",
    "ReportSent",
    "Review",
    "Road",
    "RoadHour",
    "RoadNotice",
    "RoleGrant",
    "SessionAct",
    "Shift",
    "SignInCode",
    "StaleBerth",
    "StaleHour",
    "StreetReport",
    "TariffVersion",
    "User",
    "Vehicle",
    "VehicleInvite",
    "VehicleProof",
    "WatchedPlate",
    "WhatIfRun",
    "Zone",
]
