import pytest
from django.core import signing

from parking.models import ParkingSession
from payments import charges
from payments.charges import PaymentState
from tests.payments.conftest import _sandbox, keys_folder, sandbox  # noqa: F401
from tests.street import OTHER_PLATE, at

pytestmark = pytest.mark.django_db(transaction=True)


def numbers():
    return list(ParkingSession.objects.order_by("id").values_list("number", flat=True))


def pay(browser, *chosen, gateway="wechat", **more):
    return browser.post("/driver/orders/pay/", {"number": list(chosen), "gateway": gateway}, **more)


# A literal: what is signed at import differs between two workers, who must collect the same tests.
SIGNED_WITH_ANOTHER_KEY = "IlAxIg:1xVbKg:w-f9nVh_BKo1ztWkmI9p50tNRcPF7lwqiIyZ1AxMMx4"


@pytest.mark.parametrize("token", ["x", "P1", "IlAxIg:1xVZjQ:AAAA", SIGNED_WITH_ANOTHER_KEY])
def test_an_address_nobody_signed_is_not_found(client, token):
    for tail in ("", "go/", "now/"):
        assert client.get(f"/paying/{token}/{tail}").status_code in (302, 404)
    assert client.get(f"/paying/{token}/").status_code == 404


def test_paying_for_somebody_else_starts_nothing(browser, car, park, sandbox):  # noqa: F811
    park(at("08:00"), at("09:10"), plate=OTHER_PLATE)
    assert pay(browser, *numbers()).url == "/driver/orders/"
    assert charges.views(numbers())[numbers()[0]].attempts == ()


def test_paying_nothing_leads_back_to_the_orders(browser, car):
    assert pay(browser).url == "/driver/orders/"
    assert pay(browser, "P1", "\x00").url == "/driver/orders/"


def test_a_gateway_that_is_silent_takes_nothing_and_says_so(browser, car, park, settings):
    for setting in settings.PAYMENT_GATEWAYS.values():
        assert setting["OPTIONS"]  # the sandbox of the settings does not run in this test
    park(at("08:00"), at("09:10"))
    from payments import gateways

    wechat = settings.PAYMENT_GATEWAYS["wechat"]
    settings.PAYMENT_GATEWAYS = {
        **settings.PAYMENT_GATEWAYS,
        "wechat": {**wechat, "OPTIONS": {**wechat["OPTIONS"], "host": "http://127.0.0.1:9"}},
    }
    gateways.forget()
    try:
        answer = browser.post("/driver/orders/pay/", {"number": numbers(), "gateway": "wechat"}, follow=True)
    except (OSError, ValueError):
        pytest.fail("a gateway that can't be reached broke the page")
    finally:
        gateways.forget()
    assert answer.status_code == 200


@pytest.mark.parametrize("gateway", ["wechat", "alipay", "nonsense"])
def test_one_payment_for_all_that_was_ticked_leads_to_the_payers_page(browser, car, park, sandbox, gateway):  # noqa: F811
    park(at("08:00"), at("09:10"))
    park(at("10:00"), at("10:40"))
    started = pay(browser, *numbers(), gateway=gateway)
    page = browser.get(started.url)
    assert page.status_code == 200
    assert sandbox.url in page.content.decode()
    token = started.url.split("/")[2]
    state = charges.payment_state(signing.loads(token, salt="parking.pages.paying"))
    assert isinstance(state, PaymentState)
    assert (state.amount_fen, state.final) == (500, False)


def test_the_result_can_be_read_without_signing_in_and_tells_no_place(browser, client, car, park, sandbox):  # noqa: F811
    park(at("08:00"), at("09:10"))
    started = pay(browser, *numbers())
    client.cookies.clear()
    html = client.get(started.url.replace("go/", "")).content.decode()
    main = html.split("<main")[1].split("</main")[0]
    assert "等待支付结果" in main
    assert "3.00 元" in main
    assert "A01" not in main
    assert "甲路" not in main


def test_tapping_twice_starts_one_payment(browser, car, park, sandbox):  # noqa: F811
    park(at("08:00"), at("09:10"))
    pay(browser, *numbers())
    pay(browser, *numbers())
    assert len(charges.views(numbers())[numbers()[0]].attempts) == 1


def test_a_guest_pays_all_that_a_plate_owes(client, park, sandbox):  # noqa: F811
    park(at("08:00"), at("09:10"))
    park(at("10:00"), at("10:40"))
    client.post("/plate/", {"plate": "鄂L12345"})
    started = client.post("/plate/pay/", {"gateway": "alipay"})
    assert "/paying/" in started.url
    assert sandbox.url in client.get(started.url).content.decode()
