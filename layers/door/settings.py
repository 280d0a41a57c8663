"""What an operator has said about the door, read from the environment; everything has a safe value where nothing is said.

==========================  ==========================================================================================
ZONEPLAN_HOSTS              names the page is asked for by, with or without port, separated by commas or blanks
ZONEPLAN_FRAME_ANCESTORS    pages that may show this one in a frame (values of CSP frame-ancestors); ``'none'``
ZONEPLAN_METRICS            port, or address:port, at which numbers are told to Prometheus (``layers.operate.metrics``)
ZONEPLAN_USER_HEADER        header in which a proxy names the person; believed only from ZONEPLAN_TRUSTED_PROXIES
ZONEPLAN_TRUSTED_PROXIES    addresses or networks of the proxies
ZONEPLAN_ROLES              TOML file of roles
==========================  ==========================================================================================
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from geo.errors import Finding, InputError
from geo.text import Text
from layers.door.people import ROLES, Role, Roles

__all__ = ["Door", "Network", "host_and_port", "read"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOCAL = ("localhost", "127.0.0.1", "::1")
NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
ANCESTOR = re.compile(r"'none'|'self'|(https?://)?(\*\.)?[A-Za-z0-9.-]+(:\d{1,5}|:\*)?|https:")


@dataclass(frozen=True)
class Door:
    """The door as the operator wants it; without any settings: this machine's own names, no frames, no login."""

    hosts: tuple[tuple[str, str], ...] = ()
    """Names beside those of this machine, with a port or ""; in lower case."""
    ancestors: str = "'none'"
    metrics: tuple[str, int] | None = None
    user_header: str = ""
    proxies: tuple[Network, ...] = ()
    roles: Roles | None = field(default=None)

    def knows(self, host: str, port: str, bound: str = "") -> bool:
        """Return True if a name is one of ours: named by the operator, of this machine, or the very address asked at.

        ``bound`` is the address of our end of the connection: whoever writes an address instead of a name can have
        been sent to it by nobody's name server.
        """
        return host in LOCAL or (bool(bound) and host == bound.lower()) or self.named(host, port)

    def named(self, host: str, port: str) -> bool:
        """Return True if the operator has named it."""
        return (host, "") in self.hosts or (host, port) in self.hosts

    def trusts(self, peer: str) -> bool:
        """Return True if an address is that of a proxy whose word about the person is taken."""
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self.proxies if network.version == address.version)


def host_and_port(text: str) -> tuple[str, str] | None:
    """Return name (lower case, no brackets, no final dot) and port of a Host header or the like; None where it is none.

    Examples
    --------
    >>> host_and_port("Plan.Example.gov.cn.:8501"), host_and_port("[::1]:80"), host_and_port("a@b")
    (('plan.example.gov.cn', '8501'), ('::1', '80'), None)
    """
    found = re.fullmatch(r"(\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]]+))(:(?P<port>\d{1,5}))?", text.strip())
    if found is None:
        return None
    name = (found["six"] or found["name"]).lower()
    if found["six"]:
        try:
            name = str(ipaddress.IPv6Address(name))
        except ValueError:
            return None
    else:
        name = name.removesuffix(".")
        if not NAME.fullmatch(name):
            return None
    return name, found["port"] or ""


