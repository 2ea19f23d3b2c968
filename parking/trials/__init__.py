"""Prices tried out: past stays under another tariff, and what demand would propose. Nothing here changes a price."""

from parking.trials.comparing import Result, compare
from parking.trials.demand import ZoneProposal, proposals
from parking.trials.running import ask, run_waiting

__all__ = ["Result", "ZoneProposal", "ask", "compare", "proposals", "run_waiting"]
