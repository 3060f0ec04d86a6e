"""Pure rules of signing in: what a phone number or an address is, how it is shown, what is kept of a device."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

# A code is sent by text message, so only a mobile number can take one.
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>,;]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?\.[a-z]{2,63}", re.ASCII)

# Read in this order: browsers name their ancestors too.
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Contact:
    """A mobile number or an e-mail address, as it is kept: one spelling for each."""

    kind: Literal["phone", "email"]
    value: str

    @property
    def masked(self) -> str:
        """Enough for the owner to know it again, too little for anybody else."""
        if self.kind == "phone":
            return f"{self.value[:3]}****{self.value[-4:]}"
        name, _separator, domain = self.value.partition("@")
        return f"{name[:1]}***@{domain}"


def contact_of(typed: str) -> Contact | None:
    """The contact somebody typed, or None. Spaces and hyphens, +86 and full-width digits do not matter."""
    text = typed.translate({0xFF0B: "+", 0xFF20: "@", 0x3000: " "} | {0xFF10 + n: str(n) for n in range(10)}).strip()
    if "@" in text:
        address = text.lower()
        return Contact("email", address) if _EMAIL.fullmatch(address) else None
    digits = re.sub(r"[\s().-]", "", text)
    digits = re.sub(r"^(\+|00)86", "", digits)
    return Contact("phone", digits) if _MOBILE.fullmatch(digits) else None


def network_of(address: str) -> str:
    """The network an address lies in (/24 or /48): enough to say where a sign-in came from, not which connection."""
    parsed = ipaddress.ip_address(address)
    bits = 24 if parsed.version == 4 else 48  # noqa: PLR2004 - IP versions
    return str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False).network_address)


def device_of(user_agent: str) -> str:
    """Browser and system in a word each ("Chrome, Windows"); empty where neither is known."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system)))
