"""Which proxies the environment names, which hosts are reached without one, and which variable cannot be used and why.

The HTTP library reads the same variables, but one entry of NO_PROXY that it does not know (an address in brackets)
stops it altogether, and networks (10.0.0.0/8) have no effect. Here both work, and what cannot work is named.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import getproxies

_SCHEMES = ("http", "https", "all")
_KINDS = frozenset({"http", "https", "socks5", "socks5h"})
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_PORT = re.compile(r"(?P<host>[^:]+|\[[^\]]*\]):(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class Fault:
    """A variable that cannot be used: its name, why, and what to do. Never its value, which may hold a password."""

    variable: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.variable} {self.why}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Proxies:
    """What the environment says: proxy addresses by the scheme they serve, hosts without one, and faults."""

    by_scheme: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    ignored: tuple[Fault, ...] = ()
    """Entries of NO_PROXY that mean nothing: they harm nobody, but somebody expected them to work."""

    def bypassed(self, hosts: Iterable[str]) -> Iterator[str]:
        """Patterns of what is reached without a proxy; networks count for those of ``hosts`` that are addresses."""
        for entry in self.without:
            network = _network(entry)
            if network is None:
                yield _pattern(entry)
            else:
                yield from (f"all://{bracketed(host)}" for host in hosts if _is_inside(host, network))


def of_environment(environ: Mapping[str, str] | None = None) -> Proxies:
    """The proxies of the environment (of the system's settings too, where the platform has some)."""
    named = getproxies() if environ is None else _of(environ)
    environ = os.environ if environ is None else environ
    entries = [entry for entry in re.split(r"[,\s]+", named.get("no", "")) if entry]
    if "*" in entries:
        return Proxies()
    by_scheme, variables, faults = {}, [], []
    for scheme in _SCHEMES:
        if address := named.get(scheme, ""):
            variable = _variable(f"{scheme}_proxy", environ)
            address = address if "://" in address else f"http://{address}"
            if why := _fault(address):
                faults.append(Fault(variable, *why))
            by_scheme[scheme] = address
            variables.append(variable)
    known = [entry for entry in entries if _is_known(entry)]
    no_proxy = _variable("no_proxy", environ)
    means = "has an entry that names no host, address or network"
    ignored = [Fault(no_proxy, means, "put commas between host names") for entry in entries if entry not in known]
    return Proxies(by_scheme, tuple(dict.fromkeys(variables)), tuple(known), tuple(faults), tuple(ignored[:1]))


def _of(environ: Mapping[str, str]) -> dict[str, str]:
    return {s: environ.get(f"{s}_proxy") or environ.get(f"{s}_PROXY".upper(), "") for s in (*_SCHEMES, "no")}


def _variable(name: str, environ: Mapping[str, str]) -> str:
    """The spelling that is set; a lower-case one wins, as everywhere."""
    return next((one for one in (name, name.upper()) if environ.get(one)), "the system's proxy setting")


def _fault(address: str) -> tuple[str, str] | None:
    """Why a proxy's address cannot be used, and what to do."""
    try:
        url = urlsplit(address)
        host = url.hostname
    except ValueError:
        return "is not an address", "write it as http://host:port, an IPv6 host in brackets"
    if url.scheme.lower() not in _KINDS:
        return "names a kind of proxy that there is not", f"the kinds are {', '.join(sorted(_KINDS))}"
    try:
        port = url.port
    except ValueError:
        return "has a port that is no number from 1 to 65535", "write it as http://host:port"
    if not host or port == 0 or not address.isprintable() or " " in address:
        return "is not an address", "write it as http://host:port"
    if url.scheme.lower().startswith("socks") and find_spec("socksio") is None:
        return "names a SOCKS proxy, which needs one more package", "run: pip install 'httpx[socks]'"
    return None


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network of an entry such as 10.0.0.0/8 or [fd00::]/8."""
    if "/" not in entry or "://" in entry:
        return None
    try:
        return ipaddress.ip_network(entry.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return None


def _is_inside(host: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False


def _is_known(entry: str) -> bool:
    if _network(entry) is not None:
        return True
    host, _ = _split(entry)
    return _is_address(host) or bool(_HOST.fullmatch(host.removeprefix("*").removeprefix(".")))


def _split(entry: str) -> tuple[str, str]:
    """Host and ``:port``; brackets and a scheme taken off."""
    entry = entry.partition("://")[2] or entry
    found = _PORT.fullmatch(entry)
    host, port = (found["host"], f":{found['port']}") if found else (entry, "")
    return host.strip("[]"), port


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _pattern(entry: str) -> str:
    """An entry as the HTTP library's pattern: a name stands for itself and what ends with a dot and it."""
    host, port = _split(entry)
    if _is_address(host) or host.lower() == "localhost":
        return f"all://{bracketed(host)}{port}"
    name = host.removeprefix("*")
    return f"all://*{name}{port}"


def bracketed(host: str) -> str:
    """A host as it stands in an address: an IPv6 one in brackets."""
    return f"[{host}]" if ":" in host else host
