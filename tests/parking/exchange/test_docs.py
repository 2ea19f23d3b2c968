"""The example of docs/exchange.md, run as it is written, against a server that listens."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from django.utils import timezone

from tests import street

DOCS = Path(__file__).parents[3] / "docs/exchange.md"


@pytest.mark.django_db(transaction=True)
def test_the_documented_command_answers_as_documented(live_server, request):
    street.build()
    key_of, granted = request.getfixturevalue("key_of"), request.getfixturevalue("granted")
    now = timezone.now()
    key = key_of(granted("road", now=now), now)
    (script,) = re.findall(r"```sh\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert "KEY=obx_..." in script
    done = subprocess.run(
        ["bash", "-euc", script.replace("obx_...", key)],
        env={"OPENBERTH": live_server.url, "PATH": "/usr/bin:/bin", "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said = json.loads(done.stdout)
    (documented,) = re.findall(r"```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
    example = json.loads(documented)
    assert said.keys() == example.keys()
    assert said["results"][0].keys() == example["results"][0].keys()
    assert said["results"][0]["row"]["code"] == "A"
