"""`export_devices`: the register of devices as CSV on standard output."""

import csv
from typing import Any

from django.core.management.base import BaseCommand

from sensors import registry


class Command(BaseCommand):
    """A line for each installation, in the form that `import_devices` takes."""

    help = "The register of devices as CSV, past installations too; `import_devices` takes it back."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        writer = csv.DictWriter(self.stdout, registry.COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(registry.rows())
