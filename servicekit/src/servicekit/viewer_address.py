"""Passes on the address of the person for whom a server makes a request, signed with a secret that both sides have.

The receiver of such a request sees the server's address for everybody. It may believe a header instead, if the header's
signature covers the address, the method, the target and the time (`contracts/viewer_address.json`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from standardwebhooks import Webhook

from servicekit.signatures import Request, SignatureError, verify

ADDRESS, TIME, SIGNATURE = "Viewer-Address", "Viewer-Address-Time", "Viewer-Address-Signature"
OLDEST_SECONDS = 60
SUBNET_BITS = 64
"""One IPv6 subscriber has at least so many addresses, so that they count as one."""
_SIGNED_AS = "viewer-address"


def viewer_headers(secret: str, address: str, method: str, target: str, now: datetime) -> dict[str, str]:
    """Returns the headers that pass `address` on with a request; `now` is in UTC, `target` path and query as sent."""
    signed = Request(method, target, address).text()
    return {
        ADDRESS: address,
        TIME: str(int(now.timestamp())),
        SIGNATURE: Webhook(secret).sign(_SIGNED_AS, now, signed),
    }


def verified_viewer(
    headers: Mapping[str, str], *, method: str, target: str, secrets: Sequence[str], now: datetime
) -> str | None:
    """Returns the address in the headers; None unless they are signed for this request and at most a minute old.

    `headers` finds a name in any case, or all of its names are in lower case.
    """
    address, time, signature = (_find(headers, name) for name in (ADDRESS, TIME, SIGNATURE))
    if not address or not signature:
        return None
    signed = {"webhook-id": _SIGNED_AS, "webhook-timestamp": time, "webhook-signature": signature}
    try:
        verify(body=Request(method, target, address).text().encode(), headers=signed, secrets=secrets)
        return str(ip_address(address)) if abs(now.timestamp() - int(time)) <= OLDEST_SECONDS else None
    except (SignatureError, ValueError):
        return None


def counted_as(address: str) -> str:
    """Returns what addresses are counted by: an IPv4 address itself, an IPv6 address's /64, other texts as they are."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        inner: IPv4Address | None = found.ipv4_mapped
        return str(inner) if inner else str(ip_network((found, SUBNET_BITS), strict=False))
    return str(found)


def _find(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name) or headers.get(name.lower()) or ""
