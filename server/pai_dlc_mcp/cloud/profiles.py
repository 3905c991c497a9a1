"""Where a credential can come from and why one cannot be used: variables and profile files, looked at before the chain.

The chain of alibabacloud-credentials says in the end that it found nothing. This module reads the same places in the
same order and says of each what is there: the file, the profile, its mode, and what is wrong with it (R70). Values of
keys never leave it.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

PREFIX = "ALIBABA_CLOUD_"
KEY_ID, KEY_SECRET = f"{PREFIX}ACCESS_KEY_ID", f"{PREFIX}ACCESS_KEY_SECRET"
SECURITY_TOKEN, PROFILE = f"{PREFIX}SECURITY_TOKEN", f"{PREFIX}PROFILE"
CREDENTIALS_FILE, CREDENTIALS_URI = f"{PREFIX}CREDENTIALS_FILE", f"{PREFIX}CREDENTIALS_URI"
OIDC = (f"{PREFIX}OIDC_TOKEN_FILE", f"{PREFIX}ROLE_ARN", f"{PREFIX}OIDC_PROVIDER_ARN")
CLI_DISABLED = f"{PREFIX}CLI_PROFILE_DISABLED"
CLI_FILE, INI_FILE = "~/.aliyun/config.json", "~/.alibabacloud/credentials.ini"
NO_FILE = "does not exist"
NAMES = "; there are: "
"""Before the names of other profiles, which only the operator is shown."""
MOST_BYTES = 1_000_000
MOST_SOURCES = 8
"""Profiles that take their key from another profile, one after the other."""
_KEY = ("access_key_id", "access_key_secret")

CLI_MODES: Mapping[str, tuple[str, ...]] = {
    "AK": _KEY,
    "StsToken": (*_KEY, "sts_token"),
    "RamRoleArn": (*_KEY, "ram_role_arn"),
    "EcsRamRole": (),
    "OIDC": ("ram_role_arn", "oidc_provider_arn", "oidc_token_file"),
    "ChainableRamRoleArn": ("source_profile", "ram_role_arn"),
    "CloudSSO": ("cloud_sso_sign_in_url", "cloud_sso_account_id", "cloud_sso_access_config", "access_token"),
    "OAuth": ("oauth_refresh_token",),
    "External": ("process_command",),
    "CredentialsURI": ("credentials_uri",),
}
"""The modes of ``aliyun configure`` that can be used, and what a profile of each must have."""
INI_TYPES: Mapping[str, tuple[str, ...]] = {
    "access_key": _KEY,
    "ram_role_arn": (*_KEY, "role_arn"),
    "oidc_role_arn": ("role_arn", "oidc_provider_arn", "oidc_token_file_path"),
    "ecs_ram_role": (),
    "rsa_key_pair": ("public_key_id", "private_key_file"),
}
"""The types of a credentials file, likewise."""
_EXPIRES: Mapping[str, str] = {"StsToken": "sts_expiration", "CloudSSO": "cloud_sso_access_token_expire"}
"""The field with the end of what no library can renew, in seconds since the epoch; by mode."""

PlaceKind = Literal["env", "oidc", "cli", "ini", "uri"]


@dataclass(frozen=True, slots=True)
class Place:
    """One place that holds a credential, or should. ``fault`` is a reason in words, ``None`` where it can be used."""

    kind: PlaceKind
    where: str
    """In words, such as ``profile 'default' of ~/.aliyun/config.json``."""
    fault: str | None = None
    profile: str = ""
    mode: str = ""
    region: str | None = None
    expires_at_s: float | None = None
    uri: str = ""
    """Where a profile of mode CredentialsURI asks; it may hold a password and is not shown."""
    readable_by_others: bool = False
    is_missing: bool = False
    """Nothing of that name is there at all."""

    @property
    def reason(self) -> str:
        """The fault for callers: without the names of the operator's other profiles."""
        return (self.fault or "").partition(NAMES)[0]

    def __repr__(self) -> str:
        return f"Place({self.where!r}, fault={self.fault!r})"


