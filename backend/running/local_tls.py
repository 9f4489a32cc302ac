"""A certificate authority of this installation alone, for phones and tablets on the local network (`LAN=1`).

Browsers give a camera and a service worker only to pages over TLS. The authority may vouch for private addresses only,
so that its key, should it be stolen, opens nothing on the internet.
"""

import argparse
import ipaddress
import os
import socket
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backend.shared.clock import clock

AUTHORITY_VALID = timedelta(days=3650)
# Phones refuse certificates that are valid for longer.
CERTIFICATE_VALID = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)
# Networks that the internet does not route to: private, carriers' own, and those reserved for tests.
PRIVATE_NETWORKS = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
    *("100.64.0.0/10", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
)
LAN_PROBE_ADDRESS = "203.0.113.1"  # reserved for documentation: nobody is there, and nothing is sent


class NoLocalNetwork(Exception):
    """This machine has no address that a phone could reach."""


def lan_address() -> str:
    """The address that this machine has on its local network.

    Raises:
        NoLocalNetwork: it has none, or a public one.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((LAN_PROBE_ADDRESS, 9))
        except OSError as error:
            raise NoLocalNetwork("LAN=1 needs a network, and this machine is on none.") from error
        address: str = probe.getsockname()[0]
    if not any(ipaddress.ip_address(address) in ipaddress.ip_network(network) for network in PRIVATE_NETWORKS):
        raise NoLocalNetwork(f"LAN=1 is for private networks, and this machine's address is {address}.")
    return address


class LocalAuthority:
    """The authority's files in one folder; they are made when they are first needed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.certificate_file = directory / "molva-ca.crt"
        self.server_certificate_file = directory / "server.crt"
        self.server_key_file = directory / "server.key"
        self._key_file = directory / "molva-ca.key"

    def ensure_certificate(self, address: str) -> None:
        """Have a certificate for `address` (and for this machine's own), renewed in time."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.certificate_file.exists() and self._key_file.exists()):
            self._make_authority()
            self.server_certificate_file.unlink(missing_ok=True)
        if not self._is_current(address):
            self._make_certificate(address)

    def _is_current(self, address: str) -> bool:
        if not (self.server_certificate_file.exists() and self.server_key_file.exists()):
            return False
        certificate = x509.load_pem_x509_certificate(self.server_certificate_file.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        lasts = certificate.not_valid_after_utc - clock.system_now() > RENEW_BEFORE
        return lasts and ipaddress.ip_address(address) in names.get_values_for_type(x509.IPAddress)

    def _make_authority(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Molva on {socket.gethostname()}"[:64])])
        networks = [x509.IPAddress(ipaddress.ip_network(network)) for network in PRIVATE_NETWORKS]
        certificate = (
            _builder(name, name, key.public_key(), valid=AUTHORITY_VALID)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(
                x509.NameConstraints([*networks, x509.DNSName("localhost")], excluded_subtrees=None), critical=True
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write_key(self._key_file, key)
        self.certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _make_certificate(self, address: str) -> None:
        authority = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
        authority_key = serialization.load_pem_private_key(self._key_file.read_bytes(), password=None)
        if not isinstance(authority_key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{self._key_file} is not a key that Molva made.")
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(ip)) for ip in (address, "127.0.0.1")]
        certificate = (
            _builder(
                x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)]),
                authority.subject,
                key.public_key(),
                valid=CERTIFICATE_VALID,
            )
            .add_extension(x509.SubjectAlternativeName([*names, x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .sign(authority_key, hashes.SHA256())
        )
        _write_key(self.server_key_file, key)
        self.server_certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, *, valid: timedelta
) -> x509.CertificateBuilder:
    now: datetime = clock.system_now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # phones' clocks differ
        .not_valid_after(now + valid)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        file.write(content)


def serve_certificate(certificate_file: Path, *, host: str, port: int) -> None:
    """Hand the certificate, and nothing else, to whoever asks over plain HTTP: a phone that does not trust it yet."""
    content = certificate_file.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the library's name
            self.send_response(200)
            self.send_header("Content-Type", "application/x-x509-ca-cert")
            self.send_header("Content-Disposition", 'attachment; filename="molva-ca.crt"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    ThreadingHTTPServer((host, port), Handler).serve_forever()


def main() -> None:
    """`python -m backend.running.local_tls CERTIFICATE HOST PORT`: serve the authority's certificate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("certificate", type=Path)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    arguments = parser.parse_args()
    serve_certificate(arguments.certificate, host=arguments.host, port=arguments.port)


if __name__ == "__main__":
    main()