def read(environ: Mapping[str, str] | None = None) -> Door:
    """Return the door as the environment describes it.

    Raises
    ------
    InputError
        If anything in it can not be read; every fault is named with its variable. A door that was asked for and
        can not be had is not replaced by an open one.
    """
    env = os.environ if environ is None else environ
    found: list[Finding] = []

    def wrong(name: str, value: str, zh: str, en: str) -> None:
        found.append(Finding("error", f"“{value}”{zh}", f"'{value}' {en}", name))

    hosts = []
    for word in _words(env, "ZONEPLAN_HOSTS"):
        if (host := host_and_port(word if word.count(":") < 2 or "[" in word else f"[{word}]")) is None:
            wrong("ZONEPLAN_HOSTS", word, "不是主机名：只写名称，如 plan.example.gov.cn（不带 http://，不用通配符）",
                  "is no host name: write the name alone, such as plan.example.gov.cn (no http://, no wildcard)")  # fmt: skip
        else:
            hosts.append(host)
    ancestors = _words(env, "ZONEPLAN_FRAME_ANCESTORS") or ["'none'"]
    for word in ancestors:
        if not ANCESTOR.fullmatch(word):
            wrong("ZONEPLAN_FRAME_ANCESTORS", word, "不能用：写 'self' 或 https://portal.example.gov.cn",
                  "cannot be used: write 'self' or https://portal.example.gov.cn")  # fmt: skip
    header = env.get("ZONEPLAN_USER_HEADER", "").strip()
    if header and not TOKEN.fullmatch(header):
        wrong(
            "ZONEPLAN_USER_HEADER",
            header,
            "不是请求头名称，例如 X-Remote-User",
            "is no name of a header; for example X-Remote-User",
        )
    proxies: list[Network] = []
    for word in _words(env, "ZONEPLAN_TRUSTED_PROXIES"):
        try:
            proxies.append(ipaddress.ip_network(word, strict=False))
        except ValueError:
            wrong("ZONEPLAN_TRUSTED_PROXIES", word, "不是地址或网段，例如 127.0.0.1 或 10.0.0.0/24",
                  "is no address and no network; for example 127.0.0.1 or 10.0.0.0/24")  # fmt: skip
    if header and not proxies:
        found.append(Finding(
            "error", "写了 ZONEPLAN_USER_HEADER，却没有写可信代理的地址：任何人都能自己写这个请求头",
            "ZONEPLAN_USER_HEADER is set, but no trusted proxy is: anybody can write that header himself", "ZONEPLAN_TRUSTED_PROXIES",
        ))  # fmt: skip
    if header and env.get("FORWARDED_ALLOW_IPS") != "":
        # uvicorn puts X-Forwarded-For in the place of the peer's address, which is what decides about the header.
        found.append(Finding(
            "error", "使用 ZONEPLAN_USER_HEADER 时须令 FORWARDED_ALLOW_IPS 为空（用 zoneplan serve 启动会自动设置）",
            "with ZONEPLAN_USER_HEADER, FORWARDED_ALLOW_IPS must be set to nothing (zoneplan serve does so)", "FORWARDED_ALLOW_IPS",
        ))  # fmt: skip
    roles = _roles(env.get("ZONEPLAN_ROLES", "").strip(), found)
    told = env.get("ZONEPLAN_METRICS", "").strip()
    at = host_and_port(f"127.0.0.1:{told}" if told.isdigit() else told) if told else None
    metrics = (at[0], int(at[1])) if at is not None and at[1] and 1024 <= int(at[1]) <= 65_535 else None
    if told and metrics is None:
        wrong("ZONEPLAN_METRICS", told, "不是端口：写 9464（只在本机）或 10.1.2.3:9464，端口 1024–65535",
              "is no port: write 9464 (this machine only) or 10.1.2.3:9464, a port from 1024 to 65535")  # fmt: skip
    if found:
        raise InputError(found)
    return Door(tuple(hosts), " ".join(ancestors), metrics, header.lower(), tuple(proxies), roles)


def _words(env: Mapping[str, str], name: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", env.get(name, "")) if word]


def _roles(path: str, found: list[Finding]) -> Roles | None:
    if not path:
        return None
    try:
        told = tomllib.loads(Path(path).expanduser().read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        found.append(Finding("error", f"无法读取角色文件：{error}；请检查 ZONEPLAN_ROLES",
                             f"the file of roles cannot be read: {error}; see ZONEPLAN_ROLES", path))  # fmt: skip
        return None
    people = told.pop("roles", {})
    default = told.pop("default", "viewer")
    unknown = Text("不认识的项；只写 default 和 [roles]", "not known; write default and [roles] only")
    found += [Finding("error", *unknown, path, field=key) for key in told]
    if not isinstance(people, dict):
        found.append(Finding("error", "应为表 [roles]", "must be a table, [roles]", path, field="roles"))
        return None
    kept: dict[str, Role] = {}
    for person, role in {**people, "default": default}.items():
        known = next((one for one in ROLES if one == role), None)
        if known is None:
            found.append(Finding("error", f"“{role}”不是角色；请写 {'、'.join(ROLES)}",
                                 f"'{role}' is no role; write one of {', '.join(ROLES)}", path, field=person))  # fmt: skip
        else:
            kept[person] = known
    return Roles({p: r for p, r in kept.items() if p in people}, kept.get("default", "viewer"))
