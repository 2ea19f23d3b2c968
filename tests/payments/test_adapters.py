"""Adapters named in settings are checked when OpenBerth starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core import checks

from payments.wire import adapters

SANDBOX = "http://127.0.0.1:8009"
LOCAL = {"BACKEND": "payments.issuers.local.LocalIssuer", "OPTIONS": {"host": "https://invoices.cn", "key": "s3cret"}}


def problems(adapter, production=False):
    return adapters.problems("X", {"one": adapter}, sandbox=SANDBOX, production=production)


@pytest.mark.parametrize("backend", ["payments.gateways.nothing.Nobody", "payments.issuers.local.Nobody", ""])
def test_a_backend_nobody_wrote_is_an_error(backend):
    assert [problem.id for problem in problems({"BACKEND": backend})] == ["payments.E001"]


@pytest.mark.parametrize("options", [{}, {"host": "https://x.cn", "colour": "red"}])
def test_options_that_do_not_fit_are_an_error(options):
    assert [problem.id for problem in problems({**LOCAL, "OPTIONS": options})] == ["payments.E002"]


def test_a_key_in_an_unfitting_option_is_not_told():
    [problem] = problems({**LOCAL, "OPTIONS": {"key": "s3cret"}})
    assert "s3cret" not in str(problem)


def test_production_with_the_sandbox_is_an_error():
    adapter = {**LOCAL, "OPTIONS": {"host": f"{SANDBOX}/local-issuer"}}
    assert [problem.id for problem in problems(adapter, production=True)] == ["payments.E003"]
    assert problems(adapter) == []


def test_a_fitting_adapter_has_no_problem():
    assert problems(LOCAL, production=True) == []


def test_nobody_named_is_a_warning():
    [problem] = adapters.problems("X", {}, sandbox=SANDBOX, production=True)
    assert problem.id == "payments.W001"


def test_in_production_only_what_has_credentials_is_there():
    told = subprocess.run(
        [sys.executable, "-c", "from config import settings as s; print(*s.PAYMENT_GATEWAYS, *s.INVOICE_ISSUERS)"],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("WECHAT", "ALIPAY"))},
            "OPENBERTH_PRODUCTION": "1",
            "SECRET_KEY": "x" * 50,
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "WECHAT_MCHID": "1900000001",
            "FISCAL_URL": "https://fiscal.example.cn",
        },
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.split() == ["wechat", "fiscal"]


def test_the_settings_as_they_come_have_no_problem():
    assert [problem for problem in checks.run_checks() if str(problem.id).startswith("payments.E00")] == []
    assert set(settings.PAYMENT_GATEWAYS) == {"wechat", "alipay"}
