"""Server-sent events of the live page: one small ASGI process, fed by PostgreSQL's own word of what changed."""

from parking.stream.app import application

__all__ = ["application"]
