"""Addresses as places: whoever has one of a network's addresses has them all."""

from __future__ import annotations

import ipaddress


def neighbourhood(address: str) -> str:
    """Give what is counted as one caller: an address, of IPv6 the 64 bits one customer has whole."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = found.ipv4_mapped if found.version == 6 else None
    if mapped is not None:
        return str(mapped)
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
