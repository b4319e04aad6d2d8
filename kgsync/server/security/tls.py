"""TLS: the operator's certificate, or one made for a laptop and kept in the data directory."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kgsync.errors import MalformedInput
from kgsync.server.settings import Settings

# What browsers take at most of a server certificate; made anew in its last month.
_DAYS, _RENEW_DAYS = 397, 30


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """Make what the server's socket speaks: TLS 1.2 or newer, or None for plain HTTP. Raises MalformedInput."""
    found = certificate_of(settings)
    if found is None:
        return None
    certificate, key = found
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise MalformedInput(f"{certificate} and {key} are no certificate with its key ({error})") from None
    return context


def certificate_of(settings: Settings) -> tuple[Path, Path] | None:
    """Give the certificate and its key, made for a laptop where asked; None for plain text. Raises MalformedInput."""
    certificate, key = settings.tls_cert, settings.tls_key
    if (certificate is None) != (key is None):
        raise MalformedInput("--tls-cert and --tls-key go together")
    if settings.tls_self_signed:
        if certificate is not None:
            raise MalformedInput("Say either --tls-self-signed, or --tls-cert with --tls-key")
        certificate, key = self_signed(settings.data_dir / "tls", names_of(settings.host))
    return None if certificate is None or key is None else (certificate, key)


def names_of(host: str) -> list[str]:
    """List the names a laptop's server goes by."""
    found = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    return found if host in ("", "0.0.0.0", "::", *found) else [*found, host]


def self_signed(directory: Path, names: list[str]) -> tuple[Path, Path]:
    """Give a certificate and its key for these names, made when there is none that lasts; blocking."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    if certificate.exists() and key.exists() and _lasts(certificate, names):
        return certificate, key
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = ec.generate_private_key(ec.SECP256R1())
    _write(
        key,
        made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    _write(certificate, _certificate(made, names).public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _lasts(certificate: Path, names: list[str]) -> bool:
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
    except ValueError:
        return False
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=_RENEW_DAYS)
    alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return found.not_valid_after_utc > soon and set(_alternatives(names)) <= set(alternatives)


def _alternatives(names: list[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _certificate(key: ec.EllipticCurvePrivateKey, names: list[str]) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kgsync on this machine")])
    return (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of machines differ.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _write(path: Path, data: bytes) -> None:
    """Put bytes in the place of a file only its owner may read."""
    temporary = path.with_suffix(".part")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as target:
        target.write(data)
        target.flush()
        os.fsync(target.fileno())
    temporary.replace(path)
