"""A running sandbox, the merchant's door it notifies, and our own clients pointed at it."""

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import pytest

from payments.gateways.alipay import Alipay
from payments.gateways.base import Debit, Entry
from payments.gateways.wechat import WeChatPay
from sandbox.gateway import keys
from sandbox.gateway.server import Sandbox

PLATE = {"plate": "鄂L12345", "plate_color": "blue"}
# Waits of the sandbox's, in seconds at speed 1, pass a hundred times as fast.
SPEED = 100


@dataclass
class Heard:
    """One notification as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Shop:
    """The merchant's door. `answers` are given in turn, then 200 `success`, which both gateways take."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    def wait(self, count, seconds=5.0):
        """The notifications, once there are so many."""
        until = time.monotonic() + seconds
        while len(self.heard) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.heard) >= count, f"{len(self.heard)} of {count} notifications came"
        return self.heard


def wait_for(check, seconds=5.0):
    """What `check` gives as soon as it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = check()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


def turn(box, knob, **body):
    """Turn a knob of the sandbox over HTTP, as another program would."""
    request = Request(
        f"{box.url}/sandbox/{knob}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=5) as answer:
        return json.load(answer)


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sandbox") / "keys"
    keys.ensure(folder)
    return folder


@pytest.fixture
def box(key_folder):
    with Sandbox(keys_folder=key_folder, speed=SPEED) as running:
        running.world.turn({"bills_at_once": True})
        yield running


@pytest.fixture
def shop():
    door = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            door.heard.append(Heard(self.path, dict(self.headers.items()), body))
            status, answer = door.answers.pop(0) if door.answers else (200, b"success")
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    door.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield door
    server.shutdown()
    server.server_close()


def wechat_client(host, folder, shop_url, **options):
    return WeChatPay(
        **{
            "mchid": keys.MCHID,
            "appid": keys.APPID,
            "notify_url": f"{shop_url}/pay/notify/wechat/",
            "certificate_file": str(folder / "wechat-merchant.cert.pem"),
            "private_key_file": str(folder / "wechat-merchant.key.pem"),
            "api_v3_key_file": str(folder / "wechat-api-v3.key"),
            "public_key_id": keys.PUBLIC_KEY_ID,
            "public_key_file": str(folder / "wechat-platform.pub.pem"),
            "host": host,
            "read_timeout": 1.0,
            **options,
        }
    )


def alipay_client(host, folder, shop_url, **options):
    return Alipay(
        **{
            "app_id": keys.ALIPAY_APP_ID,
            "seller_id": keys.ALIPAY_SELLER_ID,
            "parking_id": keys.ALIPAY_PARKING_ID,
            "out_parking_id": "openberth",
            "private_key_file": str(folder / "alipay-merchant.key.pem"),
            "public_key_file": str(folder / "alipay-platform.pub.pem"),
            "notify_url": f"{shop_url}/pay/notify/alipay/",
            "host": f"{host}/gateway.do",
            "read_timeout": 1.0,
            **options,
        }
    )


@pytest.fixture
def wechat(box, key_folder, shop):
    return wechat_client(box.url, key_folder, shop.url)


@pytest.fixture
def alipay(box, key_folder, shop):
    return alipay_client(box.url, key_folder, shop.url)


@pytest.fixture(params=["wechat", "alipay"])
def gateway(request):
    """Each gateway in turn, for what both must do."""
    return request.getfixturevalue(request.param)


def now():
    return datetime.now(UTC)


def arrival(number="E000001", **other):
    return Entry(
        **{
            "number": number,
            "place": "银泉大道",
            "spot": "A01",
            "from_at": now() - timedelta(hours=1),
            **PLATE,
            **other,
        }
    )


def departure(entry, reference, number="D000000001", amount_fen=500, **other):
    """The debit that fits the entry."""
    return Debit(
        **{
            "number": number,
            "entry": reference,
            "plate": entry.plate,
            "plate_color": entry.plate_color,
            "amount_fen": amount_fen,
            "description": "停车费",
            "place": entry.place,
            "spot": entry.spot,
            "from_at": entry.from_at,
            "to_at": now() - timedelta(seconds=2),
            **other,
        }
    )
