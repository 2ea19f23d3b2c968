"""Whom the house speaks with outside: gateways, invoice issuers, text messages, WeChat's sign-in, the picture store.

Each stands in the shape of Django's `STORAGES`. The sandbox is real code and the default; in production a party without
credentials isn't there.
"""

from pathlib import Path
from typing import Any

from config import embedded, env
from config.env import PRODUCTION

PUBLIC_URL = env.text("PUBLIC_URL", default=f"http://127.0.0.1:{env.number('PORT', 8000)}")
SANDBOX_URL = env.text("SANDBOX_URL", default=f"http://127.0.0.1:{env.number('SANDBOX_PORT', 8009)}")

# Keys never stand here: files by path, or the environment. Without a merchant number the sandbox's are used, which
# sandbox.gateway makes at its first start.
SANDBOX_KEYS = Path(env.text("SANDBOX_KEYS", default=str(embedded.home() / "sandbox-keys")))
PAYMENT_GATEWAYS: dict[str, dict[str, Any]] = {
    "wechat": {
        "BACKEND": "payments.gateways.wechat.WeChatPay",
        "OPTIONS": {
            "mchid": env.text("WECHAT_MCHID"),
            "appid": env.text("WECHAT_APPID"),
            "sub_mchid": env.text("WECHAT_SUB_MCHID"),
            "sub_appid": env.text("WECHAT_SUB_APPID"),
            "certificate_serial": env.text("WECHAT_CERTIFICATE_SERIAL"),
            "private_key_file": env.text("WECHAT_PRIVATE_KEY_FILE"),
            "api_v3_key": env.text("WECHAT_API_V3_KEY"),
            "public_key_id": env.text("WECHAT_PUBLIC_KEY_ID"),
            "public_key_file": env.text("WECHAT_PUBLIC_KEY_FILE"),
            "standby_host": "https://api2.mch.weixin.qq.com",
            "notify_url": f"{PUBLIC_URL}/pay/notify/wechat/",
        }
        if env.text("WECHAT_MCHID")
        else {
            "mchid": "1900000109",
            "appid": "wxd678efh567hg6787",
            "certificate_file": str(SANDBOX_KEYS / "wechat-merchant.cert.pem"),
            "private_key_file": str(SANDBOX_KEYS / "wechat-merchant.key.pem"),
            "api_v3_key_file": str(SANDBOX_KEYS / "wechat-api-v3.key"),
            "public_key_id": "PUB_KEY_ID_0119000001092026112300000000000001",
            "public_key_file": str(SANDBOX_KEYS / "wechat-platform.pub.pem"),
            "host": SANDBOX_URL,
            "notify_url": f"{PUBLIC_URL}/pay/notify/wechat/",
        },
    },
    "alipay": {
        "BACKEND": "payments.gateways.alipay.Alipay",
        "OPTIONS": {
            "app_id": env.text("ALIPAY_APP_ID"),
            "seller_id": env.text("ALIPAY_SELLER_ID"),
            "parking_id": env.text("ALIPAY_PARKING_ID"),
            "out_parking_id": env.text("ALIPAY_OUT_PARKING_ID"),
            "private_key_file": env.text("ALIPAY_PRIVATE_KEY_FILE"),
            "public_key_file": env.text("ALIPAY_PUBLIC_KEY_FILE"),
            "notify_url": f"{PUBLIC_URL}/pay/notify/alipay/",
        }
        if env.text("ALIPAY_APP_ID")
        else {
            "app_id": "2021000100000001",
            "seller_id": "2088000100000001",
            "parking_id": "PI1500000000000001",
            "out_parking_id": "openberth",
            "private_key_file": str(SANDBOX_KEYS / "alipay-merchant.key.pem"),
            "public_key_file": str(SANDBOX_KEYS / "alipay-platform.pub.pem"),
            "host": f"{SANDBOX_URL}/gateway.do",
            "notify_url": f"{PUBLIC_URL}/pay/notify/alipay/",
        },
    },
}
if PRODUCTION:
    # The sandbox takes nobody's money: a gateway without credentials isn't there.
    for _code, _variable in (("wechat", "WECHAT_MCHID"), ("alipay", "ALIPAY_APP_ID")):
        if not env.text(_variable):
            del PAYMENT_GATEWAYS[_code]

