"""The simulated street of Xianning: true traffic, the devices that see it, and the vendors' frames they send.

Imports nothing of the platform. The street's own parts are pure and seeded; only `live` reads a clock and sends.
"""