@dataclass(frozen=True, slots=True)
class Search:
    """What there is, in the order of the chain; and the one place that counts, where a profile was named."""

    places: tuple[Place, ...]
    named: Place | None = None

    @property
    def first(self) -> Place | None:
        """The place that the chain will use: the named one, else the first without a fault."""
        return self.named or next((place for place in self.places if place.fault is None), None)

    def why_none(self) -> str:
        """What was found and could not be used, as one clause; empty where nothing was found at all."""
        places = (self.named,) if self.named else self.places
        return "; ".join(f"{place.where} {place.reason}" for place in places if place.fault and place.fault != NO_FILE)


def search(profile: str | None = None, environ: Mapping[str, str] | None = None) -> Search:
    """Look at every place.

    ``profile`` is the one that the operator named for this server: it alone counts. One that ``ALIBABA_CLOUD_PROFILE``
    names comes after keys of the environment, as elsewhere, but before any other identity: a misspelt profile must not
    turn into the machine's role.
    """
    environ = os.environ if environ is None else environ
    if profile:
        return Search((), _profile(profile, environ))
    found = [*_of_environment(environ)]
    usable = any(place.fault is None for place in found)
    named = environ.get(PROFILE)
    if named and not usable:
        return Search(tuple(found), _profile(named, environ))
    found += [_cli(None, environ), _ini("default", environ)]
    if environ.get(CREDENTIALS_URI):
        found.append(Place("uri", CREDENTIALS_URI))
    return Search(tuple(found))


def region_of_profile(environ: Mapping[str, str], profile: str | None = None) -> tuple[str, str] | None:
    """Region and place of the profile that will be used, where it is one and has a region."""
    place = search(profile, environ).first
    return (place.region, place.where) if place is not None and place.region else None


def _of_environment(environ: Mapping[str, str]) -> list[Place]:
    found = []
    key_id, secret = environ.get(KEY_ID, ""), environ.get(KEY_SECRET, "")
    if key_id or secret:
        missing = [name for name, value in ((KEY_ID, key_id), (KEY_SECRET, secret)) if not value]
        fault = f"cannot be used: {missing[0]} is not set" if missing else None
        if not missing and is_temporary(key_id) and not environ.get(SECURITY_TOKEN):
            fault = f"is a temporary key without its token: {SECURITY_TOKEN} is not set"
        found.append(Place("env", KEY_ID if key_id else KEY_SECRET, fault, mode="variables"))
    if any(environ.get(name) for name in OIDC):
        missing = [name for name in OIDC if not environ.get(name)]
        # Two of the three are set for other purposes too.
        if not missing or environ.get(OIDC[0]):
            fault = f"cannot be used: {missing[0]} is not set" if missing else _token_file_fault(environ[OIDC[0]])
            found.append(Place("oidc", OIDC[0], fault, mode="OIDC"))
    return found


def is_temporary(key_id: str) -> bool:
    """Whether a key works only with its token; the service writes such keys so."""
    return key_id.startswith("STS.")


def _token_file_fault(name: str) -> str | None:
    return None if os.access(name, os.R_OK) else "names a file that cannot be read"


def _profile(name: str, environ: Mapping[str, str]) -> Place:
    """The profile of that name, in the command line's file or else in the credentials file."""
    cli = _cli(name, environ)
    if not cli.is_missing:
        return cli
    ini = _ini(name, environ)
    if not ini.is_missing:
        return ini
    there = "".join((cli.fault or "").partition(NAMES)[1:])
    return Place("cli", f"profile {name[:60]!r}", f"is neither in {CLI_FILE} nor in {_ini_name(environ)}{there}", name)


