"""What holds on each road: its policy for the fold, its zone for the price."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from parking.domain.policy import MIXES, Policy
from parking.models import PolicyChange, Road, User


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
        id_: Kerb(id_, code, name, zone_id, policy_of(mix, policy))
        for id_, code, name, zone_id, mix, policy in Road.objects.filter(id__in=ids).values_list(
            "id", "code", "name", "zone_id", "mix", "policy"
        )
    }


def policy_of(mix: str, own: Mapping[str, object]) -> Policy:
    """The rules of a road: the defaults, what its mix of devices changes of them, what the road itself changes.

    Raises PolicyError for data that is no policy.
    """
    return Policy.from_data({**MIXES.get(mix, {}), **own})


def change(road_id: int, *, mix: str, policy: Mapping[str, object], by: User, reason: str, now: datetime) -> bool:
    """Give a road other rules from now on, and keep what they were. False when nothing would change.

    What is billed stays as it is; what is not is judged by the new rules when its berth is next read. Raises
    PolicyError for data that is no policy, ValueError without a reason.
    """
    policy_of(mix, policy)
    if mix not in MIXES:
        raise ValueError(f"no such device mix: {mix}")
    with transaction.atomic():
        road = Road.objects.select_for_update().get(id=road_id)
        if (road.mix, road.policy) == (mix, dict(policy)):
            return False
        if not reason.strip():
            raise ValueError("a change of rules needs a reason")
        PolicyChange.objects.create(
            road=road, at=now, mix_before=road.mix, mix=mix, before=road.policy, policy=dict(policy), by=by,
            reason=reason.strip(),
        )  # fmt: skip
        Road.objects.filter(id=road_id).update(mix=mix, policy=dict(policy))
        return True


def at(road_id: int, moment: datetime) -> Policy:
    """The rules that held on a road at a moment, so that a replay of that day judges as that day did."""
    after = PolicyChange.objects.filter(road_id=road_id, at__gt=moment).order_by("at", "id").first()
    if after is not None:
        return policy_of(after.mix_before, after.before)
    road = Road.objects.get(id=road_id)
    return policy_of(road.mix, road.policy)
