"""The keys of both sides, made once and kept in a folder: OpenBerth reads its own half by path."""

import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

MCHID = "1900000109"
APPID = "wxd678efh567hg6787"
# Whom the merchant above serves as a service provider (服务商), when it asks in that name.
SUB_MCHID = "1900000209"
SUB_APPID = "wxb678efh567hg6788"
APP_SECRET = "sandbox-app-secret"  # noqa: S105 - of an application that exists nowhere
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092026112300000000000001"
ALIPAY_APP_ID = "2021000100000001"
ALIPAY_SELLER_ID = "2088000100000001"
ALIPAY_PARKING_ID = "PI1500000000000001"

_PAIRS = ("wechat-merchant", "wechat-platform", "wechat-certified", "alipay-merchant", "alipay-platform")
_CERTIFIED = ("wechat-merchant", "wechat-certified")


@dataclass(frozen=True)
class Keys:
    """What the sandbox signs with and checks against. `certified` is the platform key of the certificate mode."""

    folder: Path
    merchant: rsa.RSAPublicKey
    merchant_serial: str
    platform: rsa.RSAPrivateKey
    certified: rsa.RSAPrivateKey
    certificate: x509.Certificate
    certificate_pem: str
    api_v3_key: bytes
    alipay_merchant: rsa.RSAPublicKey
    alipay_platform: rsa.RSAPrivateKey

    @property
    def certificate_serial(self) -> str:
        return f"{self.certificate.serial_number:X}"


def ensure(folder: Path) -> Keys:
    """Read the keys in the folder, making them first if there are none. Safe when two processes start at once."""
    if not (folder / "wechat-api-v3.key").exists():
        _make(folder)
    merchant = x509.load_pem_x509_certificate((folder / "wechat-merchant.cert.pem").read_bytes())
    certificate_pem = (folder / "wechat-certified.cert.pem").read_text()
    return Keys(
        folder=folder,
        merchant=_public((folder / "wechat-merchant.pub.pem").read_bytes()),
        merchant_serial=f"{merchant.serial_number:X}",
        platform=_private((folder / "wechat-platform.key.pem").read_bytes()),
        certified=_private((folder / "wechat-certified.key.pem").read_bytes()),
        certificate=x509.load_pem_x509_certificate(certificate_pem.encode()),
        certificate_pem=certificate_pem,
        api_v3_key=(folder / "wechat-api-v3.key").read_bytes(),
        alipay_merchant=_public((folder / "alipay-merchant.pub.pem").read_bytes()),
        alipay_platform=_private((folder / "alipay-platform.key.pem").read_bytes()),
    )


def _make(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}.{secrets.token_hex(4)}")
    fresh.mkdir(mode=0o700)
    for name in _PAIRS:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        _write(
            fresh / f"{name}.key.pem",
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
        _write(
            fresh / f"{name}.pub.pem",
            key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        )
        if name in _CERTIFIED:
            _write(fresh / f"{name}.cert.pem", _certificate(key, name))
    _write(fresh / "wechat-api-v3.key", secrets.token_hex(16).encode())
    try:
        fresh.rename(folder)
    except OSError:
        # Another process was first, or a folder without the last file was left by one that died.
        if (folder / "wechat-api-v3.key").exists():
            shutil.rmtree(fresh)
            return
        shutil.rmtree(folder)
        fresh.rename(folder)


def _certificate(key: rsa.RSAPrivateKey, name: str) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=5 * 365))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _private(pem: bytes) -> rsa.RSAPrivateKey:
    # We made the key ourselves: checking its primes at every start takes longer than the rest of it.
    key = serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key


def _public(pem: bytes) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("not an RSA key")
    return key
