"""The XMP packet of a picture (ISO 16684-1): IPTC's mark of a model's work, and the recipe."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from studio_app.core.text import clean_text
from studio_app.document.recipes import KEYWORD, POSE_KEYWORD, STEP_KEYWORD

IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
OURS = "urn:underpaint:recipe:1"
RECIPE = {KEYWORD: "recipe", POSE_KEYWORD: "pose", STEP_KEYWORD: "step"}
"""What a PNG has as a text of that keyword -> the property that a packet has it in."""

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMP = "http://ns.adobe.com/xap/1.0/"
_LIMIT = 64 << 20
_MOST_TAGS = 20_000
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'


@dataclass(frozen=True)
class Xmp:
    """source_type: the last part of IPTC's URI ("trainedAlgorithmicMedia"), "" where there is none.

    properties: all simple ones, by "{namespace}name".
    """

    source_type: str = ""
    properties: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def iptc(self, name: str) -> str:
        return self.properties.get(f"{{{IPTC}}}{name}", "")

    @property
    def recipe(self) -> Mapping[str, str]:
        """Our own recipe as texts, as of a PNG by keyword; empty where there is none."""
        said = {key: self.properties.get(f"{{{OURS}}}{name}", "") for key, name in RECIPE.items()}
        return {key: text for key, text in said.items() if text}


def packet(
    source_type: str,
    program: str,
    *,
    system: str = "",
    version: str = "",
    prompt: str = "",
    recipe: Mapping[str, str] | None = None,
) -> str:
    """A whole packet, the same for the same words. system, version: of the model (IPTC 2025.1). recipe: as texts, by
    keyword."""
    said = {
        "Iptc4xmpExt:DigitalSourceType": f"{SOURCE_TYPES}{source_type}" if source_type else "",
        "xmp:CreatorTool": program,
        "Iptc4xmpExt:AISystemUsed": system,
        "Iptc4xmpExt:AISystemVersionUsed": version,
        "Iptc4xmpExt:AIPromptInformation": prompt,
        **{f"underpaint:{name}": (recipe or {}).get(key, "") for key, name in RECIPE.items()},
    }
    lines = [
        _HEAD,
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
        f' <rdf:RDF xmlns:rdf="{_RDF}">',
        f'  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{IPTC}" xmlns:xmp="{_XMP}" xmlns:underpaint="{OURS}">',
        *(f"   <{name}>{_escaped(value)}</{name}>" for name, value in said.items() if value),
        "  </rdf:Description>",
        " </rdf:RDF>",
        "</x:xmpmeta>",
        '<?xpacket end="r"?>',
    ]
    return "\n".join(lines)


def read_packet(data: bytes | str) -> Xmp | None:
    """What a packet says; None where it is none, or holds what no honest one does."""
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if len(raw) > _LIMIT or raw.count(b"<") > _MOST_TAGS:
        return None
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw or b"\0" in raw:
        return None
    try:
        root = ElementTree.fromstring(raw.strip(b"\0 \t\r\n"))  # noqa: S314
    except (ElementTree.ParseError, ValueError, RecursionError):
        return None
    found: dict[str, str] = {}
    for description in root.iter(f"{{{_RDF}}}Description"):
        for name, value in description.attrib.items():
            found.setdefault(name, clean_text(value))
        for item in description:
            value = item.get(f"{{{_RDF}}}resource") or (item.text or "").strip()
            if not value:  # the first of a list, as AISystemUsed of some writers
                value = next((li.text or "" for li in item.iter(f"{{{_RDF}}}li")), "").strip()
            if value:
                found.setdefault(item.tag, clean_text(value))
    source = found.get(f"{{{IPTC}}}DigitalSourceType", "")
    return Xmp(source.rstrip("/").rsplit("/", 1)[-1], found)


def _escaped(text: str) -> str:
    """As XML can hold it: in a JSON text, what it can't becomes an escape of JSON; elsewhere it is U+FFFD."""
    clean = clean_text(text)
    if clean.startswith("{"):
        return escape(_NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", clean)).replace(
            "\r", "&#13;"
        )
    return escape(_NO_XML.sub("\ufffd", clean)).replace("\r", "&#13;")
