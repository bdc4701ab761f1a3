"""Which base URLs may be used, and what an address is called: no key or data leaves before this was asked."""

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

from core.base.errors import N_, BadSetting

# where clouds answer with the credentials of the machine itself (169.254.169.254 is link-local and needs no entry)
METADATA_NAMES = {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
METADATA_ADDRESSES = {ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("100.100.100.200"), ipaddress.ip_address("168.63.129.16")}
PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_base_url(text: str) -> str:
    """The address in its plain form (no trailing slash, "/v1" where no path was given), if it may be used.

    Raises BadSetting unless it is https, or http to this machine; has a host; carries no user name, password, query or fragment;
    and does not lead to link-local, metadata, multicast or unspecified addresses, however they are spelled.
    """
    hint = N_("It should look like https://api.example.com/v1.")
    parts = _split(text.strip())
    if parts is None or parts.scheme not in PORTS or not parts.hostname:
        raise BadSetting(N_("This is not the address of a server."), hint)
    if "@" in parts.netloc:
        raise BadSetting(N_("An address must not carry a user name or a password."), N_("Type the key in the key field instead."))
    if parts.query or parts.fragment:
        raise BadSetting(N_("An address must end with its path, without “?” or “#”."), hint)
    host = _plain_host(parts.hostname)
    ip = _ip(host)
    if host in METADATA_NAMES or (ip is not None and _is_forbidden(ip)):
        raise BadSetting(N_("{host} is not an address that may be used here."), hint, host=host)
    if ip is None and not HOST.fullmatch(host):
        raise BadSetting(N_("This is not the address of a server."), hint)
    if parts.scheme == "http" and not _is_own(host, ip):
        raise BadSetting(
            N_("{host} must be reached over https, or your key and data could be read on the way."),
            N_("Begin the address with https://. Only a server on this machine may use http."),
            host=host,
        )
    return _origin(parts.scheme, host, parts.port) + (parts.path.rstrip("/") or "/v1")


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, in the one spelling that keys are kept under."""
    parts = urlsplit(url)
    return _origin(parts.scheme, _plain_host(parts.hostname or ""), parts.port)


def host_of(url: str) -> str:
    """The host as a reader knows it, with its port where that is not the usual one."""
    return origin_of(url).partition("://")[2]


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine."""
    host = _plain_host(urlsplit(url).hostname or "")
    return _is_own(host, _ip(host))


def _split(text: str) -> SplitResult | None:
    if re.search(r"[\s\\\x00-\x1f\x7f]", text):
        return None
    try:
        parts = urlsplit(text)
        return parts if parts.port != 0 else None  # reading .port raises where it is no number
    except ValueError:
        return None


def _plain_host(host: str) -> str:
    """Lower case, international names in their ASCII form, no closing dot, an IPv4 in its usual four numbers."""
    host = host.lower().rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return host
    ip = _ip(host)
    return str(ip) if ip is not None else host


def _ip(host: str) -> Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # resolvers also take 2852039166, 0xa9fea9fe and 0251.0376.0251.0376 for 169.254.169.254
        if not re.fullmatch(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}", host):
            return None
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_own(host: str, ip: Address | None) -> bool:
    return host == "localhost" or (ip is not None and ip.is_loopback)


def _is_forbidden(ip: Address) -> bool:
    return ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in METADATA_ADDRESSES


def _origin(scheme: str, host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" if port is None or port == PORTS.get(scheme) else f"{scheme}://{name}:{port}"
