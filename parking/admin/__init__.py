"""The operators' desk: every model, the facts read-only, plates and phones masked."""

from parking.admin import evidence, kerb, notices, people, permits, reviews, sessions, tariffs

__all__ = ["evidence", "kerb", "notices", "people", "permits", "reviews", "sessions", "tariffs"]
