"""The operators' desk: every model, the facts read-only, plates and phones masked."""

from parking.admin import kerb, people, sessions, tariffs

__all__ = ["kerb", "people", "sessions", "tariffs"]