def _home(environ: Mapping[str, str]) -> Path:
    """Home as the library takes it."""
    return Path(environ.get("HOME") or environ.get("HOMEPATH") or os.path.expanduser("~"))


def _read(path: Path) -> tuple[str, str | None, bool]:
    """Text, fault, and whether others can read the file."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return "", "is not a file", False
        if status.st_size > MOST_BYTES:
            return "", "is larger than any such file", False
        data = path.read_bytes()
    except OSError as wrong:
        return "", f"cannot be read ({wrong.strerror})", False
    others = os.name == "posix" and bool(status.st_mode & 0o077)
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return "", "starts with a byte order mark (BOM); save it as UTF-8 without one", others
    try:
        return data.decode("utf-8"), None, others
    except UnicodeDecodeError:
        return "", "is not UTF-8; save it as UTF-8", others


def _cli(name: str | None, environ: Mapping[str, str]) -> Place:
    """The profile in the file of ``aliyun configure``; without a name its current one."""
    path = _home(environ) / ".aliyun" / "config.json"
    if environ.get(CLI_DISABLED, "").lower() == "true":
        return Place("cli", CLI_FILE, f"is not looked at: {CLI_DISABLED} is true", is_missing=True)
    if not path.exists():
        return Place("cli", CLI_FILE, NO_FILE, is_missing=True)
    text, fault, others = _read(path)
    profiles: list[dict[str, Any]] = []
    if fault is None:
        profiles, current, fault = _parse_cli(text)
        name = name or current
    if fault is not None:
        return Place("cli", CLI_FILE, fault, name or "", readable_by_others=others)
    where = f"profile {(name or '')[:60]!r} of {CLI_FILE}"
    found = next((one for one in profiles if one.get("name") == name), None)
    if found is None:
        near = _names(profiles)
        return Place("cli", where, f"does not exist{NAMES}{near}", name or "", is_missing=True)
    mode = str(found.get("mode") or "")
    return Place(
        "cli",
        where,
        _cli_fault(found, profiles, 0),
        name or "",
        mode,
        _text(found.get("region_id")) or None,
        _seconds(found.get(_EXPIRES.get(mode, ""))),
        _text(found.get("credentials_uri")) if mode == "CredentialsURI" else "",
        others,
    )


def _parse_cli(text: str) -> tuple[list[dict[str, Any]], str, str | None]:
    """Profiles, the current one's name, and what is wrong with the file."""
    if not text.strip():
        return [], "", "is empty; run `aliyun configure`"
    try:
        data = json.loads(text)
    except ValueError as wrong:
        line = getattr(wrong, "lineno", 0)
        return [], "", f"is not valid JSON (line {line}); it may have been cut: run `aliyun configure` again"
    except RecursionError:
        return [], "", "is not a file of profiles"
    profiles = data.get("profiles") if isinstance(data, dict) else None
    if not isinstance(profiles, list) or not all(isinstance(one, dict) for one in profiles):
        return [], "", "has no list of profiles; run `aliyun configure`"
    return profiles, _text(data.get("current")) or "default", None


def _cli_fault(profile: Mapping[str, Any], profiles: Sequence[Mapping[str, Any]], depth: int) -> str | None:
    mode = profile.get("mode")
    if mode not in CLI_MODES:
        return f"has mode {_text(mode)[:40]!r}, which is not supported; supported: {', '.join(CLI_MODES)}"
    missing = [field for field in CLI_MODES[str(mode)] if not _text(profile.get(field))]
    if missing:
        return f"has mode {mode} and lacks {' and '.join(missing)}"
    if mode == "AK" and is_temporary(_text(profile.get("access_key_id"))):
        return "has mode AK and a temporary key, which needs its token: use mode StsToken"
    if mode == "OIDC" and not os.access(_text(profile.get("oidc_token_file")), os.R_OK):
        return "names an oidc_token_file that cannot be read"
    if (ends := _seconds(profile.get(_EXPIRES.get(str(mode), "")))) and ends <= time.time():
        return f"has expired ({_utc(ends)}); run `aliyun configure --profile NAME` to sign in again"
    if mode == "ChainableRamRoleArn":
        return _source_fault(_text(profile.get("source_profile")), profiles, depth + 1)
    return None


