"""The backend Django loads by `ENGINE = "config.postgresql"`."""

from typing import Any

from django.db.backends.postgresql import base

from config.postgresql import adapters


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's; each new connection writes lists and reads moments the quick way."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect and register the adapters on this connection alone."""
        connection = super().get_new_connection(conn_params)
        adapters.register(connection, zone=self.timezone)
        return connection
