"""What holds on each road: its policy for the fold, its zone for the price."""

from collections.abc import Collection
from dataclasses import dataclass

from parking.domain.policy import Policy
from parking.models import Road


@dataclass(frozen=True, slots=True)
class Kerb:
    """A road as the fold and the bill need it."""

    id: int
    code: str
    name: str
    zone_id: int
    policy: Policy

    def place(self, berth: str) -> str:
        """The berth as the driver reads it; the same on arrival and on the bill, or a gateway refuses the debit."""
        return f"{self.name} {berth}"


def roads(ids: Collection[int]) -> dict[int, Kerb]:
    """The roads with these ids, in one query."""
    return {
        id_: Kerb(id_, code, name, zone_id, Policy.from_data(policy))
        for id_, code, name, zone_id, policy in Road.objects.filter(id__in=ids).values_list(
            "id", "code", "name", "zone_id", "policy"
        )
    }
