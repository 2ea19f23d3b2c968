"""The same work on a storage that speaks S3: a stand-in of the test's own, over real HTTP."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from parking import pictures
from parking.models import Picture
from parking.pictures import Arrived, Gone
from tests.parking.shots import shot

pytestmark = pytest.mark.django_db


class Bucket(BaseHTTPRequestHandler):
    """Objects by path. Asks for version 4 signatures, and says what S3 says of what isn't there."""

    objects: dict[str, bytes] = {}  # one bucket a test
    away = False

    def _answer(self, status, body=b"", **headers):
        signed = self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256")
        status = 503 if Bucket.away else status if signed else 403
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if "chunked" in self.headers.get("Content-Encoding", "") or "STREAMING" in self.headers.get(
            "x-amz-content-sha256", ""
        ):
            size, _, rest = body.partition(b"\r\n")
            body = rest[: int(size.split(b";")[0], 16)]
        if not Bucket.away:
            Bucket.objects[self.path] = body
        self._answer(200, ETag='"x"')

    def do_GET(self):
        if self.path in Bucket.objects:
            self._answer(200, Bucket.objects[self.path], ETag='"x"')
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    do_HEAD = do_GET

    def do_DELETE(self):
        Bucket.objects.pop(self.path, None)
        self._answer(204)

    def log_message(self, *_):
        """Nothing to say."""


@pytest.fixture
def bucket(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Bucket.objects, Bucket.away = {}, False
    settings.STORAGES = settings.STORAGES | {
        "evidence": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": "evidence",
                "endpoint_url": f"http://127.0.0.1:{server.server_port}",
                "region_name": "cn-test-1",
                "access_key": "key",
                "secret_key": "secret",
                "addressing_style": "path",
                "signature_version": "s3v4",
                "file_overwrite": True,
                "default_acl": None,
            },
        }
    }
    yield Bucket
    server.shutdown()
    server.server_close()


def kept():
    now = timezone.now()
    pictures.keep([pictures.examine(Arrived(source="c", event_id="e", name="1", role="scene", body=shot()))], now=now)
    return now


@pytest.mark.timeout(120)
def test_copies_are_put_read_back_checked_and_deleted(bucket):
    now = kept()
    assert pictures.develop(now=now) == 1
    picture = Picture.objects.get()
    assert pictures.read(picture.id, "small", now=now)[:3] == b"\xff\xd8\xff"
    path = next(path for path in bucket.objects if path.endswith("small.jpg"))
    bucket.objects[path] += b"x"
    with pytest.raises(Gone, match="altered"):
        pictures.read(picture.id, "small", now=now)
    del bucket.objects[path]
    with pytest.raises(Gone, match="lost"):
        pictures.read(picture.id, "small", now=now)
    assert pictures.expire(now=now + timedelta(days=8)) == 1
    assert bucket.objects == {}
