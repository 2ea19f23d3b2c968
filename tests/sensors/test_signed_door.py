"""The door for those who sign: what is refused, what is used up, and the documented example in a real shell."""

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone

from parking.models import EventRecord
from sensors import addresses, ingest, keys, sealing
from sensors.codecs import signing
from sensors.models import Frame, Nonce, Source, SourceKey
from tests import street

pytestmark = pytest.mark.django_db

URL = "/api/v1/ingest/events/"
DOCS = Path(__file__).parents[2] / "docs" / "devices.md"


@pytest.fixture(autouse=True)
def _street():
    street.build()


@pytest.fixture
def key():
    return keys.create_signing_source(name="signer", now=timezone.now())[1]


def body(event_id="1"):
    event = {"event_id": event_id, "berth": "A01", "kind": "arrival", "observed_at": timezone.now().isoformat()}
    return json.dumps({"events": [event]}).encode()


def headers(key, data, *, path=URL, nonce="nonce-0001", late_s=0, **over):
    moment = str(int(timezone.now().timestamp()) - late_s)
    given = {
        "X-OpenBerth-Key": key.name,
        "X-OpenBerth-Time": moment,
        "X-OpenBerth-Nonce": nonce,
        "X-OpenBerth-Signature": signing.signature(
            secret=key.secret.encode(), method="POST", path=path, key_id=key.name, time=moment, nonce=nonce, body=data
        ),
    }
    return given | over


def post(data, given, *, path=URL, client=None, **more):
    return (client or Client()).post(path, data, content_type="application/json", headers=given, **more)


@pytest.mark.parametrize(
    ("over", "code", "field"),
    [
        ({"X-OpenBerth-Key": "ob_nobody"}, "unknown_key", "X-OpenBerth-Key"),
        ({"X-OpenBerth-Key": ""}, "unknown_key", "X-OpenBerth-Key"),
        ({"X-OpenBerth-Time": "yesterday"}, "bad_signature", "X-OpenBerth-Time"),
        ({"X-OpenBerth-Nonce": "short"}, "bad_signature", "X-OpenBerth-Nonce"),
        ({"X-OpenBerth-Nonce": "another-nonce"}, "bad_signature", "X-OpenBerth-Signature"),
        ({"X-OpenBerth-Signature": "00" * 32}, "bad_signature", "X-OpenBerth-Signature"),
        ({"X-OpenBerth-Signature": "é"}, "bad_signature", "X-OpenBerth-Signature"),
    ],
)
def test_a_request_signed_wrongly_is_refused_with_the_header_that_is_wrong(key, over, code, field):
    data = body()
    answer = post(data, headers(key, data) | over)
    assert answer.status_code == 401
    assert (answer.json()["code"], list(answer.json()["fields"])) == (code, [field])
    assert (Frame.objects.get().outcome, Frame.objects.get().reason) == ("refused", code)
    assert not EventRecord.objects.exists()
    assert not Nonce.objects.exists()


def test_a_body_path_or_query_other_than_the_signed_one_is_refused(key):
    data = body()
    given = headers(key, data)
    assert post(data + b" ", given).status_code == 401
    assert post(data, given, path=f"{URL}?model=x").status_code == 401
    assert post(data, given, path="/api/v1/ingest/tts/").status_code == 401


@pytest.mark.parametrize("late_s", [302, -302])
def test_a_signature_outside_the_window_is_stale(key, late_s):
    data = body()
    assert post(data, headers(key, data, late_s=late_s)).json()["code"] == "stale_signature"


def test_the_secret_of_a_signing_key_opens_nothing_as_a_bearer_key(client, key):
    answer = client.post(
        URL, body(), content_type="application/json", headers={"Authorization": f"Bearer {key.secret}"}
    )
    assert answer.status_code == 401


def test_a_replay_is_refused_with_a_code_of_its_own_and_changes_nothing(key):
    data = body()
    given = headers(key, data)
    assert post(data, given).json() == {"accepted": 1, "duplicates": 0, "rejected": []}
    answer = post(data, given)
    assert (answer.status_code, answer.json()["code"]) == (401, "replayed")
    assert sorted(Frame.objects.values_list("outcome", flat=True)) == ["accepted", "refused"]


def test_two_keys_may_use_the_same_nonce(key):
    other = keys.create_signing_source(name="other", now=timezone.now())[1]
    data = body()
    assert post(data, headers(key, data)).status_code == 202
    assert post(data, headers(other, data)).status_code == 202


def test_a_request_that_could_not_be_stored_may_come_again_as_it_is(key, monkeypatch):
    data = body()
    given = headers(key, data)
    real = ingest.receive
    monkeypatch.setattr(ingest, "receive", lambda **_: (_ for _ in ()).throw(DatabaseError("away")))
    assert post(data, given).status_code == 503
    monkeypatch.setattr(ingest, "receive", real)
    assert post(data, given).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_of_the_same_signed_request_sent_eight_times_at_once_one_is_taken(key):
    data = body()
    given = headers(key, data)

    def send(_):
        try:
            return post(data, given).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == [202] + [401] * 7


