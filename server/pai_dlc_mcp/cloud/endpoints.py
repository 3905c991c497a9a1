"""Which host answers for a product in a region (R75), and which hosts may stand in for it (R79)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from ..config.settings import Settings
from ..errors import InvalidArguments
from ..operation import AIWORKSPACE, DLC, STUDIO

_REGION = re.compile(r"[a-z]{2,12}(-[a-z0-9]{1,20}){1,6}")

# fmt: off
_CENTRAL = frozenset((
    "ap-northeast-2-pop", "ap-southeast-2", "cn-beijing-finance-1", "cn-beijing-finance-pop", "cn-beijing-gov-1",
    "cn-beijing-nu16-b01", "cn-edge-1", "cn-fujian", "cn-haidian-cm12-c01", "cn-hangzhou-bj-b01", "cn-hangzhou-finance",
    "cn-hangzhou-internal-prod-1", "cn-hangzhou-internal-test-1", "cn-hangzhou-internal-test-2",
    "cn-hangzhou-internal-test-3", "cn-hangzhou-test-306", "cn-hongkong-finance-pop", "cn-huhehaote",
    "cn-huhehaote-nebula-1", "cn-qingdao", "cn-qingdao-nebula", "cn-shanghai-et15-b01", "cn-shanghai-et2-b01",
    "cn-shanghai-inner", "cn-shanghai-internal-test-1", "cn-shenzhen-finance-1", "cn-shenzhen-inner",
    "cn-shenzhen-st4-d01", "cn-shenzhen-su18-b01", "cn-wuhan", "cn-yushanfang", "cn-zhangbei", "cn-zhangbei-na61-b01",
    "cn-zhangjiakou-na62-a01", "cn-zhengzhou-nebula-1", "eu-west-1", "eu-west-1-oxs", "me-east-1", "rus-west-1-pop",
))
# fmt: on
"""Regions that the central host of either product serves."""

_CENTRAL_OF_DLC = frozenset(("ap-south-1", "cn-chengdu", "cn-north-2-gov-1", "cn-zhangjiakou"))
"""Regions that the central host of DLC serves and that have a host of AIWorkSpace of their own."""

REGIONS = (
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-3",
    "ap-southeast-5",
    "cn-beijing",
    "cn-guangzhou",
    "cn-hangzhou",
    "cn-hongkong",
    "cn-shanghai",
    "cn-shanghai-finance-1",
    "cn-shenzhen",
    "cn-wulanchabu",
    "eu-central-1",
    "us-east-1",
    "us-west-1",
)
"""Where the service's own metadata lists an endpoint of DLC. Suggestions, never a limit: regions are added."""

