"""What can be made to go wrong, by rule: which gateway, which operation, which number, how often."""

import random
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

# Faults of an answer, in the words of the knob. The first four act before anything is done, the rest after.
ANSWER_FAULTS = frozenset(
    {
        "delay",
        "lose_request",
        "error_500",
        "refuse",
        "lose_answer",
        "error_500_after",
        "delay_answer",
        "tamper",
        "stale",
        "wrong_serial",
        "bad_signature",
        "not_json",
    }
)
# Faults of a notification: of its delivery and of its content.
NOTICE_FAULTS = frozenset(
    {
        "notice_lose",
        "notice_delay",
        "notice_repeat",
        "notice_tamper",
        "notice_stale",
        "notice_wrong_serial",
        "notice_probe",
        "notice_wrong_amount",
        "notice_wrong_appid",
        "notice_wrong_mchid",
        "notice_wrong_sub_mchid",
    }
)
OPERATIONS = ("find", "enter", "leave", "debit", "query", "order", "close", "refund", "query_refund", "statement")


@dataclass
class Fault:
    """One rule. `times` counts down to 0; -1 has no end. `rate` is the chance that a match is hit."""

    fault: str
    gateway: str = "*"
    operation: str = "*"
    number: str = "*"
    times: int = 1
    rate: float = 1.0
    seconds: float = 1.0
    copies: int = 15
    code: str = "SYSTEM_ERROR"
    status: int = 500
    message: str = ""
    hits: int = field(default=0)

    def __post_init__(self) -> None:
        if self.fault not in ANSWER_FAULTS | NOTICE_FAULTS:
            raise ValueError(f"unknown fault {self.fault!r}")


class Faults:
    """The rules in force. The first that matches and is hit is taken."""

    def __init__(self, *, seed: int = 1) -> None:
        self._rules: list[Fault] = []
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def set(self, rules: list[dict[str, Any]], *, seed: int | None = None) -> None:
        """Replace all rules. Raises TypeError or ValueError for one that can't be."""
        made = [Fault(**rule) for rule in rules]
        with self._lock:
            self._rules = made
            if seed is not None:
                self._random = random.Random(seed)

    def add(self, rules: list[dict[str, Any]]) -> None:
        """Add rules behind the others. Raises TypeError or ValueError for one that can't be."""
        made = [Fault(**rule) for rule in rules]
        with self._lock:
            self._rules += made

    def take(self, kinds: frozenset[str], *, gateway: str, operation: str, number: str) -> Fault | None:
        """The fault that befalls this call, if any; it is counted."""
        with self._lock:
            for rule in self._rules:
                if rule.fault not in kinds or rule.times == 0:
                    continue
                if rule.gateway not in ("*", gateway) or rule.operation not in ("*", operation):
                    continue
                if rule.number not in ("*", number):
                    continue
                if rule.rate < 1 and self._random.random() >= rule.rate:
                    continue
                rule.hits += 1
                if rule.times > 0:
                    rule.times -= 1
                return rule
        return None

    def listed(self) -> list[dict[str, Any]]:
        """The rules with their counts."""
        with self._lock:
            return [asdict(rule) for rule in self._rules]