def test_a_revoked_signing_key_is_refused_at_once_in_this_process(key):
    data = body()
    assert post(data, headers(key, data)).status_code == 202
    keys.revoke(list(SourceKey.objects.values_list("id", flat=True)), now=timezone.now())
    assert post(data, headers(key, data, nonce="nonce-0002")).json()["code"] == "unknown_key"


def test_a_key_revoked_elsewhere_is_refused_within_a_second_or_so(key, monkeypatch):
    data = body()
    assert post(data, headers(key, data)).status_code == 202
    SourceKey.objects.update(revoked_at=timezone.now())
    clock = keys.time.monotonic() + keys.REMEMBERED_S
    monkeypatch.setattr(keys.time, "monotonic", lambda: clock)
    assert post(data, headers(key, data, nonce="nonce-0002")).status_code == 401


def test_a_bearer_and_a_signing_key_of_a_source_live_side_by_side(client, key):
    bearer = keys.add_key(source=Source.objects.get(), now=timezone.now())
    data = body()
    assert post(data, headers(key, data)).status_code == 202
    answer = client.post(URL, data, content_type="application/json", headers={"Authorization": f"Bearer {bearer}"})
    assert answer.json()["duplicates"] == 1


def test_the_secret_is_nowhere_in_clear_and_opens_only_with_our_key(key, settings):
    row = SourceKey.objects.get()
    assert key.secret not in f"{row.sealed}{row.digest}{row.name}"
    assert sealing.unseal(row.sealed) == key.secret
    settings.SOURCE_SECRETS_OLD_KEYS = [settings.SOURCE_SECRETS_KEY]
    settings.SOURCE_SECRETS_KEY = "another"
    assert sealing.unseal(row.sealed) == key.secret
    settings.SOURCE_SECRETS_OLD_KEYS = []
    with pytest.raises(sealing.CanNotOpen):
        sealing.unseal(row.sealed)
    data = body()
    assert post(data, headers(key, data)).json()["code"] == "unknown_key"


def test_nonces_are_forgotten_only_after_their_signature_is_stale(key):
    data = body()
    post(data, headers(key, data))
    now = timezone.now()
    assert keys.forget_nonces(now=now + 2 * signing.TOLERANCE) == 0
    assert keys.forget_nonces(now=now + 2 * signing.TOLERANCE + timedelta(minutes=2)) == 1


def test_a_name_without_a_secret_can_not_be_stored():
    source = Source.objects.create(name="s", created_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        SourceKey.objects.create(source=source, digest="d", name="ob_1", created_at=timezone.now())


@pytest.mark.parametrize(
    ("entries", "address", "let_in"),
    [
        ([], "203.0.113.9", True),
        (["10.0.0.0/24"], "10.0.0.9", True),
        (["10.0.0.0/24"], "10.0.1.9", False),
        (["10.0.0.7"], "::ffff:10.0.0.7", True),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["10.0.0.0/24"], "2001:db8::1", False),
        (["10.0.0.0/24"], "", False),
    ],
)
def test_an_address_list_lets_in_whom_it_names(entries, address, let_in):
    assert addresses.within(address, entries) is let_in


def test_an_address_that_is_none_is_refused_by_name():
    with pytest.raises(ValidationError, match=r"10\.0\.0\.300"):
        addresses.check(["10.0.0.1", "10.0.0.300"])
    with pytest.raises(CommandError, match="nowhere"):
        call_command("create_source", "s", "--address", "nowhere")


def test_a_caller_who_is_not_on_the_list_is_turned_away_with_the_reason(key, settings):
    Source.objects.update(addresses=["10.0.0.0/24"])
    data = body()
    answer = post(data, headers(key, data))
    assert (answer.status_code, answer.json()["code"]) == (403, "address_not_allowed")
    assert "127.0.0.1" in answer.json()["message"]
    frame = Frame.objects.get()
    assert (frame.outcome, frame.reason, frame.source.name) == ("refused", "address_not_allowed", "signer")
    assert not Nonce.objects.exists()


def test_behind_our_proxy_the_address_is_the_one_it_saw_and_not_what_the_caller_writes(key, settings):
    settings.PROXIES = 1
    Source.objects.update(addresses=["10.0.0.7"])
    data = body()
    forged = headers(key, data) | {"X-Forwarded-For": "10.0.0.7, 203.0.113.9"}
    assert post(data, forged).status_code == 403
    assert post(data, headers(key, data) | {"X-Forwarded-For": "203.0.113.9, 10.0.0.7"}).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_the_documented_shell_commands_sign_rightly(live_server, capsys):
    call_command("create_source", "shell", "--signed", "--address", "127.0.0.0/8")
    name, secret = capsys.readouterr().out.split()
    script = next(block for block in re.findall(r"```sh\n(.*?)```", DOCS.read_text(), re.DOTALL) if "openssl" in block)
    told = {"SERVER": live_server.url, "KEY": name, "SECRET": secret, "BODY": body("鄂L").decode()}
    ran = subprocess.run(
        ["sh", "-c", script],
        env={"PATH": "/usr/bin:/bin"} | told,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert json.loads(ran.stdout) == {"accepted": 1, "duplicates": 0, "rejected": []}
