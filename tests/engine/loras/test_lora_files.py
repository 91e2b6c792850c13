"""The file of a LoRA that is worn is the artist's: it may change, and go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.engine.loras.loras import Loras
from studio_app.engine.loras.names import UNET
from tests.loras import factors, layers_of, peft, same, save, weights_of
from tests.tiny.sd15 import make_unet


@pytest.fixture(scope="module")
def unet() -> Any:
    return make_unet().requires_grad_(False)


def test_a_file_that_is_written_anew_is_followed_and_one_that_goes_is_worn_on(
    unet: Any, tmp_path: Path
):
    """As while a training saves it, or somebody tidies up."""
    before, path = weights_of(unet), tmp_path / "ink.safetensors"
    layers, loras = layers_of(unet, "to_q"), Loras({UNET: unet})

    def worn(seed: int, weight: float) -> dict[str, Any]:
        save(path, peft("unet.", factors(layers, seed)))
        fresh = Loras({UNET: unet})
        fresh.wear([(str(path), weight)])
        expected = weights_of(unet)
        fresh.wear([])
        return expected

    first = worn(0, 0.5)
    loras.wear([(str(path), 0.5)])
    assert same(first, weights_of(unet))
    loras.wear([])
    second, more = worn(1, 0.5), worn(1, 1.0)
    for expected in (first, second):
        save(path, peft("unet.", factors(layers, 0 if expected is first else 1)))
        assert loras.wear([(str(path), 0.5)]) == len(layers)
        assert same(expected, weights_of(unet))
    whole = path.read_bytes()
    for end in (whole[:-9], None):
        path.unlink() if end is None else path.write_bytes(end)
        assert loras.wear([(str(path), 0.5)]) == 0 and same(second, weights_of(unet))
        assert loras.wear([(str(path), 1.0)]) == len(layers) and same(more, weights_of(unet))
        assert loras.notes([(str(path), 1.0)]) == []
        loras.wear([(str(path), 0.5)])
    loras.wear([])
    assert same(before, weights_of(unet))
    with pytest.raises(StudioError, match="no such file"):
        loras.wear([(str(path), 0.5)])


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.pt", b"\x80\x02}q\x00.", "pickle"),
        ("a.safetensors", b"\x80\x02}q\x00.", "broken"),
        ("a.safetensors", b"", "broken"),
        ("gone.safetensors", None, "no such file"),
    ],
)
def test_what_is_no_file_of_a_lora_is_refused(
    unet: Any, tmp_path: Path, name: str, data: bytes | None, said: str
):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(StudioError, match=said) as caught:
        Loras({UNET: unet}).wear([(str(tmp_path / name), 1.0)])
    assert "model" not in caught.value.title + caught.value.hint.replace("models/loras", "")
