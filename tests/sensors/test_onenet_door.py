"""OneNET's door: its check of the address, and signed messages where a token is set."""

import pytest
from django.utils import timezone

from sensors import keys
from sensors.codecs import onenet
from sensors.models import Frame
from tests import street

pytestmark = pytest.mark.django_db

TOKEN = "abcdefgh"
MSG = '{"at":1555904805407,"imei":"861931046156398","type":1,"ds_id":"3300_0_5700","value":-115,"dev_id":523444202}'


@pytest.fixture
def url():
    street.build()
    return f"/api/v1/ingest/onenet/?key={keys.create_source(name='onenet', codec='onenet', now=timezone.now())[1]}"


def pushed(token: str) -> str:
    return f'{{"msg":{MSG},"msg_signature":"{onenet.signature(token=token, nonce="n1", msg=MSG)}","nonce":"n1"}}'


def test_a_check_without_the_key_or_with_a_wrong_signature_is_refused(client, url, settings):
    settings.ONENET_TOKEN = TOKEN
    assert client.get("/api/v1/ingest/onenet/", {"msg": "hi"}).status_code == 401
    assert client.get(url).status_code == 400
    assert client.get(f"{url}&msg=hi&nonce=n1&signature=wrong").status_code == 400


def test_another_vendors_address_has_no_check(client, url):
    assert client.get(url.replace("onenet", "signaltone")).status_code == 400


def test_a_message_signed_with_another_token_is_refused_and_leaves_a_trace(client, url, settings):
    settings.ONENET_TOKEN = TOKEN
    answer = client.post(url, pushed("other"), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert Frame.objects.get().reason == "bad_signature"


def test_the_check_gets_its_message_back(client, url, settings):
    assert client.get(f"{url}&msg=hi&nonce=n1&signature=any").content == b"hi"
    settings.ONENET_TOKEN = TOKEN
    query = {"msg": "hi", "nonce": "n1", "signature": onenet.signature(token=TOKEN, nonce="n1", msg="hi")}
    answer = client.get(url, query | {"key": url.partition("key=")[2]})
    assert (answer.status_code, answer.content) == (200, b"hi")


def test_a_message_with_the_right_signature_is_kept(client, url, settings):
    settings.ONENET_TOKEN = TOKEN
    assert client.post(url, pushed(TOKEN), content_type="application/json").status_code == 200
    assert Frame.objects.get().outcome == "accepted"
