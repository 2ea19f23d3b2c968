"""The front door of prices: which version holds for a stay, what the stay costs, and how a version becomes law.

`price_stays` prices a batch in a constant number of queries with everything that is known of each plate: the versions
in force during the stay, the calendar, permits, exemptions, coupons and what the plate's earlier stays used up.
"""

from parking.tariffs.approval import NotLaw, approve, copy, in_words, try_out, withdraw, write
from parking.tariffs.days import ask_for_years, calendar, guessed_years, seed_calendar
from parking.tariffs.loading import Loaded, load
from parking.tariffs.nobody import Period, free_for_anyone
from parking.tariffs.pricing import (
    NO_TARIFF,
    NOT_PRICED,
    Billable,
    Case,
    Priced,
    cases,
    lines,
    price_case,
    price_stays,
    rise,
    used_as_data,
)
from parking.tariffs.rerating import Rerated, announce, rate_again, rerate_announced, rerate_year
from parking.tariffs.rights import spend_coupons
from parking.tariffs.versions import Version, choose, in_force, law, parsed, segments, versions_of

__all__ = [
    "NOT_PRICED",
    "NO_TARIFF",
    "Billable",
    "Case",
    "Loaded",
    "NotLaw",
    "Period",
    "Priced",
    "Rerated",
    "Version",
    "announce",
    "approve",
    "ask_for_years",
    "calendar",
    "cases",
    "choose",
    "copy",
    "free_for_anyone",
    "guessed_years",
    "in_force",
    "in_words",
    "law",
    "lines",
    "load",
    "parsed",
    "price_case",
    "price_stays",
    "rate_again",
    "rerate_announced",
    "rerate_year",
    "rise",
    "seed_calendar",
    "segments",
    "spend_coupons",
    "try_out",
    "used_as_data",
    "versions_of",
    "withdraw",
    "write",
]
