"""The desk's tariff form: refusals by field, the live picture, and the steps to law."""

import json

import pytest
from django.contrib.auth.models import Group

from parking import roles, tariffs
from parking.models import CalendarDay, CalendarYear, Exemption, Permit, PermitProduct, TariffVersion, User
from tests import street
from tests.street import PLATE

pytestmark = pytest.mark.django_db

FORM = {
    "mode": "form", "json": "{}", "code": "new", "name": "新规则", "name_en": "New", "currency": "CNY", "zone": "",
    "in_force_from": "2099-01-01T00:00", "free_minutes": "30", "outside_free": "on", "cap_day": "25",
    "band-0-id": "day", "band-0-days": "all", "band-0-from": "08:00", "band-0-to": "20:00", "band-0-kind": "steps",
    "band-0-first_min": "60", "band-0-first_price": "3", "band-0-unit": "30", "band-0-price": "1.5",
}  # fmt: skip
ADD = "/admin/parking/tariffversion/add/"
PREVIEW = "/admin/parking/tariffversion/preview/"


def manager(client, name="manager"):
    roles.grant()
    user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    user.groups.add(Group.objects.get(name="manager"))
    client.force_login(user)
    return user


def step(client, version, name):
    return client.post(f"/admin/parking/tariffversion/{version.pk}/step/", {"step": name}, follow=True)


def test_who_may_not_change_tariffs_gets_neither_form_nor_steps(client):
    roles.grant()
    user = User.objects.create(username="reviewer", is_staff=True)
    user.groups.add(Group.objects.get(name="reviewer"))
    client.force_login(user)
    street.build()
    version = TariffVersion.objects.get()
    assert client.get(ADD).status_code == 403
    assert client.get(f"/admin/parking/tariffversion/{version.pk}/change/").status_code == 403
    assert client.post(PREVIEW, FORM).status_code == 403
    assert step(client, version, "withdraw").status_code == 403
    assert client.get("/admin/parking/permit/import/").status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"band-0-price": "two"}, "band-0-price"),
        ({"band-0-to": "26:00"}, "band-0-to"),
        ({"outside_free": ""}, "outside_free"),
        ({"cap_day": "1"}, "cap_day"),
        ({"code": "有空格 的"}, "code"),
        ({"zone": "nowhere"}, "zone"),
        ({"band-1-from": "19:00", "band-1-to": "21:00", "band-1-unit": "30", "band-1-price": "1"}, "band-1-from"),
        ({"mode": "json", "json": "{"}, "json"),
        ({"mode": "json", "json": "[]"}, "json"),
        ({"mode": "json", "json": '{"code": "x"}'}, "json"),
    ],
)
def test_a_contradiction_is_shown_at_its_field_and_nothing_is_stored(client, change, field):
    manager(client)
    answer = client.post(ADD, FORM | change)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'id="id_{field}-error"' in page
    assert f'href="#id_{field}"' in page
    assert not TariffVersion.objects.exists()


def test_the_picture_shows_bands_prices_and_samples_beside_those_in_force(client):
    street.build()
    manager(client)
    page = client.post(PREVIEW, FORM).content.decode()
    assert "08:00–20:00" in page
    assert "每 30 分钟 1.5 元" in page
    assert "flat v1" in page
    assert '<td class="number">4.00</td><td class="number desk-more">6.00 ▲</td>' in page.replace("\n", "")
    english = client.post(PREVIEW, FORM, headers={"accept-language": "en"}).content.decode()
    assert "1.5 CNY per 30 min" in english


def test_an_empty_preview_says_what_is_missing(client):
    manager(client)
    assert "这样还不能成为规则" in client.post(PREVIEW, {}).content.decode()


def test_a_draft_made_by_form_is_tried_and_approved_by_a_second_person(client):
    manager(client)
    assert client.post(ADD, FORM).status_code == 302
    version = TariffVersion.objects.get()
    assert (version.status, version.document["caps"]) == ("draft", [{"scope": "natural_day", "amount": 25}])
    step(client, version, "try")
    step(client, version, "approve")
    version.refresh_from_db()
    assert version.status == "tried"
    second = manager(client, "second")
    step(client, version, "approve")
    version.refresh_from_db()
    assert (version.status, version.approved_by) == ("approved", second)
    path = f"/admin/parking/tariffversion/{version.pk}/change/"
    assert client.post(path, FORM).status_code == 403
    assert "已批准或撤回的版本不能修改" in client.get(path).content.decode()
    step(client, version, "copy")
    step(client, version, "withdraw")
    assert [each.status for each in TariffVersion.objects.order_by("version")] == ["withdrawn", "draft"]


