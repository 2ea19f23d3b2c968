"""Setting up the kerb with Alipay by command."""

import io

import pytest
from django.core.management import CommandError, call_command

from tests.parking.shots import shot

LOT = {
    "name": "咸宁路侧停车", "address": "咸安区", "longitude": "114.32", "latitude": "29.84", "phone": "0715-8000000",
    "fees": "首小时3元", "spaces": "3730",
}  # fmt: skip
PAGES = {"name": "咸宁停车", "phone": "0715-8000000", "account": "park@example.cn", "page": "https://park.example.cn/"}


def run(what, told, *before):
    out = io.StringIO()
    call_command("alipay_parking", *before, what, *(f"--{name}={value}" for name, value in told.items()), stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def logo(tmp_path):
    file = tmp_path / "logo.png"
    file.write_bytes(shot(width=32, height=32, form="PNG"))
    return file


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["wechat", "nobody"])
def test_another_channel_is_refused(sandbox, code):
    with pytest.raises(CommandError, match="no channel of Alipay's"):
        run("lot", LOT, f"--gateway={code}")


def test_a_lot_without_spaces_is_refused(sandbox):
    with pytest.raises(CommandError, match="above zero"):
        run("lot", {**LOT, "spaces": "0"})


def test_a_logo_that_is_none_and_a_page_in_the_clear_are_refused(sandbox, logo, tmp_path):
    with pytest.raises(CommandError, match="can't be read"):
        run("pages", {**PAGES, "logo": tmp_path / "none.png"})
    with pytest.raises(CommandError, match="https"):
        run("pages", {**PAGES, "logo": logo, "page": "http://park.example.cn/"})
    logo.write_bytes(shot())
    with pytest.raises(CommandError, match="a PNG"):
        run("pages", {**PAGES, "logo": logo})


@pytest.mark.parametrize(
    ("fault", "words"), [("refuse", "Alipay refused"), ("lose_answer", "no answer that can be relied on")]
)
def test_what_alipay_does_not_do_is_said(sandbox, fault, words):
    sandbox.world.faults.set([{"fault": fault, "gateway": "alipay", "operation": "configure", "code": "40004"}])
    with pytest.raises(CommandError, match=words):
        run("lot", LOT)


# --- what is done ---------------------------------------------------------------------------------------------------


def test_the_kerb_becomes_a_roadside_lot_and_its_number_is_told(sandbox):
    assert run("lot", LOT) == "ALIPAY_PARKING_ID=PI1500000000000001"
    kept = sandbox.world.books.get("lots", "openberth")
    assert (kept["parking_lot_type"], kept["support_after_pay"], kept["sum_space"]) == ("ROADSIDE", "Y", "3730")


def test_the_pages_go_all_together_with_their_addresses_encoded(sandbox, logo):
    assert run("pages", {**PAGES, "logo": logo}) == "set"
    kept = sandbox.world.books.get("lots", "config")
    told = {one["interface_name"]: one["interface_url"] for one in kept["interface_info_list"]}
    assert {name.removeprefix("alipay.eco.mycar.parking."): address for name, address in told.items()} == {
        "userpage.query": "https%3A%2F%2Fpark.example.cn%2F",
        "agreement.notify": "http%3A%2F%2F127.0.0.1%3A9%2Fpay%2Fnotify%2Falipay%2F",
    }  # fmt: skip
    assert kept["merchant_service_phone"] == PAGES["phone"]
