"""How this room speaks to the world: one HTTP exchange and its honest end, secrets that print as their name, and the
outside's ways to write a moment. Gateways and issuers stand on it."""

from payments.wire.http import NotSent, Reply, Unknown, Wire
from payments.wire.secret import Secret

__all__ = ["NotSent", "Reply", "Secret", "Unknown", "Wire"]
