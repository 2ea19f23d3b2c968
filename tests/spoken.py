"""What must never be in a log: plates, mobile numbers, keys and secrets."""

import logging
import re

_HAN = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# A masked plate (鄂L1**45) and a masked number (138****5678) are as they should be.
FORBIDDEN = {
    "a plate": re.compile(rf"[{_HAN}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]"),
    "an escaped plate": re.compile(
        r"(?:\\u[0-9a-f]{4}|%E[4-9]%[0-9A-F]{2}%[0-9A-F]{2})[A-HJ-NP-Z][A-HJ-NP-Z0-9]{5,6}\b", re.I
    ),
    "a mobile number": re.compile(r"(?<![0-9A-Za-z])(?:\+?86)?1[3-9][0-9]{9}(?![0-9A-Za-z])"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bMII[EJ][A-Za-z0-9+/]{60,}"),
    "a named secret": re.compile(
        r"(?:api_?v3_?key|app_?secret|access_?key_?secret|private_?key|secret_?key|password|session_?key|access_?token)"
        r"['\"]?\s*[=:]\s*['\"]?[^\s'\",*]{8,}",
        re.I,
    ),
    "a signature header": re.compile(r"WECHATPAY2-SHA256-RSA2048\s+\S+|\bBearer\s+[A-Za-z0-9._~+/-]{8,}", re.I),
}


def found_in(text: str, *, secrets: frozenset[str] = frozenset()) -> list[str]:
    """What of the forbidden is in a line: its kinds, never the thing itself. `secrets` are told word for word."""
    kinds = [kind for kind, pattern in FORBIDDEN.items() if pattern.search(text)]
    return kinds + ["a secret of ours"] * any(secret in text for secret in secrets)


class Listener(logging.Handler):
    """Hears every record of every logger and keeps where the forbidden was said: (logger and place, kinds)."""

    def __init__(self, *, secrets: frozenset[str] = frozenset()) -> None:
        super().__init__(level=logging.NOTSET)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.secrets = secrets
        self.heard = 0
        self.leaks: list[tuple[str, tuple[str, ...]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Scan the line as a console would print it, with its traceback."""
        try:
            line = self.format(record)
        except Exception:
            line = f"{record.msg!r} {record.args!r}"
        self.heard += 1
        kinds = found_in(line, secrets=self.secrets)
        if kinds:
            self.leaks.append((f"{record.name} {record.pathname}:{record.lineno}", tuple(kinds)))
