"""RSA with SHA-256 (PKCS #1 v1.5), as both gateways sign, and WeChat's AES-256-GCM envelope."""

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def private_key(pem: str) -> rsa.RSAPrivateKey:
    """The RSA private key in a PEM, or in bare base64 as Alipay's tools save it. Raises ValueError."""
    key: object
    if "-----" in pem:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    else:
        key = serialization.load_der_private_key(base64.b64decode(pem), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA private key")
    return key


def public_key(pem: str) -> rsa.RSAPublicKey:
    """The RSA public key in a PEM (key or certificate) or in bare base64. Raises ValueError."""
    key: object
    if "CERTIFICATE" in pem:
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    elif "-----" in pem:
        key = serialization.load_pem_public_key(pem.encode())
    else:
        key = serialization.load_der_public_key(base64.b64decode(pem))
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA public key")
    return key


def certificate_serial(pem: str) -> str:
    """A certificate's serial number in upper-case hex, as WeChat writes it."""
    return f"{x509.load_pem_x509_certificate(pem.encode()).serial_number:X}"


def sign(key: rsa.RSAPrivateKey, message: str) -> str:
    """The signature of the UTF-8 text, in base64."""
    return base64.b64encode(key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(key: rsa.RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether the base64 signature is the key's over exactly these bytes."""
    try:
        # Strict base64: a lenient decoder would let one signature be written in many ways.
        raw = base64.b64decode(signature, validate=True)
        if base64.b64encode(raw).decode() != signature:
            return False
        key.verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def seal(key: rsa.RSAPublicKey, text: str) -> str:
    """The text sealed for the key's owner (RSA-OAEP with SHA-1, as WeChat Pay seals fields), in base64."""
    sha1 = hashes.SHA1()  # noqa: S303 - their protocol names it; OAEP does not lean on its strength
    sealed = key.encrypt(text.encode(), padding.OAEP(mgf=padding.MGF1(algorithm=sha1), algorithm=sha1, label=None))
    return base64.b64encode(sealed).decode()


def open_sealed(key: rsa.RSAPrivateKey, text: str) -> bytes:
    """What somebody sealed for this key (RSA-OAEP with SHA-1), given in base64. Raises ValueError."""
    sha1 = hashes.SHA1()  # noqa: S303 - see seal
    raw = base64.b64decode(text, validate=True)
    return key.decrypt(raw, padding.OAEP(mgf=padding.MGF1(algorithm=sha1), algorithm=sha1, label=None))


def unseal_file(key: bytes, nonce: str, sealed: bytes) -> bytes:
    """A file sealed with AES-256-GCM and no associated data. Raises ValueError."""
    try:
        return AESGCM(key).decrypt(nonce.encode(), sealed, None)
    except InvalidTag as error:
        raise ValueError("the sealed file does not open with its key") from error


def unseal(*, key: str, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """The plaintext of an AEAD_AES_256_GCM resource. Raises ValueError when it isn't ours or was changed."""
    try:
        return AESGCM(key.encode()).decrypt(
            nonce.encode(), base64.b64decode(ciphertext, validate=True), associated_data.encode()
        )
    except (InvalidTag, binascii.Error) as error:
        raise ValueError("the sealed resource does not open with our key") from error
