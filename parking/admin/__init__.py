"""The operators' desk: every model, the facts read-only, plates and phones masked."""

from parking.admin import (
    appeals,
    calendar,
    evidence,
    kerb,
    notices,
    patrol,
    people,
    permits,
    proofs,
    reports,
    reviews,
    sessions,
    tariffs,
    trials,
)

__all__ = [
    "appeals",
    "calendar",
    "evidence",
    "kerb",
    "notices",
    "patrol",
    "people",
    "permits",
    "proofs",
    "reports",
    "reviews",
    "sessions",
    "tariffs",
    "trials",
]
