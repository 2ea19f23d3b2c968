"""Cars and their plates: who drives in Xianning, and how a camera gets a plate wrong."""

import random
from dataclasses import dataclass

_HUBEI = "ABCDEFGHJKMNPQRS"
_NEIGHBOURS = ("湘", "赣", "粤", "豫", "皖", "浙", "苏", "渝", "沪", "京", "川", "闽")
_SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"

# Made-up shares, in the order in which they are tried; no count of the city's own was found.
LOCAL, HUBEI = 0.75, 0.13
NEW_ENERGY, YELLOW, POLICE, UNPLATED, COVERED = 0.35, 0.02, 0.005, 0.006, 0.004

# How often two published recognisers took one sign for another over 1,000 labelled crops (both directions together).
CONFUSED: dict[str, int] = {
    "0D": 8, "13": 6, "AW": 5, "3S": 5, "8S": 3, "28": 3, "0Q": 3, "AL": 3, "4A": 2, "58": 2, "8G": 2, "1A": 2,
    "6S": 2, "68": 2, "6C": 2, "HW": 2, "0U": 2, "8R": 2, "8P": 2, "29": 2, "8B": 2, "17": 2, "2Z": 1, "0C": 1,
    "SU": 1, "0J": 1, "5S": 1, "48": 1, "4Q": 1, "19": 1,
}  # fmt: skip
_SWAPS: dict[str, list[tuple[str, int]]] = {}
for _pair, _count in CONFUSED.items():
    _SWAPS.setdefault(_pair[0], []).append((_pair[1], _count))
    _SWAPS.setdefault(_pair[1], []).append((_pair[0], _count))


@dataclass(frozen=True, slots=True)
class Car:
    """A car as it is. `readable` is False for an unplated car (plate "") and for a covered plate."""

    plate: str
    color: str
    readable: bool = True


def draw(rng: random.Random) -> Car:
    """One more car of the city's mix."""
    chance = rng.random()
    if chance < UNPLATED:
        return Car("", "unknown", readable=False)
    readable = chance >= UNPLATED + COVERED
    chance = rng.random()
    if chance < LOCAL:
        issuer = "鄂L"
    elif chance < LOCAL + HUBEI:
        issuer = "鄂" + rng.choice(_HUBEI)
    else:
        issuer = rng.choice(_NEIGHBOURS) + rng.choice(_LETTERS)
    chance = rng.random()
    if chance < NEW_ENERGY:
        # D and A to C stand for battery cars, F to K for other new energy; D and F are by far the most.
        serial = rng.choice("DDDDDDDAFFFG") + rng.choice(_SIGNS) + _digits(rng, 4)
        return Car(issuer + serial, "green", readable)
    if chance < NEW_ENERGY + YELLOW:
        return Car(issuer + _serial(rng), "yellow", readable)
    if chance < NEW_ENERGY + YELLOW + POLICE:
        return Car(issuer + _digits(rng, 4) + "警", "white", readable)
    return Car(issuer + _serial(rng), "blue", readable)


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(_DIGITS, k=count))


def _serial(rng: random.Random) -> str:
    signs = list(_digits(rng, 5))
    for place in rng.sample(range(5), rng.choice((0, 1, 1, 1, 2))):
        signs[place] = rng.choice(_LETTERS)
    return "".join(signs)


def misread(plate: str, rng: random.Random) -> str:
    """The plate with one sign swapped as recognisers swap them; now and then an eighth sign gained or the last lost."""
    chance = rng.random()
    if chance < 0.04 and len(plate) == 7:
        return plate + rng.choice(_DIGITS)
    if chance < 0.08:
        return plate[:-1]
    places = [place for place in range(2, len(plate)) if plate[place] in _SWAPS]
    if not places:
        return plate[:-1] + rng.choice(_DIGITS.replace(plate[-1], ""))
    weights = [sum(count for _, count in _SWAPS[plate[place]]) for place in places]
    place = rng.choices(places, weights)[0]
    others = _SWAPS[plate[place]]
    other = rng.choices([sign for sign, _ in others], [count for _, count in others])[0]
    return plate[:place] + other + plate[place + 1 :]
