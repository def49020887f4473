"""Which addresses this platform may call on behalf of somebody else: public ones only, unless a setting allows others.

Without this rule, whoever may register an address could make a service call the network that it stands in (server-side
request forgery). The rule is applied to the address of each connection, so a name that resolves to another address
later does not get around it.
"""

from __future__ import annotations

import asyncio
import socket
from errno import EACCES
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from aiohttp import AddrInfoType

from servicekit.errors import WrongFieldError

RESOLVE_SECONDS = 2
NAT64 = IPv6Network("64:ff9b::/96")


class PrivateAddressError(OSError):
    """The address is not public: loopback, link-local, private, reserved or multicast."""

    def __init__(self, what: str) -> None:
        super().__init__(EACCES, f"{what} is not a public address")


def is_public(address: str) -> bool:
    """Returns whether `address`, an IP address, is one of the internet; an address inside another one counts itself."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = _inside(found)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


def _inside(address: IPv6Address) -> IPv4Address | None:
    """Returns the IPv4 address that a packet to this IPv6 address finally reaches, if there is one."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def public_sockets_only(address: AddrInfoType) -> socket.socket:
    """Makes the socket of a connection; raises PrivateAddressError unless its address is public."""
    family, kind, protocol, _, target = address
    if not is_public(str(target[0])):
        raise PrivateAddressError(str(target[0]))
    return socket.socket(family, kind, protocol)


def plain(url: str) -> str:
    """Returns `url`; raises ValueError if it has a user, a query or a fragment, which an address to call has not."""
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("must have no user, no query and no fragment")
    return url


async def require_allowed(url: str, *, field: str, allow_private: bool) -> None:
    """Raises WrongFieldError, which names `field`, if this service may not call `url`."""
    if allow_private:
        return
    try:
        await require_public(url)
    except PrivateAddressError as error:
        raise WrongFieldError(field, "private_address", "must be a public address") from error


async def require_public(url: str) -> None:
    """Raises PrivateAddressError if the host of `url` has an address that is not public.

    A host that cannot be resolved now is accepted: the rule is applied again to each connection.
    """
    host = urlsplit(url).hostname or ""
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (TimeoutError, OSError, UnicodeError):
        return
    for *_, target in found:
        if not is_public(str(target[0])):
            raise PrivateAddressError(f"{target[0]}, the address of {host},")
