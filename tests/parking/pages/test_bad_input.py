"""Whatever is typed, sent twice or sent late: the answer is a sentence a person understands, and nothing is lost."""

import io
import re
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from parking import signs
from parking.models import Appeal, AppealPicture, ParkingSession, Permit, PermitProduct, Vehicle
from payments import charges
from payments.models import Attempt, Charge
from tests.street import at

pytestmark = pytest.mark.django_db

NO_PLATES = {
    "nothing": "",
    "spaces": "   \u3000",
    "emoji": "😀L12345",
    "bidi": "鄂L\u202e12345\u202c9",
    "zero width": "\u200b\u200d\ufeff",
    "nul": "鄂L123\x0045678",
    "sql": "'; DROP TABLE parking_vehicle; --",
    "markup": "<script>alert(1)</script>",
    "very long": "鄂" * 20_000,
    "two lines": "鄂L12345\n鄂L67890",
    "half": "鄂L1",
    "no province": "L12345",
    "lone surrogate as sent": "鄂L\ufffd12345",
    "digits of another script": "鄂L١٢٣٤٥٦٧",
}
SENTENCE = re.compile(r"[\u4e00-\u9fff，。、“”]{6,}")


def told(answer):
    """What the summary of errors says, its heading left out."""
    (summary,) = re.findall(r'role="alert".*?</ul>', answer.content.decode(), re.S)
    return re.sub(r"<h2.*?</h2>|<[^>]+>", "", summary, flags=re.S)


@pytest.mark.parametrize("plate", list(NO_PLATES.values()), ids=list(NO_PLATES))
@pytest.mark.parametrize("where", ["plate", "berth", "bind"])
def test_what_is_no_plate_gets_a_sentence(browser, road, where, plate):
    path = {"plate": "/plate/", "berth": f"/b/{signs.token('A01')}/", "bind": "/driver/vehicles/add/"}[where]
    answer = browser.post(path, {"plate": plate})
    assert answer.status_code == 422
    assert SENTENCE.search(told(answer))
    assert "<script>alert" not in answer.content.decode()
    assert not Vehicle.objects.exists()


@pytest.mark.parametrize(
    "phone",
    ["", "1", "😀" * 11, "1380000000\x00", "+86 12345", "9" * 5000, "\u202e13800000000x"],
    ids=lambda each: f"{len(each)} signs",
)
def test_what_is_no_phone_gets_a_sentence(client, phone):
    answer = client.post("/driver/sign-in/", {"phone": phone})
    assert answer.status_code == 422
    assert SENTENCE.search(told(answer))


@pytest.mark.parametrize(
    "code", ["", "abc", "😀😀😀😀😀😀", "12345\x00", "1234567", "٣٣٣٣٣"], ids=lambda each: f"{len(each)} signs"
)
def test_what_is_no_code_gets_a_sentence(client, db, code):
    client.post("/driver/sign-in/", {"phone": "13800000000"})
    answer = client.post("/driver/sign-in/code/", {"code": code})
    assert answer.status_code == 422
    assert SENTENCE.search(told(answer))


def bomb():
    """A PNG of a few bytes that says it is 40,000 by 40,000."""
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def jpeg():
    body = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(body, "JPEG")
    return body.getvalue()


PICTURES = {
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 200,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "empty": b"",
    "cut off": jpeg()[:200],
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a bomb": bomb(),
    "too large": jpeg() + b"\x00" * (10 * 1024 * 1024 + 1),
}


@pytest.mark.parametrize("kind", list(PICTURES))
def test_what_is_no_picture_gets_a_sentence_and_is_not_kept(browser, car, park, kind):
    park(at("08:00"), at("09:10"))
    number = ParkingSession.objects.get().number
    file = SimpleUploadedFile("IMG_0001.HEIC", PICTURES[kind], content_type="image/heic")
    answer = browser.post(f"/driver/orders/{number}/appeal/", {"reason": "not_mine", "words": "x", "picture": file})
    assert answer.status_code == 422
    assert SENTENCE.search(told(answer))
    assert not AppealPicture.objects.exists()


def test_a_second_tap_on_an_appeal_opens_one_and_says_so(browser, car, park):
    park(at("08:00"), at("09:10"))
    path = f"/driver/orders/{ParkingSession.objects.get().number}/appeal/"
    first, again = (browser.post(path, {"reason": "not_mine", "words": "😀\u202e"}) for _ in range(2))
    assert first.status_code == 302
    assert "已经有一个申诉" in browser.get(again.url).content.decode() if again.status_code == 302 else told(again)
    assert Appeal.objects.count() == 1


def test_a_tab_left_open_pays_nothing_twice(browser, car, park):
    park(at("08:00"), at("09:10"))
    number = ParkingSession.objects.get().number
    charges.waive(number, reason="试", by="clerk", now=timezone.now())
    answer = browser.post("/driver/orders/pay/", {"number": [number]}, follow=True)
    assert answer.redirect_chain[-1][0] == "/driver/orders/"
    assert not Attempt.objects.exists()


def test_a_tab_left_open_on_a_permit_that_was_cancelled_pays_nothing(browser, car):
    PermitProduct.objects.create(code="night", kind="night", name="夜间证", price_fen=10_000)
    browser.post("/driver/permits/buy/night/", {"cars": [str(car.pk)]})
    number = Permit.objects.get().number
    Charge.objects.update(status="void", settled_at=timezone.now())
    attempts = Attempt.objects.count()
    answer = browser.post(f"/driver/permits/{number}/pay/", follow=True)
    assert Attempt.objects.count() == attempts
    assert "不再有效" in answer.content.decode()
    assert "现在不能取消" in browser.post(f"/driver/permits/{number}/cancel/", follow=True).content.decode()


def test_a_form_from_before_the_sign_in_is_refused_in_words(road):
    answer = Client(enforce_csrf_checks=True).post("/plate/", {"plate": "鄂L12345"})
    assert answer.status_code == 403
    assert SENTENCE.search(re.sub(r"<[^>]+>", "", answer.content.decode()))


@pytest.mark.parametrize("path", ["/driver/orders/%00/", "/driver/orders/😀/", "/roads/%E2%80%AEA/", "/paying/x/now/", "/b/%F0%9F%98%80/", "/i/x/", "/driver/permits/%27/"])  # fmt: skip # noqa: E501
def test_an_address_that_leads_nowhere_says_so(browser, road, path):
    answer = browser.get(path)
    assert answer.status_code in (404, 410)
    assert SENTENCE.search(re.sub(r"<[^>]+>", "", answer.content.decode()))
