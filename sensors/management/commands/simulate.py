"""The city simulator over the real codecs, placing, fold and tariff: what would be billed, against the truth."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bench.simulator import town
from bench.simulator.figures import Figures
from bench.simulator.run import simulate
from sandbox.street import faults as street_faults


class Command(BaseCommand):
    """`simulate --seed 1 --seeds 1 --berths 50 --hours 24 --faults normal --mix camera`."""

    help = __doc__ or ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The knobs of the contract."""
        parser.add_argument("--seed", type=int, default=1, help="the first seed")
        parser.add_argument("--seeds", type=int, default=1, help="how many seeds, one after the other")
        parser.add_argument("--berths", type=int, default=50)
        parser.add_argument("--hours", type=float, default=24)
        parser.add_argument("--faults", default="normal", help="none, normal, heavy or a JSON file of rates")
        parser.add_argument("--mix", default="camera", help=", ".join(town.MIXES))
        parser.add_argument("--notes", type=int, default=20, help="how many mistakes to print")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the seeds and end with one JSON object on the last line."""
        if options["mix"] not in town.MIXES:
            raise CommandError(f"unknown mix {options['mix']!r}: there are {', '.join(town.MIXES)}")
        if options["seeds"] < 1 or options["berths"] < 1 or options["hours"] <= 0:
            raise CommandError("seeds, berths and hours must be positive")
        try:
            rates = street_faults.rates(options["faults"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        figures = Figures()
        for seed in range(options["seed"], options["seed"] + options["seeds"]):
            run = simulate(seed=seed, berths=options["berths"], hours=options["hours"], rates=rates, mix=options["mix"])
            run.score.notes = [f"seed {seed}: {note}" for note in run.score.notes]
            figures.add(run)
            if sys.stderr.isatty():
                self.stderr.write(f"seed {seed}: {figures.score.stays} stays so far", ending="\r")
        for note in [*figures.breaks, *figures.score.notes][: options["notes"]]:
            self.stdout.write(note)
        for hold, count in figures.score.holds.most_common():
            self.stdout.write(f"held {count:6d}  {hold}")
        self.stdout.write(json.dumps(figures.line()))
