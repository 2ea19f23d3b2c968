"""Posting events in batches until the platform has them all, whatever happens to it meanwhile."""

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

PATH = "/api/v1/ingest/events/"


class NotTaken(RuntimeError):
    """The door refused a whole batch, or stayed out of reach for too long."""


@dataclass(slots=True)
class Fed:
    """What the door said to all batches together."""

    sent: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)


def ordered(events: Sequence[dict[str, Any]], *, shuffle: int | None, repeat: int) -> list[dict[str, Any]]:
    """The events in order of time, or shuffled by a seed; each `repeat` times."""
    if shuffle is None:
        chosen = sorted(events, key=lambda event: str(event["observed_at"]))
        return [event for event in chosen for _ in range(repeat)]
    chosen = list(events) * repeat
    random.Random(shuffle).shuffle(chosen)
    return chosen


def feed(
    client: httpx.Client,
    events: Sequence[dict[str, Any]],
    *,
    key: str,
    batch: int,
    threads: int,
    patience_s: float,
    progress: Callable[[int], None],
    rate: float | None = None,
) -> Fed:
    """Post all events. A batch that got no answer is posted again: identities make that harmless.

    With a `rate` no more than so many events a second are posted, on the whole.

    Raises NotTaken when a batch is refused as a whole or nobody answers for `patience_s` seconds.
    """
    fed = Fed()

    began = time.monotonic()

    def post(numbered: tuple[int, Sequence[dict[str, Any]]]) -> tuple[int, dict[str, Any]]:
        number, chunk = numbered
        if rate is not None:
            time.sleep(max(0.0, began + number * batch / rate - time.monotonic()))
        return len(chunk), _post(client, chunk, key=key, patience_s=patience_s)

    with ThreadPoolExecutor(max_workers=threads) as pool:
        for size, answer in (
            pool.map(post, enumerate(_chunks(events, batch)))
            if threads > 1
            else map(post, enumerate(_chunks(events, batch)))
        ):
            fed.sent += size
            fed.accepted += answer["accepted"]
            fed.duplicates += answer["duplicates"]
            fed.rejected.extend(answer["rejected"])
            progress(fed.sent)
    return fed


def _post(client: httpx.Client, chunk: Sequence[dict[str, Any]], *, key: str, patience_s: float) -> dict[str, Any]:
    body = json.dumps({"events": list(chunk)}, ensure_ascii=False).encode()
    until = time.monotonic() + patience_s
    while True:
        try:
            answer = client.post(
                PATH, content=body, headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            )
        except httpx.TransportError as error:
            why = type(error).__name__
        else:
            if answer.status_code == httpx.codes.ACCEPTED:
                return dict(answer.json())
            if answer.status_code < 500 and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                raise NotTaken(f"{answer.status_code} {answer.text[:300]}")
            why = str(answer.status_code)
        if time.monotonic() > until:
            raise NotTaken(f"no answer for {patience_s:.0f} s (last: {why})")
        time.sleep(0.5)


def _chunks(events: Sequence[dict[str, Any]], size: int) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(events), size):
        yield events[start : start + size]
