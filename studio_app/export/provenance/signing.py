"""Signed manifests (C2PA 2.x) in PNG, JPEG and WebP, with the library of `underpaint[c2pa]`, offline.

The certificate and its key are the artist's own: a key that every copy of a program holds proves nothing. A signature
is over the whole file and has a time of its own, so it comes last, and signing the same picture again gives other
bytes.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

from studio_app.core.errors import StudioError
from studio_app.core.reading import read_bytes
from studio_app.export.ledger import sha256
from studio_app.export.origin import Origin
from studio_app.export.pieces import Asset
from studio_app.export.provenance.marks import PROGRAM
from studio_app.export.provenance.xmp import SOURCE_TYPES

Algorithm = Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"]
MIME = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
_PEM = 1 << 20


@dataclass(frozen=True)
class Signer:
    """certificate: PEM of the whole chain, the signer's own first. key: PEM of its private key."""

    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)
    algorithm: Algorithm = "es256"


@dataclass(frozen=True)
class Manifest:
    """state: of the validation: "Valid", "Trusted" or "Invalid"; "" where the library is not installed.

    untrusted: whether it was signed by nobody that this machine knows. source_type: as in XMP.
    """

    state: str
    untrusted: bool = False
    signer: str = ""
    source_type: str = ""


def read_signer(certificate: Path, key: Path, algorithm: Algorithm = "es256") -> Signer:
    """StudioError where a file is missing or no PEM."""
    for path in (certificate, key):
        if b"-----BEGIN" not in read_bytes(path, _PEM):
            raise StudioError(
                f"{path.name} is no PEM file", str(path), "Give a certificate and its key."
            )
    return Signer(read_bytes(certificate, _PEM), read_bytes(key, _PEM), algorithm)


def sign(data: bytes, extension: str, origin: Origin, signer: Signer) -> bytes:
    """The file with a manifest in it: made by a model, or edited where it was painted over.

    StudioError where the library is not installed, the format holds no manifest, or the key is not the certificate's.
    """
    mime = MIME.get(extension)
    if mime is None:
        raise StudioError(f"A {extension} file can't be signed", "PNG, JPEG and WebP can")
    lib = _library()
    name = origin.source_type
    action = {
        "action": "c2pa.created",
        "digitalSourceType": f"{SOURCE_TYPES}{name}",
        "softwareAgent": {"name": PROGRAM},
    }
    manifest = {
        "claim_generator_info": [{"name": "Underpaint", "version": PROGRAM.split()[-1]}],
        "format": mime,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    settings = {
        "builder": {"thumbnail": {"enabled": False}},
        "verify": {"verify_after_sign": False},
    }
    try:
        info = lib.C2paSignerInfo(signer.algorithm.encode(), signer.certificate, signer.key, None)
        with (
            lib.Signer.from_info(info) as made,
            lib.Context(lib.Settings.from_dict(settings)) as context,
            lib.Builder(json.dumps(manifest), context) as builder,
        ):
            out = io.BytesIO()
            builder.sign(made, mime, io.BytesIO(data), out)
            return out.getvalue()
    except lib.C2paError as error:
        raise StudioError(
            "The picture can't be signed",
            str(error),
            "Check that the key is the certificate's, and its algorithm.",
        ) from error


def signed_asset(asset: Asset, origin: Origin, signer: Signer) -> Asset:
    """The asset with its pictures signed, as far as their formats hold a manifest. StudioError as of `sign`."""
    pieces = tuple(
        replace(
            piece,
            data=sign(piece.data, piece.extension, origin, signer),
            unsigned=sha256(piece.data),
        )
        if piece.extension in MIME
        else piece
        for piece in asset.pieces
    )
    return replace(asset, pieces=pieces)


def is_installed() -> bool:
    """Whether the library is there."""
    try:
        _library()
    except StudioError:
        return False
    return True


def check(data: bytes, extension: str) -> Manifest | None:
    """What the manifest in a file says; None where it has none that can be read."""
    mime = MIME.get(extension)
    try:
        lib = _library()
    except StudioError:
        return Manifest("")
    if mime is None:
        return None
    try:
        with lib.Reader(mime, io.BytesIO(data)) as reader:
            value: Any = json.loads(reader.json())
            state = str(reader.get_validation_state() or "")
    except lib.C2paError:
        return None
    active = cast(
        "dict[str, Any]", value.get("manifests", {}).get(value.get("active_manifest"), {})
    )
    text = json.dumps(active)
    source = next((name for name in _SOURCES if f"{SOURCE_TYPES}{name}" in text), "")
    signature = cast("dict[str, Any]", active.get("signature_info") or {})
    return Manifest(
        state,
        "signingCredential.untrusted" in json.dumps(value),
        str(signature.get("common_name") or signature.get("issuer") or ""),
        source,
    )


_SOURCES = ("compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia", "digitalCreation")


def _library() -> Any:
    try:
        import c2pa  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]
    except ImportError:
        raise StudioError(
            "Signing is not installed",
            "it needs c2pa-python",
            "Install it: pip install 'underpaint[c2pa]'",
        ) from None
    return cast("Any", c2pa)