def test_what_the_form_can_not_say_stays_when_the_form_is_stored(client):
    manager(client)
    base = {"code": "new", "currency": "CNY", "repeat": {"within_min": 20}, "notes": "keep"}
    client.post(ADD, FORM | {"json": json.dumps(base)})
    document = TariffVersion.objects.get().document
    assert (document["repeat"], document["notes"], document["free"]) == ({"within_min": 20}, "keep", {"minutes": 30})


def test_the_other_face_carries_what_was_typed(client):
    manager(client)
    page = client.post("/admin/parking/tariffversion/face/", FORM | {"mode": "json"}).content.decode()
    assert "&quot;price&quot;: 1.5" in page or "&quot;1.5&quot;" in page
    text = json.dumps({"code": "typed", "currency": "CNY", "bands": []})
    page = client.post("/admin/parking/tariffversion/face/", FORM | {"mode": "form", "json": text}).content.decode()
    assert 'value="typed"' in page
    broken = client.post("/admin/parking/tariffversion/face/", FORM | {"mode": "form", "json": "{"}).content.decode()
    assert "不是 JSON" in broken


def test_a_tariff_of_the_library_opens_in_the_form(client):
    from parking.domain.tariff import library

    manager(client)
    tariffs.load(
        [library.document(name) for name in ("xianning-demo", "hangzhou-2014-core", "paris-2021-z1")],
        now=street.at("08:00"),
    )
    for version in TariffVersion.objects.all():
        assert client.get(f"/admin/parking/tariffversion/{version.pk}/change/").status_code == 200


def test_the_desk_warns_while_a_year_is_guessed_and_announcing_needs_its_days(client):
    user = manager(client)
    user.user_permissions.clear()
    tariffs.seed_calendar()
    assert "2027 年的节假日尚未公布" in client.get("/admin/parking/calendaryear/").content.decode()
    chosen = {"action": "announce", "_selected_action": [2027]}
    client.post("/admin/parking/calendaryear/", chosen)
    assert CalendarYear.objects.get(year=2027).announced_at is None
    table = "date,kind,name\n2027-02-10,holiday,spring_festival\n2027-02-30,holiday,\n2027-03-01,feast,"
    page = client.post("/admin/parking/calendarday/import/", {"table": table}).content.decode()
    assert "导入 1 行" in page
    assert "<td>3</td><td>date</td>" in page
    assert "<td>4</td><td>kind</td>" in page
    assert CalendarDay.objects.filter(date__year=2027).count() == 1
    client.post("/admin/parking/calendaryear/", chosen)
    assert CalendarYear.objects.get(year=2027).announced_at is not None


def test_registers_take_tables_and_name_each_row_they_refuse(client):
    manager(client)
    rows = [
        "plate,plate_color,kind,from,to,proof",
        f"{PLATE},blue,police,2026-01-01,,函 1",
        "XX,blue,police,2026-01-01,,函 1",
        f"{PLATE},pink,fire,2026-01-01,,函 1",
        f"{PLATE},blue,fire,soon,,函 1",
        f"{PLATE},blue,fire,2026-01-01,2025-01-01,函 1",
        f"{PLATE},blue,fire,2026-01-01,,",
    ]
    page = client.post("/admin/parking/exemption/import/", {"table": "\n".join(rows)}).content.decode()
    for line, column in ((3, "plate"), (4, "plate_color"), (5, "from"), (6, "to"), (7, "proof")):
        assert f"<td>{line}</td><td>{column}</td>" in page
    assert Exemption.objects.get().proof == "函 1"
    assert (
        "1 行已有" in client.post("/admin/parking/exemption/import/", {"table": "\n".join(rows[:2])}).content.decode()
    )
    PermitProduct.objects.create(code="night", kind="night", name="夜间", price_fen=1)
    table = f"product,plates,from\nnight,{PLATE},2026-12-01\nnone,{PLATE},2026-12-01\nnight,{PLATE},2026-12-02"
    page = client.post("/admin/parking/permit/import/", {"table": table}).content.decode()
    assert "<td>3</td><td>product</td>" in page
    assert "<td>4</td><td>from</td>" in page
    assert Permit.objects.get().charge is None
    assert "不认识的列" in client.post("/admin/parking/permit/import/", {"table": "plaet\nx"}).content.decode()
