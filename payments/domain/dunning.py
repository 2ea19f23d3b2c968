"""When a driver is reminded of what is owed: stages by days, quiet hours, limits. Defaults as in Beijing."""

from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The ladder of arrears.

    With `notice`, the driver is told once that a debit did not come off, and how to pay. A charge is due `due_days`
    after it was opened and is arrears from then on. The driver is urged at each of `urge_days` (days after it fell
    due); `final_days` after it fell due the urging is over and the case waits for a person. Messages go out between
    `quiet_to` and `quiet_from` Beijing time, at most `per_plate_a_week` to a plate.
    """

    notice: bool = True
    due_days: int = 30
    urge_days: tuple[int, ...] = (0, 15)
    final_days: int = 45
    quiet_from: time = time(21, 0)
    quiet_to: time = time(8, 30)
    per_plate_a_week: int = 2

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Policy":
        """The policy in a settings dictionary; times as "21:00". Raises ValueError for what it can't be."""
        unknown = set(data) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown dunning settings: {', '.join(sorted(unknown))}")
        told = dict(data)
        for name in ("quiet_from", "quiet_to"):
            if isinstance(told.get(name), str):
                told[name] = time.fromisoformat(told[name])
        if "urge_days" in told:
            told["urge_days"] = tuple(told["urge_days"])
        policy = cls(**told)
        if policy.due_days < 0 or list(policy.urge_days) != sorted(set(policy.urge_days)):
            raise ValueError("dunning days must be in order and not negative")
        if policy.urge_days and policy.final_days < policy.urge_days[-1]:
            raise ValueError("the final stage must not come before the last urging")
        return policy

    def due_at(self, *, opened_at: datetime) -> datetime:
        """When a charge opened then becomes arrears."""
        return opened_at + timedelta(days=self.due_days)

    def first_urge_at(self, *, opened_at: datetime) -> datetime:
        """When the first urging of a charge opened then may go out."""
        return self.stage_at(due_at=self.due_at(opened_at=opened_at), stage=0)

    def stage_at(self, *, due_at: datetime, stage: int) -> datetime:
        """When the urging of that stage (0 is the first) may go out; after the last one, when the case is final."""
        days = self.urge_days[stage] if stage < len(self.urge_days) else self.final_days
        return self.awake(at=due_at + timedelta(days=days))

    def is_final(self, *, stage: int) -> bool:
        """Whether all urgings of a charge in that stage have gone out."""
        return stage >= len(self.urge_days)

    def awake(self, *, at: datetime) -> datetime:
        """That moment, or the end of the quiet hours it lies in."""
        local = at.astimezone(SHANGHAI)
        clock = local.timetz().replace(tzinfo=None)
        if self.quiet_from <= self.quiet_to:
            quiet, tomorrow = self.quiet_from <= clock < self.quiet_to, False
        else:
            quiet, tomorrow = clock >= self.quiet_from or clock < self.quiet_to, clock >= self.quiet_from
        if not quiet:
            return at
        day = local.date() + timedelta(days=1 if tomorrow else 0)
        return datetime.combine(day, self.quiet_to, tzinfo=SHANGHAI)
