"""The operators' desk: every model, the facts read-only, plates and phones masked."""

from parking.admin import appeals, evidence, kerb, notices, people, permits, proofs, reviews, sessions, tariffs

__all__ = ["appeals", "evidence", "kerb", "notices", "people", "permits", "proofs", "reviews", "sessions", "tariffs"]