_HOST_REGION = re.compile(r"(?:[a-z0-9-]+)\.([a-z]{2}-[a-z0-9-]+)\.aliyuncs\.com")
"""A host of the cloud names its region, within a VPC too."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base URLs by product.

    ``replaced`` (product key to base URL) wins in the endpoint's own regions and is taken in no other (R79). Those are
    the one that its host names, else ``regions``: the configured one; empty where nobody knows. ``by_region`` (region
    to product key to base URL) are the addresses of an emulator, which has some for each of its regions and no others.
    """

    replaced: Mapping[str, str] = field(default_factory=dict)
    regions: tuple[str, ...] = ()
    by_region: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, by_region: Mapping[str, Mapping[str, str]] | None = None) -> Endpoints:
        """As the operator set them, or as an emulator announces them by region and product key.

        Raises:
            ValueError: an endpoint that is no bare host, or plain http to another machine; one clear line.
        """
        given = {
            DLC.key: settings.dlc_endpoint,
            AIWORKSPACE.key: settings.aiworkspace_endpoint,
            STUDIO.key: settings.studio_endpoint,
        }
        own = (settings.region,) if settings.region else ()
        return cls({product: checked(url) for product, url in given.items() if url}, own, by_region or {})

    def base(self, product: str, region: str) -> str:
        """``https://host`` of a product in a region.

        Raises:
            InvalidArguments: not the form of a region's name, which becomes part of the host's; or a region that is
                not the fixed endpoint's own (R79).
        """
        check_region(region)
        emulated = self.by_region.get(region, {}).get(product)
        fixed = emulated or self.replaced.get(product)
        if fixed is None:
            return f"https://{_host(product, region)}"
        named = _HOST_REGION.fullmatch(urlsplit(fixed).hostname or "")
        own = tuple(self.by_region) or ((named[1],) if named else self.regions)
        if own and region not in own:
            message = (
                f"The endpoint of {product} is fixed and answers for {', '.join(own)} alone, not for {region}; "
                "name that region, or start a server without the fixed endpoint."
            )
            raise InvalidArguments(message, rule="R79", field="region")
        return fixed

    def is_reachable(self, product: str) -> bool:
        """Whether a request would go to the cloud or to an endpoint meant for this product.

        Where others are replaced and this one is not, its own host is no part of that setup and is not asked.
        """
        return product in self.replaced or not self.replaced

    @property
    def hosts(self) -> list[str]:
        """The replacement hosts."""
        return [urlsplit(url).hostname or "" for url in self.replaced.values()]

    @property
    def local_hosts(self) -> list[str]:
        """Replacement hosts on this machine, which are never reached through a proxy."""
        return [host for host in self.hosts if is_loopback(host)]


def is_known_region(region: str) -> bool:
    """Whether the service's metadata or the official SDKs name the region."""
    return region in REGIONS or region in _CENTRAL or region in _CENTRAL_OF_DLC


def console_link(region: str, workspace: str, job: str, page: str) -> str:
    """The console's own address of a job; ``page`` is ``overview`` or ``monitor``."""
    return f"https://pai.console.aliyun.com/?regionId={region}&workspaceId={workspace}#/dlc/jobs/{job}/{page}"


def check_region(region: str) -> None:
    if not _REGION.fullmatch(region):
        raise InvalidArguments(
            f"{region[:60]!r} is not a region; a region is named as in cn-hangzhou.", rule="R75", field="region"
        )


def _host(product: str, region: str) -> str:
    """The public host, as the service's own metadata lists it; regions it does not list go where the SDKs send them."""
    is_central = product != STUDIO.key and (region in _CENTRAL or (product == DLC.key and region in _CENTRAL_OF_DLC))
    return f"{product}.aliyuncs.com" if is_central else f"{product}.{region}.aliyuncs.com"


def checked(endpoint: str) -> str:
    """An operator's endpoint as ``scheme://host[:port]``; without a scheme, https.

    Raises:
        ValueError: see :meth:`Endpoints.of`.
    """
    try:
        url = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    except ValueError:  # its text may repeat a password
        raise ValueError("endpoint: not a host name with an optional port") from None
    if fault := _fault(url):
        raise ValueError(f"endpoint {_shown(url)!r}: {fault}")
    return f"{url.scheme}://{url.netloc}"


def _fault(url: SplitResult) -> str | None:
    if url.scheme not in ("http", "https"):
        return "only https, or http to this machine"
    if not _is_host(url):
        return "not a host name with an optional port"
    if url.path not in ("", "/") or url.query or url.fragment or "@" in url.netloc:
        return "only a host and a port, without path, query or user"
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        return "plain http is only for this machine (127.0.0.1, ::1, localhost); use https"
    return None


def _is_host(url: SplitResult) -> bool:
    try:
        named = bool(url.hostname) and (url.port is None or url.port > 0)
        (url.hostname or "").encode("idna").decode("idna")  # labels too long, or xn-- and nothing that it says
    except ValueError:
        return False
    return named and re.fullmatch(r"[A-Za-z0-9._:\[\]@-]+", url.netloc) is not None


def _shown(url: SplitResult) -> str:
    """Without what may hold a password."""
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}"[:100]


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
