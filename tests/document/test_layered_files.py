"""PSD and ORA as pictures: what is seen of them, their layers' names, and nothing that a hostile one could do."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import psd_tools
import pytest

from studio_app.core.errors import StudioError
from studio_app.document import pictures
from studio_app.document.composite import PictureLayer, merged
from studio_app.document.layer_files import read_content
from studio_app.document.png import png_bytes
from studio_app.export.ora import ora_bytes
from studio_app.export.psd import psd_bytes
from tests.document.layered import (
    NAMES,
    SIZE,
    grouped_psd,
    patch,
    some_layers,
    without_merged,
    zipped,
)


@pytest.mark.parametrize("ending", ["psd", "ora"])
def test_a_layered_file_is_what_is_seen_of_it_and_names_its_layers(tmp_path: Path, ending: str):
    write = {"psd": psd_bytes, "ora": ora_bytes}[ending]
    path = tmp_path / f"a.{ending}"
    path.write_bytes(write(some_layers(), SIZE))
    picture = pictures.open_picture(path)
    assert picture.size == SIZE
    assert picture.layers == NAMES
    np.testing.assert_array_equal(picture.rgba(), merged(some_layers(), SIZE))
    small = pictures.open_picture(path, fit=(4, 4))
    assert small.size == SIZE and small.rgba().shape[0] < 24
    assert "3 layers, read as one" in read_content("colour", path, 40, 24)[1]


def test_an_ora_without_a_merged_picture_is_put_together(tmp_path: Path):
    picture = pictures.open_picture(without_merged(ora_bytes(some_layers(), SIZE)), "a.ora")
    assert picture.layers == NAMES
    np.testing.assert_array_equal(picture.rgba(), merged(some_layers(), SIZE))


STACK = """<image w="8" h="8"><stack>
<stack name="group" opacity="0.5" x="2"><layer name="red" src="data/a.png" x="1"/></stack>
<stack name="none" visibility="hidden"><layer name="never" src="data/a.png"/></stack>
<layer name="odd" src="data/b.png" composite-op="krita:strange" opacity="much"/>
</stack></image>"""


def test_groups_of_an_ora_are_seen_as_one_thing():
    members = {
        "stack.xml": STACK.encode(),
        "data/a.png": png_bytes(patch((255, 0, 0, 255), 4, 4)),
        "data/b.png": png_bytes(patch((0, 0, 255, 255), 8, 8)),
    }
    picture = pictures.open_picture(zipped(members), "a.ora")
    assert picture.layers == ("group", "red", "none", "never", "odd")
    seen = picture.rgba()
    assert seen[0, 0].tolist() == [0, 0, 255, 255]
    assert seen[0, 3].tolist() == [128, 0, 128, 255]
    assert seen[0, 7].tolist() == [0, 0, 255, 255]


def test_groups_of_a_psd_are_named_once():
    assert pictures.open_picture(grouped_psd(2), "a.psd").layers == ("g0", "g1", "deep")


def test_a_psd_without_a_merged_picture_says_what_to_do():
    document: Any = psd_tools.PSDImage.open(io.BytesIO(psd_bytes(some_layers(), SIZE)))
    from psd_tools.constants import Resource
    from psd_tools.psd.image_resources import ImageResource, VersionInfo

    known: Any = VersionInfo(1, False, "x", "x", 1)
    info = ImageResource(key=Resource.VERSION_INFO, data=known)
    document.image_resources[Resource.VERSION_INFO] = info
    stream = io.BytesIO()
    document._record.write(stream)
    with pytest.raises(StudioError, match="merged picture") as raised:
        pictures.open_picture(stream.getvalue(), "a.psd")
    assert "Maximize Compatibility" in raised.value.hint


@pytest.mark.parametrize(("mode", "bits"), [("L", 8), ("RGB", 8), ("CMYK", 8), ("L", 16)])
def test_psds_of_other_kinds_of_colour(mode: str, bits: int):
    grey = mode == "L"
    tools: Any = psd_tools
    document: Any = tools.PSDImage.new(mode, (6, 4), depth=bits)
    header = document._record.header
    level = struct.pack(">H", 0x4040) if bits == 16 else b"\x40"
    planes = [level * 24 for _ in range({"L": 1, "RGB": 3, "CMYK": 4}[mode])]
    document._record.image_data.set_data(planes, header)
    stream = io.BytesIO()
    document._record.write(stream)
    rgba = pictures.open_picture(stream.getvalue(), "a.psd").rgba()
    assert rgba.shape == (4, 6, 4) and (rgba[..., 3] == 255).all()
    if grey or mode == "RGB":
        assert (rgba[..., :3] == 0x40).all()


# ---- hostile files ----


def test_names_of_layers_are_one_line_and_not_endless():
    layers = [PictureLayer("a\nb\u202e" + "x" * 300, patch((0, 0, 0, 255), 8, 8))]
    for write in (psd_bytes, ora_bytes):
        (name,) = pictures.open_picture(write(layers, (8, 8)), "a").layers
        assert name.isprintable() and 90 < len(name) <= 100
