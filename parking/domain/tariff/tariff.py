"""A tariff version ready to price: the head of its document and the rules of each vehicle class."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from parking.domain.tariff.program import Program
from parking.domain.tariff.rules import Document, Rules
from parking.domain.tariff.stay import Nearness, Vehicle
from parking.domain.tariff.terms import Text
from parking.domain.tariff.vehicles import VehicleClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What a stay must cost, in minor units, as the notice says; `independent` of the rule rather than made from it.

    `earlier` are the plate's stays before it, in order: arrival, departure and how near they were.
    """

    arrived_at: datetime
    left_at: datetime
    vehicle: Vehicle
    amount_fen: int
    independent: bool
    note: str
    earlier: tuple[tuple[datetime, datetime, Nearness], ...] = ()


class Tariff:
    """One parsed tariff document. Never changed; the programs it prices with are made when first needed and kept."""

    __slots__ = ("_programs", "_rules", "document", "examples", "source")

    def __init__(
        self,
        *,
        document: Document,
        rules: Mapping[str, Rules],
        source: Mapping[str, object],
        examples: tuple[Example, ...] = (),
    ) -> None:
        self.document = document
        self.source = MappingProxyType(dict(source))
        self.examples = examples
        self._rules = dict(rules)
        self._programs: dict[str, Program] = {}

    @property
    def code(self) -> str:
        """The tariff's short name."""
        return self.document.code

    @property
    def name(self) -> Text:
        """What the tariff is called."""
        return self.document.name

    @property
    def zone(self) -> str:
        """The code of the price zone it is for; "" when the document names none."""
        return self.document.zone_code

    @property
    def in_force_from(self) -> datetime | None:
        """The instant it comes into force, as the document says; None when it doesn't."""
        return self.document.in_force_from

    @property
    def classes(self) -> Mapping[str, VehicleClass]:
        """The vehicle classes it knows, by their short names."""
        return MappingProxyType(self.document.classes)

    @property
    def currency(self) -> str:
        """The ISO 4217 code of its money."""
        return self.document.currency

    def class_of(self, vehicle: Vehicle) -> str:
        """Return the short name of the vehicle's class here, by its caller or its plate's colour; maybe unknown."""
        document = self.document
        return vehicle.vehicle_class or document.by_plate_color.get(vehicle.plate_color, document.default_class)

    def is_for(self, vehicle: Vehicle) -> bool:
        """Tell whether the tariff is for the vehicle's class (`for_classes`)."""
        wanted = self.document.for_classes
        return not wanted or self.class_of(vehicle) in wanted

    def rules(self, vehicle_class: str = "") -> Rules:
        """Return the rules of a vehicle class; KeyError when the tariff has none such."""
        return self._rules[vehicle_class or self.document.default_class]

    def program(self, vehicle_class: str) -> Program:
        """Return what prices a vehicle class; KeyError when the tariff has none such."""
        found = self._programs.get(vehicle_class)
        if found is None:
            found = Program(self.document, self._rules[vehicle_class], self.document.classes[vehicle_class])
            self._programs[vehicle_class] = found
        return found

    def __repr__(self) -> str:
        return f"Tariff({self.code})"
