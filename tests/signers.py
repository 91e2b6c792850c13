"""A certificate to sign with, made for a test."""

from __future__ import annotations

import datetime
from typing import Any

from studio_app.export.provenance.signing import Signer


def made_signer() -> Signer:
    """A certificate as C2PA asks for: from an authority of its own, for signing documents."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    end = start + datetime.timedelta(days=3650)
    authority, own = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )

    def name(text: str) -> Any:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, text),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lanternfall"),
            ]
        )

    def certificate(subject: str, key: Any, ca: bool) -> Any:
        others = "content_commitment key_encipherment data_encipherment key_agreement crl_sign"
        usage = dict.fromkeys([*others.split(), "encipher_only", "decipher_only"], False)
        made = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("Lanternfall Root"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **usage), critical=True
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
                critical=False,
            )
        )
        if not ca:
            made = made.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
            )
        return made.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    chain = certificate("Anna", own, False) + certificate("Lanternfall Root", authority, True)
    key = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Signer(chain, key)
