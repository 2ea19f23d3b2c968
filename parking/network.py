"""Bringing roads and berths into the city: set-based, all or nothing, and the same rows twice change nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection, models, transaction
from psycopg import sql
from psycopg.types.json import Jsonb

from parking.domain import datum
from parking.domain.network import BerthRow, Refusal, RoadRow
from parking.models import Berth, Road, Zone

# Any number will do that nobody else of ours takes.
_LOADING = 0x0B_4E_45_54


@dataclass(slots=True)
class Count:
    """What became of one kind of thing."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True, kw_only=True)
class Loaded:
    """What a load did. `berths` gives the id of each berth that the accepted rows name."""

    zones: Count = field(default_factory=Count)
    roads: Count = field(default_factory=Count)
    berths_count: Count = field(default_factory=Count)
    refused: list[Refusal] = field(default_factory=list)
    accepted: list[BerthRow] = field(default_factory=list)
    berths: dict[str, int] = field(default_factory=dict)


_GIVE_STATE = """
INSERT INTO parking_berthstate (berth_id, occupied, failures, failure)
SELECT id, false, 0, '' FROM unnest(%s::bigint[]) AS t(id) ON CONFLICT DO NOTHING
"""


def one_at_a_time() -> None:
    """Wait for another load to end; held until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOADING])


def load(rows: Iterable[RoadRow | BerthRow]) -> Loaded:
    """Create or update the zones, roads and berths that these rows tell of, in one transaction.

    A row that contradicts an earlier one, or moves a berth to another road, is refused and the rest is loaded. Nothing
    is ever removed. What a row leaves empty is kept as it stands.
    """
    loaded = Loaded()
    with transaction.atomic():
        one_at_a_time()
        roads, berths = _agree(rows, loaded)
        zones = _upsert_zones({road.zone for road in roads.values()}, loaded.zones)
        road_ids = _upsert_roads(roads, zones, loaded.roads)
        _upsert_berths(berths, road_ids, loaded)
    loaded.accepted = [row for row in loaded.accepted if row.code in loaded.berths]
    return loaded


def in_wgs84(row: RoadRow | BerthRow) -> RoadRow | BerthRow:
    """The same row with its places moved from GCJ-02 to WGS-84."""
    geometry = _moved(row.geometry)
    if isinstance(row, RoadRow):
        return replace(row, geometry=geometry)
    if row.longitude is None or row.latitude is None:
        return replace(row, geometry=geometry)
    longitude, latitude = datum.from_gcj02(longitude=row.longitude, latitude=row.latitude)
    return replace(row, geometry=geometry, longitude=round(longitude, 7), latitude=round(latitude, 7))


def _moved(geometry: Mapping[str, object]) -> Mapping[str, object]:
    return {**geometry, "coordinates": _moved_points(geometry["coordinates"])} if geometry else geometry


def _moved_points(coordinates: Any) -> Any:
    if not isinstance(coordinates[0], list):
        moved = datum.from_gcj02(longitude=coordinates[0], latitude=coordinates[1])
        return [round(moved[0], 7), round(moved[1], 7)]
    return [_moved_points(part) for part in coordinates]


def _agree(rows: Iterable[RoadRow | BerthRow], loaded: Loaded) -> tuple[dict[str, RoadRow], dict[str, BerthRow]]:
    """The roads and berths the rows agree on; those that contradict an earlier row are refused."""
    roads: dict[str, RoadRow] = {}
    berths: dict[str, BerthRow] = {}
    standing = dict(Berth.objects.values_list("code", "road__code"))
    told: dict[object, int] = {}
    for row in rows:
        road = row if isinstance(row, RoadRow) else row.road
        refusal = _against_road(road, roads)
        if refusal is None and isinstance(row, BerthRow):
            refusal = _against_berth(row, berths, standing) or _repeats(row, told)
        if refusal is not None:
            loaded.refused.append(refusal)
            continue
        known = roads.get(road.code)
        roads[road.code] = _merged(known, road) if known else road
        if isinstance(row, BerthRow):
            berths[row.code] = _completed(berths[row.code], row) if row.code in berths else row
            loaded.accepted.append(row)
    return roads, berths


def _against_road(road: RoadRow, roads: Mapping[str, RoadRow]) -> Refusal | None:
    known = roads.get(road.code)
    if known is None:
        return None
    if road.name != known.name:
        return Refusal(road.line, "road_name", f"road {road.code} is {known.name} since line {known.line}")
    if road.zone != known.zone:
        return Refusal(road.line, "zone", f"road {road.code} lies in zone {known.zone} since line {known.line}")
    return None


def _against_berth(row: BerthRow, berths: Mapping[str, BerthRow], standing: Mapping[str, str]) -> Refusal | None:
    known = berths.get(row.code)
    if known is not None and known.road.code != row.road.code:
        reason = f"berth {row.code} lies on road {known.road.code} since line {known.line}"
        return Refusal(row.line, "berth", reason)
    if standing.get(row.code, row.road.code) != row.road.code:
        return Refusal(row.line, "berth", f"berth {row.code} lies on road {standing[row.code]} already")
    if known is None or None in (known.longitude, row.longitude):
        return None
    if (known.longitude, known.latitude) != (row.longitude, row.latitude):
        return Refusal(row.line, "lon", f"berth {row.code} lies elsewhere since line {known.line}")
    return None


def _repeats(row: BerthRow, told: dict[object, int]) -> Refusal | None:
    said = (row.code, tuple(tuple(sorted(watch.items())) for watch in row.watches))
    line = told.setdefault(said, row.line)
    return None if line == row.line else Refusal(row.line, "berth", f"says the same as line {line}")


def _completed(known: BerthRow, other: BerthRow) -> BerthRow:
    placed = known if known.longitude is not None else other
    return replace(
        known,
        longitude=placed.longitude,
        latitude=placed.latitude,
        full_code=known.full_code or other.full_code,
        geometry=known.geometry or other.geometry,
    )


def _merged(known: RoadRow, other: RoadRow) -> RoadRow:
    return replace(
        known,
        name_en=known.name_en or other.name_en,
        district=known.district or other.district,
        phase=other.phase if known.phase is None else known.phase,
        geometry=known.geometry or other.geometry,
    )


def _upsert_zones(codes: set[str], count: Count) -> dict[str, int]:
    known = set(Zone.objects.filter(code__in=codes).values_list("code", flat=True))
    fresh = sorted(codes - known)
    Zone.objects.bulk_create([Zone(code=code, name=code) for code in fresh])
    count.created, count.unchanged = len(fresh), len(known)
    return dict(Zone.objects.filter(code__in=codes).values_list("code", "id"))


def _upsert_roads(rows: Mapping[str, RoadRow], zones: Mapping[str, int], count: Count) -> dict[str, int]:
    wanted: dict[str, dict[str, Any]] = {}
    for code, row in rows.items():
        said: dict[str, Any] = {"name": row.name, "zone_id": zones[row.zone]}
        if row.name_en:
            said["name_en"] = row.name_en
        if row.district:
            said["district"] = row.district
        if row.phase is not None:
            said["phase"] = row.phase
        if row.geometry:
            said["geometry"] = dict(row.geometry)
        wanted[code] = said
    fields = ("name", "name_en", "zone_id", "district", "phase", "geometry")
    return upsert(Road, fields, wanted, count)


def _upsert_berths(rows: Mapping[str, BerthRow], roads: Mapping[str, int], loaded: Loaded) -> None:
    wanted: dict[str, dict[str, Any]] = {}
    for code, row in rows.items():
        said: dict[str, Any] = {"road_id": roads[row.road.code]}
        if row.longitude is not None:
            said |= {"longitude": row.longitude, "latitude": row.latitude}
        if row.full_code:
            said["full_code"] = row.full_code
        if row.geometry:
            said["geometry"] = dict(row.geometry)
        wanted[code] = said

    loaded.berths = upsert(
        Berth, ("road_id", "longitude", "latitude", "full_code", "geometry"), wanted, loaded.berths_count
    )
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_STATE, [list(loaded.berths.values())])


def upsert(
    model: type[models.Model], fields: Sequence[str], wanted: Mapping[str, Mapping[str, Any]], count: Count
) -> dict[str, int]:
    """Bring the rows with these codes to these values; ids by code. Only what differs is written.

    `model` has a unique `code`; `fields` are the columns that `wanted` may name, and one it does not name (or names as
    None) is left as it stands. Four statements and a COPY, however many rows: the ORM took a minute of processor time
    for 100,000.
    """
    table = model._meta.db_table
    columns = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
    types = {name: columns[name].db_type(connection) for name in fields}
    changed = sql.SQL(", ").join(sql.SQL("coalesce(i.{0}, t.{0})").format(sql.Identifier(name)) for name in fields)
    names = {"t": sql.Identifier(table), "fields": _listed(fields), "changed": changed}
    others = [name for name in columns if name not in fields and name != "code"]
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE incoming (code text PRIMARY KEY, {}) ON COMMIT DROP").format(
                sql.SQL(", ").join(
                    sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(str(types[name]))) for name in fields
                )
            )
        )
        with cursor.copy(sql.SQL("COPY incoming (code, {fields}) FROM STDIN").format(**names)) as copy:
            for code, said in wanted.items():
                copy.write_row([code, *(_stored(said.get(name)) for name in fields)])
        cursor.execute(
            sql.SQL(
                "UPDATE {t} t SET ({fields}) = ROW({changed}) FROM incoming i WHERE t.code = i.code "
                "AND ROW({changed}) IS DISTINCT FROM ROW({standing})"
            ).format(**names, standing=_listed(fields, "t"))
        )
        count.updated = cursor.rowcount
        cursor.execute(
            sql.SQL(
                "INSERT INTO {t} (code, {fields}{more}) SELECT i.code, {first} FROM incoming i "
                "WHERE NOT EXISTS (SELECT FROM {t} t WHERE t.code = i.code)"
            ).format(
                **names,
                more=sql.SQL("").join(sql.SQL(", {}").format(sql.Identifier(name)) for name in others),
                first=sql.SQL(", ").join(
                    [sql.SQL("coalesce(i.{}, %s)").format(sql.Identifier(name)) for name in fields]
                    + [sql.SQL("%s")] * len(others)
                ),
            ),
            [_stored(columns[name].get_default()) for name in (*fields, *others)],
        )
        count.created = cursor.rowcount
        count.unchanged = len(wanted) - count.created - count.updated
        cursor.execute(sql.SQL("SELECT t.code, t.id FROM {t} t JOIN incoming i ON i.code = t.code").format(**names))
        ids = dict(cursor.fetchall())
        cursor.execute("DROP TABLE incoming")
    return ids


def _listed(names: Sequence[str], alias: str = "") -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) if alias else sql.Identifier(name) for name in names)


def _stored(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value
