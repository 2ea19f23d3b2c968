"""The operators' desk: every model, the facts read-only, plates and phones masked."""

from parking.admin import kerb, notices, people, reviews, sessions, tariffs

__all__ = ["kerb", "notices", "people", "reviews", "sessions", "tariffs"]
