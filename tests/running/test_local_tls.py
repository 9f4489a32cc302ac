"""The local certificate authority: a phone that trusts it reaches the server, and it vouches for nothing else."""

import ipaddress
import ssl
import stat
import threading
import urllib.request
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509

from backend.running.local_tls import LocalAuthority, NoLocalNetwork, lan_address


@pytest.fixture
def authority(tmp_path: Path) -> LocalAuthority:
    made = LocalAuthority(tmp_path / "tls")
    made.ensure_certificate("192.168.7.20")
    return made


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_who_trusts_the_authority_reaches_the_server(authority: LocalAuthority) -> None:
    class Hello(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = HTTPServer(("127.0.0.1", 0), Hello)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(authority.server_certificate_file, authority.server_key_file)
    server.socket = server_side.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    phone = ssl.create_default_context(cafile=str(authority.certificate_file))
    try:
        with urllib.request.urlopen(f"https://127.0.0.1:{server.server_port}/", context=phone) as answer:
            assert answer.status == 204
    finally:
        server.shutdown()
        server.server_close()


def test_another_start_keeps_the_certificates_that_phones_know(authority: LocalAuthority) -> None:
    before = [path.read_bytes() for path in (authority.certificate_file, authority.server_certificate_file)]
    authority.ensure_certificate("192.168.7.20")
    assert before == [path.read_bytes() for path in (authority.certificate_file, authority.server_certificate_file)]


def test_a_new_address_gets_a_new_certificate_of_the_same_authority(authority: LocalAuthority) -> None:
    root = authority.certificate_file.read_bytes()
    authority.ensure_certificate("192.168.7.21")
    names = certificate(authority.server_certificate_file).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert ipaddress.ip_address("192.168.7.21") in names.value.get_values_for_type(x509.IPAddress)
    assert authority.certificate_file.read_bytes() == root


def test_a_certificate_is_renewed_a_month_before_it_ends(authority: LocalAuthority, clock: object) -> None:
    old = certificate(authority.server_certificate_file)
    clock.set(old.not_valid_after_utc - timedelta(days=29))  # type: ignore[attr-defined]
    authority.ensure_certificate("192.168.7.20")
    assert certificate(authority.server_certificate_file).not_valid_after_utc > old.not_valid_after_utc


def test_the_authority_vouches_for_private_addresses_only(authority: LocalAuthority) -> None:
    allowed = certificate(authority.certificate_file).extensions.get_extension_for_class(x509.NameConstraints)
    assert allowed.critical
    networks = [name.value for name in allowed.value.permitted_subtrees or [] if isinstance(name, x509.IPAddress)]
    assert networks
    assert not any(network.is_global for network in networks)


def test_the_keys_are_readable_by_their_owner_alone(authority: LocalAuthority) -> None:
    keys = list(authority.certificate_file.parent.glob("*.key"))
    assert len(keys) == 2
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_a_public_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.running.local_tls.PRIVATE_NETWORKS", ("10.99.99.0/24",))
    with pytest.raises(NoLocalNetwork, match=r"LAN=1"):
        lan_address()
