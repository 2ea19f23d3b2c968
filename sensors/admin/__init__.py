"""The devices' desk: sources and keys, devices and their curves, work orders, frames."""

from sensors.admin import devices, frames, orders, sources

__all__ = ["devices", "frames", "orders", "sources"]
