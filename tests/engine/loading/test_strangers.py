"""Whatever a stranger wrote into the files of a model is read or refused with a StudioError."""

from __future__ import annotations

import contextlib
import json
import struct
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.engine.families.embedded import PARTS
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.loading.checkpoint import check_folder, check_parts, read_config, read_header

SCALARS = (
    st.none() | st.booleans() | st.floats() | st.integers(-(10**30), 10**30) | st.text(max_size=6)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
RANGES = st.fixed_dictionaries({"min": SCALARS, "max": SCALARS, "default": SCALARS}) | VALUES
SOUND = json.loads(
    (Path(__file__).resolve().parents[3] / "models/underpaint-256/underpaint.json").read_text()
)
ONCE = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100
)


@ONCE
@given(st.dictionaries(st.sampled_from(sorted(SOUND)), RANGES, max_size=3))
def test_any_card_of_a_model_is_read_or_refused(tmp_path: Path, spoilt: dict[str, Any]):
    (tmp_path / "underpaint.json").write_text(json.dumps(SOUND | spoilt))
    with contextlib.suppress(StudioError):
        can = read_capabilities(tmp_path)
        assert can.samplers
        assert can.guidance.min <= can.guidance.default <= can.guidance.max


TENSORS = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F16", "F32", "I64"]) | VALUES,
        "shape": st.lists(st.integers(-1, 4) | SCALARS, max_size=12) | VALUES,
        "data_offsets": st.lists(st.integers(-1, 16) | SCALARS, max_size=3) | VALUES,
    }
)


@ONCE
@given(
    st.dictionaries(st.text(max_size=4), TENSORS | VALUES, max_size=3).map(
        lambda v: json.dumps(v).encode()
    )
    | st.binary(max_size=40),
    st.binary(max_size=16),
    st.integers(-3, 3),
)
def test_any_header_of_weights_is_read_or_refused(
    tmp_path: Path, raw: bytes, body: bytes, off: int
):
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", max(len(raw) + off, 0)) + raw + body)
    with contextlib.suppress(StudioError):
        read_header(path)


COMPONENTS = [
    "unet",
    "vae",
    "text_encoder",
    "tokenizer",
    "scheduler",
    "adapter_x",
    "_class_name",
    "what",
]
CLASSES = st.lists(
    st.sampled_from(["diffusers", "transformers", "UNet2DConditionModel"]) | SCALARS, max_size=3
)


@ONCE
@given(
    st.dictionaries(st.sampled_from(COMPONENTS), CLASSES | VALUES),
    st.dictionaries(
        st.sampled_from(["_class_name", "architectures", "sample_size", "layers_per_block"]),
        st.just("UNet2DConditionModel") | VALUES,
    ),
)
def test_any_index_and_config_are_read_or_refused(
    tmp_path: Path, index: dict[str, Any], config: dict[str, Any]
):
    (tmp_path / "unet").mkdir(exist_ok=True)
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    (tmp_path / "unet" / "config.json").write_text(json.dumps(config))
    for read in (
        lambda folder: check_parts(folder, check_folder(folder), PARTS),
        lambda folder: read_config(folder, "unet", PARTS),
        read_capabilities,
    ):
        with contextlib.suppress(StudioError):
            read(tmp_path)