# Without Nuonuo's key the sandbox's counterparts are used.
INVOICE_ISSUERS: dict[str, dict[str, Any]] = {
    "nuonuo": {
        "BACKEND": "payments.issuers.nuonuo.Nuonuo",
        "OPTIONS": {
            "app_key": env.text("NUONUO_APP_KEY"),
            "app_secret": env.text("NUONUO_APP_SECRET"),
            "tax_number": env.text("NUONUO_TAX_NUMBER"),
            "token_file": env.text("NUONUO_TOKEN_FILE", default=str(embedded.home() / "secrets" / "nuonuo-token")),
        }
        if env.text("NUONUO_APP_KEY")
        else {
            "app_key": "sandbox-nuonuo-key",
            "app_secret": "sandbox-nuonuo-secret",
            "tax_number": "91421200MA00000001",
            "token_file": str(embedded.home() / "secrets" / "sandbox-nuonuo-token"),
            # Each start of a sandbox without a memory costs a token.
            "token_budget": 10_000,
            "host": SANDBOX_URL,
            "token_host": SANDBOX_URL,
        },
    },
    "fiscal": {
        "BACKEND": "payments.issuers.fiscal.FiscalReceipts",
        "OPTIONS": {
            "app_id": env.text("FISCAL_APP_ID", default="SANDBOX0001"),
            "key": env.text("FISCAL_KEY", default="" if env.text("FISCAL_URL") else "sandbox-fiscal-key"),
            "place_code": env.text("FISCAL_PLACE_CODE", default="001"),
            "item_code": env.text("FISCAL_ITEM_CODE", default="103050108"),
            "host": env.text("FISCAL_URL", default=f"{SANDBOX_URL}/fiscal"),
        },
    },
    "local": {
        "BACKEND": "payments.issuers.local.LocalIssuer",
        "OPTIONS": {
            "host": env.text("LOCAL_ISSUER_URL", default=f"{SANDBOX_URL}/local-issuer"),
            "key": env.text(
                "LOCAL_ISSUER_KEY", default="" if env.text("LOCAL_ISSUER_URL") else "sandbox-local-issuer-key"
            ),
        },
    },
}
if PRODUCTION:
    for _code, _variable in (("nuonuo", "NUONUO_APP_KEY"), ("fiscal", "FISCAL_URL"), ("local", "LOCAL_ISSUER_URL")):
        if not env.text(_variable):
            del INVOICE_ISSUERS[_code]

# Text messages: the console in development, one of the two providers where its account is given.
_SMS_NAMES = ("code", "notice", "urge", "urge_final", "arrived", "billed", "appeal_answered", "vehicle")
_SMS_TEMPLATES = {name: env.text(f"SMS_TEMPLATE_{name.upper()}") for name in _SMS_NAMES}
SMS_PROVIDER: dict[str, Any] = {"BACKEND": "payments.messengers.console.ConsoleSms", "OPTIONS": {}}
if env.text("ALIYUN_SMS_KEY_ID"):
    SMS_PROVIDER = {
        "BACKEND": "payments.messengers.aliyun.AliyunSms",
        "OPTIONS": {
            "access_key_id": env.text("ALIYUN_SMS_KEY_ID"),
            "access_key_secret": env.text("ALIYUN_SMS_KEY_SECRET"),
            "sign_name": env.text("SMS_SIGN_NAME"),
            "templates": _SMS_TEMPLATES,
        },
    }
elif env.text("TENCENT_SMS_SECRET_ID"):
    SMS_PROVIDER = {
        "BACKEND": "payments.messengers.tencent.TencentSms",
        "OPTIONS": {
            "secret_id": env.text("TENCENT_SMS_SECRET_ID"),
            "secret_key": env.text("TENCENT_SMS_SECRET_KEY"),
            "app_id": env.text("TENCENT_SMS_APP_ID"),
            "sign_name": env.text("SMS_SIGN_NAME"),
            "templates": _SMS_TEMPLATES,
        },
    }

# Sign-in of the mini-program by WeChat's code; without an own secret the sandbox answers.
WECHAT_LOGIN = (
    {
        "host": "https://api.weixin.qq.com",
        "appid": env.text("WECHAT_MINI_APPID"),
        "secret": env.text("WECHAT_MINI_SECRET"),
    }
    if env.text("WECHAT_MINI_SECRET") or PRODUCTION
    else {"host": SANDBOX_URL, "appid": "wxd678efh567hg6787", "secret": "sandbox-app-secret"}
)

# Evidence pictures have no address of their own: each is read by us, checked and then served.
EVIDENCE_STORE: dict[str, Any] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"allow_overwrite": True, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
}
if env.text("EVIDENCE_S3_BUCKET"):
    EVIDENCE_STORE = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.text("EVIDENCE_S3_BUCKET"),
            "endpoint_url": env.text("EVIDENCE_S3_ENDPOINT") or None,
            "region_name": env.text("EVIDENCE_S3_REGION") or None,
            "access_key": env.text("EVIDENCE_S3_KEY_ID"),
            "secret_key": env.text("EVIDENCE_S3_SECRET"),
            "addressing_style": env.text("EVIDENCE_S3_ADDRESSING", default="auto"),
            # The library's own default is the old signature, which newer stores refuse.
            "signature_version": "s3v4",
            "file_overwrite": True,
            "default_acl": None,
        },
    }
