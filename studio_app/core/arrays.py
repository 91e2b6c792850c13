"""Arrays as values: digests that compare their content, and a JSON form that is small and bounded."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError

DTYPES = ("uint8", "float32")
MAX_BYTES = 64 << 20


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """`array` as a value: read-only and C-contiguous. One that is so already, and owns its memory, is shared;
    of any other this is a private copy."""
    if not array.flags.writeable and array.flags.c_contiguous and array.base is None:
        return array
    copy = np.array(array, order="C", copy=True)
    copy.flags.writeable = False
    return copy


def digest(*parts: object) -> str:
    """Hex digest (BLAKE2b, 128 bits) of arrays (dtype, shape, bytes), nested tuples and plain values."""
    state = hashlib.blake2b(digest_size=16)
    _feed(state, parts)
    return state.hexdigest()


def pack(array: NDArray[Any]) -> dict[str, Any]:
    """JSON-able form: shape, dtype and the deflated little-endian bytes in base64."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "zlib": base64.b64encode(zlib.compress(little.tobytes(), 6)).decode("ascii"),
    }


def unpack(value: Any, what: str, max_bytes: int = MAX_BYTES) -> NDArray[Any]:
    """The inverse of `pack` for untrusted input. StudioError if it is broken or larger than `max_bytes`."""
    fault = StudioError(f"The {what} of this recipe is broken", "its pixels can't be read")
    if not isinstance(value, Mapping):
        raise fault
    packed = cast("Mapping[str, object]", value)
    name, data = packed.get("dtype"), packed.get("zlib")
    shape = _shape(packed.get("shape"))
    if shape is None or not isinstance(name, str) or name not in DTYPES:
        raise fault
    dtype = np.dtype(name).newbyteorder("<")
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if size > max_bytes or not isinstance(data, str):
        raise fault
    try:
        inflater = zlib.decompressobj()
        raw = inflater.decompress(base64.b64decode(data, validate=True), size)
    except (binascii.Error, ValueError, zlib.error):
        raise fault from None
    if len(raw) != size:
        raise fault
    return np.frombuffer(raw, dtype).reshape(shape).astype(np.dtype(name))


def _shape(value: object) -> list[int] | None:
    """One to three sides of 1..8192, or None."""
    if not isinstance(value, list):
        return None
    sides = [side for side in cast("list[object]", value) if type(side) is int and 0 < side <= 8192]
    return (
        sides if 1 <= len(sides) <= 3 and len(sides) == len(cast("list[object]", value)) else None
    )


def _feed(state: hashlib.blake2b, value: object) -> None:
    if isinstance(value, np.ndarray):
        array = cast("NDArray[Any]", value)
        state.update(f"array {array.dtype.str} {array.shape}\0".encode())
        state.update(np.ascontiguousarray(array).data)
    elif isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        state.update(f"tuple {len(items)}\0".encode())
        for item in items:
            _feed(state, item)
    else:
        text = repr(value).encode()
        state.update(f"{type(value).__name__} {len(text)}\0".encode() + text)
