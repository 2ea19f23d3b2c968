"""The sandbox gateways stand at the end of every journey."""

from tests.payments.conftest import _sandbox, keys_folder, sandbox

__all__ = ["_sandbox", "keys_folder", "sandbox"]
