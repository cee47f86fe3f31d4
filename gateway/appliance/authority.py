"""The gateway's own certificate authority: nodes are given its certificate and believe no other.

No public authority would sign a name that exists only in one cupboard, and nobody would renew it there for ten years.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.appliance.layout import write

NAME = "tomoshibi-gateway.local"
"""What nodes expect in the broker's certificate, whatever the machine's address is that day; also its name by mDNS."""
LASTS = timedelta(days=30 * 365)
BEFORE = datetime(2024, 1, 1, tzinfo=UTC)
"""Valid from long ago: on the day of installation the machine's clock may still stand anywhere."""

_Key = ec.EllipticCurvePrivateKey


def ensure_authority(folder: Path, now: datetime, broker_owner: str) -> bool:
    """Make what is missing of ca.pem, ca.key, broker.pem and broker.key in `folder`; true if the broker's is new.

    An authority that stands there is kept: every node in the building trusts it.
    """
    if not (folder / "ca.pem").exists():
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _named("Tomoshibi gateway authority")
        made = _certificate(subject, subject, key, key, now)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        made = made.add_extension(_usage(signs_certificates=True), critical=True)
        write(folder / "ca.key", _pem(key), 0o600)
        write(folder / "ca.pem", _signed(made, key), 0o644)
    if (folder / "broker.pem").exists():
        return False
    issuer = load_pem_private_key((folder / "ca.key").read_bytes(), None)
    assert isinstance(issuer, ec.EllipticCurvePrivateKey)
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(_named(NAME), authority.subject, key, issuer, now)
    names = [x509.DNSName(NAME), x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    made = made.add_extension(_usage(signs_certificates=False), critical=True)
    made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    write(folder / "broker.key", _pem(key), 0o600, broker_owner)
    write(folder / "broker.pem", _signed(made, issuer), 0o644)
    return True


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: _Key, issuer_key: _Key, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, BEFORE))
        .not_valid_after(max(now, BEFORE) + LASTS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
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


def _signed(made: x509.CertificateBuilder, key: _Key) -> str:
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode("ascii")


def _pem(key: _Key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
