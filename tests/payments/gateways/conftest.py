"""The sandbox's fixtures, for this folder."""

from tests.sandbox.fixtures import alipay, box, gateway, key_folder, shop, wechat

__all__ = ["alipay", "box", "gateway", "key_folder", "shop", "wechat"]
