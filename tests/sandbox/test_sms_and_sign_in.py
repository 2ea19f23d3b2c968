"""The SMS and sign-in counterparts: only what is rightly signed is kept."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from sandbox.gateway import keys, sms
from tests.sandbox.fixtures import turn


def send(url, headers, body=b"", method="POST"):
    request = Request(url, data=body, headers=headers, method=method)
    try:
        with urlopen(request, timeout=5) as answer:
            return json.load(answer)
    except OSError as error:
        return json.loads(error.read())


def aliyun(box, secret=sms.ALIYUN_SECRET, to="13800000000"):
    """A SendSms request signed as Alibaba Cloud documents ACS3-HMAC-SHA256."""
    query = {"PhoneNumbers": to, "SignName": "咸宁停车", "TemplateCode": "SMS_1", "TemplateParam": '{"code":"1234"}'}
    encoded = urlencode(sorted(query.items())).replace("+", "%20")
    host = box.url.removeprefix("http://")
    hashed = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": "SendSms",
        "x-acs-content-sha256": hashed,
        "x-acs-date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": "n",
        "x-acs-version": "2017-05-25",
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n/\n{encoded}\n{lines}\n{names}\n{hashed}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={sms.ALIYUN_KEY},SignedHeaders={names},Signature={signature}"
    )
    return send(f"{box.url}/sms/aliyun/?{encoded}", headers)


def tencent(box, key=sms.TENCENT_KEY, to="+8613800000000"):
    """A SendSms request signed as Tencent Cloud documents TC3-HMAC-SHA256."""
    content = {"PhoneNumberSet": [to], "SignName": "咸宁停车", "TemplateId": "1", "TemplateParamSet": ["1234"]}
    body = json.dumps(content).encode()
    stamp = str(int(datetime.now(UTC).timestamp()))
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    hashed = hashlib.sha256(body).hexdigest()
    host = box.url.removeprefix("http://")
    canonical = f"POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n{hashed}"
    text = f"TC3-HMAC-SHA256\n{stamp}\n{day}/sms/tc3_request\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    secret = f"TC3{key}".encode()
    for part in (day, "sms", "tc3_request"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "Host": host,
        "X-TC-Timestamp": stamp,
        "Authorization": f"TC3-HMAC-SHA256 Credential={sms.TENCENT_ID}/{day}/sms/tc3_request, "
        f"SignedHeaders=content-type;host, Signature={signature}",
    }
    return send(f"{box.url}/sms/tencent/", headers, body)["Response"]


def sign_in(box, **query):
    fields = {"appid": keys.APPID, "secret": keys.APP_SECRET, "grant_type": "authorization_code", **query}
    return send(f"{box.url}/sns/jscode2session?{urlencode(fields)}", {}, None, "GET")


def test_alibaba_refuses_another_secret_and_a_number_that_is_none(box):
    assert aliyun(box, secret="another")["Code"] == "SignatureDoesNotMatch"
    assert aliyun(box, to="12")["Code"] != "OK"
    assert box.world.books.count("messages") == 0


def test_tencent_refuses_another_secret_and_a_number_that_is_none(box):
    assert tencent(box, key="another")["Error"]["Code"] == "AuthFailure.SignatureFailure"
    assert tencent(box, to="12")["SendStatusSet"][0]["Code"] != "Ok"
    assert box.world.books.count("messages") == 0


def test_rightly_signed_messages_are_kept(box):
    assert aliyun(box)["Code"] == "OK"
    assert tencent(box)["SendStatusSet"][0]["Code"] == "Ok"
    assert [row["to"] for _, row in box.world.books.rows("messages")] == ["13800000000", "+8613800000000"]


def test_a_provider_can_be_made_to_refuse(box):
    turn(box, "faults", rules=[{"fault": "refuse", "gateway": "sms", "code": "isv.BUSINESS_LIMIT_CONTROL"}])
    assert aliyun(box)["Code"] == "isv.BUSINESS_LIMIT_CONTROL"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"appid": "wx0"}, 40013), ({"secret": "x"}, 40125), ({"js_code": ""}, 40029), ({"js_code": "bad-1"}, 40029)],
)
def test_a_wrong_sign_in_is_refused_in_wechats_numbers(box, wrong, code):
    assert sign_in(box, **{"js_code": "c1", **wrong})["errcode"] == code


def test_a_code_is_good_once_but_a_demo_persons_always(box):
    assert sign_in(box, js_code="c1")["openid"].startswith("o")
    assert sign_in(box, js_code="c1")["errcode"] == 40163
    assert sign_in(box, js_code="demo-li")["openid"] == sign_in(box, js_code="demo-li")["openid"]