def _source_fault(name: str, profiles: Sequence[Mapping[str, Any]], depth: int) -> str | None:
    """What is wrong with the profile that another takes its key from."""
    if depth > MOST_SOURCES:
        return f"takes its key from profiles that follow one another without an end ({name[:60]!r})"
    found = next((one for one in profiles if one.get("name") == name), None)
    if found is None:
        return f"takes its key from profile {name[:60]!r}, which does not exist{NAMES}{_names(profiles)}"
    if found.get("mode") == "CredentialsURI":
        return f"takes its key from profile {name[:60]!r}, whose mode CredentialsURI cannot be a source"
    fault = _cli_fault(found, profiles, depth)
    return f"takes its key from profile {name[:60]!r}, which {fault}" if fault and depth == 1 else fault


def _ini_name(environ: Mapping[str, str]) -> str:
    return f"the file of {CREDENTIALS_FILE}" if environ.get(CREDENTIALS_FILE) else INI_FILE


def _ini(name: str, environ: Mapping[str, str]) -> Place:
    """A profile of the SDKs' credentials file. A file that was named and is not there is a fault."""
    named = environ.get(CREDENTIALS_FILE)
    path = Path(named) if named else _home(environ) / ".alibabacloud" / "credentials.ini"
    file = _ini_name(environ)
    if not path.exists():
        return Place("ini", file, "does not name a file that exists" if named else NO_FILE, is_missing=not named)
    text, fault, others = _read(path)
    sections: dict[str, dict[str, str]] = {}
    if fault is None:
        sections, fault = _parse_ini(text)
    if fault is not None:
        return Place("ini", file, fault, name, readable_by_others=others)
    where = f"profile {name[:60]!r} of {file}"
    section = sections.get(name)
    if section is None:
        names = ", ".join(sorted(sections)[:10]) or "none"
        return Place("ini", where, f"does not exist{NAMES}{names}", name, is_missing=True)
    kind = section.get("type", "")
    return Place("ini", where, _ini_fault(section), name, kind, None, readable_by_others=others)


def _parse_ini(text: str) -> tuple[dict[str, dict[str, str]], str | None]:
    import configparser  # start-up: saves 7 ms

    parser = configparser.ConfigParser()
    try:
        parser.read_string(text)
        return {name: {k: v.split("#")[0].strip() for k, v in parser.items(name)} for name in parser.sections()}, None
    except configparser.Error as wrong:
        line = getattr(wrong, "lineno", None)
        return {}, f"is not a credentials file{f' (line {line})' if line else ''}: it wants [profile] and name = value"


def _ini_fault(section: Mapping[str, str]) -> str | None:
    kind = section.get("type")
    if not kind:
        return f"has no type; supported: {', '.join(INI_TYPES)}"
    if kind not in INI_TYPES:
        return f"has type {kind[:40]!r}, which is not supported; supported: {', '.join(INI_TYPES)}"
    missing = [field for field in INI_TYPES[kind] if not section.get(field)]
    if missing:
        return f"has type {kind} and lacks {' and '.join(missing)}"
    if kind == "access_key" and is_temporary(section["access_key_id"]):
        return f"has a temporary key, which needs its token: use the variables with {SECURITY_TOKEN}"
    return None


def _names(profiles: Sequence[Mapping[str, Any]]) -> str:
    names = [_text(one.get("name"))[:40] for one in profiles]
    return ", ".join(name for name in names[:10] if name and re.fullmatch(r"[\w.@ -]+", name)) or "none"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _seconds(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < 1e11 else None  # type: ignore[operator, arg-type]  # is_number has looked


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
