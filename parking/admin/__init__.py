"""The operators' desk: every model, the facts read-only, plates and phones masked."""

from parking.admin import kerb, people, reviews, sessions, tariffs

__all__ = ["kerb", "people", "reviews", "sessions", "tariffs"]
