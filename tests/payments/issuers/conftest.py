"""The sandbox and the three issuers pointed at it."""

import pytest

from payments.issuers.fiscal import FiscalReceipts
from payments.issuers.local import LocalIssuer
from payments.issuers.nuonuo import Nuonuo
from sandbox.gateway import fiscal as fiscal_side
from sandbox.gateway import nuonuo as nuonuo_side
from tests.sandbox.fixtures import box, key_folder

__all__ = ["box", "key_folder"]


@pytest.fixture
def nuonuo(box, tmp_path):
    return Nuonuo(
        app_key=nuonuo_side.APP_KEY,
        app_secret=nuonuo_side.APP_SECRET,
        tax_number=nuonuo_side.TAX_NUMBER,
        token_file=str(tmp_path / "token"),
        host=box.url,
        token_host=box.url,
        read_timeout=1.0,
    )


@pytest.fixture
def fiscal(box):
    return FiscalReceipts(
        app_id=fiscal_side.APP_ID,
        key=fiscal_side.KEY,
        place_code="001",
        item_code="103050108",
        host=f"{box.url}/fiscal",
        read_timeout=1.0,
    )


@pytest.fixture
def local(box):
    return LocalIssuer(host=f"{box.url}/local-issuer", key="sandbox-local-issuer-key", read_timeout=1.0)


@pytest.fixture(params=["nuonuo", "fiscal", "local"])
def issuer(request):
    """Each issuer in turn, for what all must do."""
    return request.getfixturevalue(request.param)
