"""Facts as JSON and back, for the tables that keep them."""

import dataclasses
from datetime import datetime
from typing import Any

from payments.gateways.base import Fact, FactKind, State


def plain(fact: Fact) -> dict[str, Any]:
    """The fact as JSON can hold it."""
    content = {field.name: getattr(fact, field.name) for field in dataclasses.fields(fact)}
    content["kind"], content["state"] = fact.kind.value, fact.state.value
    content["at"] = fact.at.isoformat() if fact.at else None
    content["evidence"] = dict(fact.evidence)
    return content


def whole(content: dict[str, Any]) -> Fact:
    """The fact that `plain` wrote down."""
    at = datetime.fromisoformat(content["at"]) if content["at"] else None
    return Fact(**{**content, "kind": FactKind(content["kind"]), "state": State(content["state"]), "at": at})
