"""A CUDA card that isn't there: tensors say that they lie on one, and nothing is computed of them.

Within `pretended_card` everything that is told to go to "cuda" gets a tensor without numbers (`FakeTensor` of torch),
whose shape, dtype and place are those that it would have. So a model is loaded and draws as it would on a card, through
the very code, as far as that is decided by shapes: an operation of tensors in different places raises, as it would
there; and whatever makes the host wait for the card is written down (`waits`). What comes back to the host is bytes of
255, and zeros of other types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from studio_app.engine.device import Device

CARD = Device(torch.device("cuda"), torch.bfloat16)
OLD_CARD = Device(torch.device("cuda"), torch.float16)
MEMORY = 24 << 30

_COMPOSITE = "CompositeImplicitAutograd"
_SIZED_BY_NUMBERS = {"nonzero", "masked_select", "_unique2", "unique_dim", "equal", "bincount"}
"""Operations whose result's shape, or that itself, the host has to know."""


class PretendedCard:
    """waits: of the host for the card, by what caused each. sent: copies that nobody waited for."""

    def __init__(self) -> None:
        self.waits: list[str] = []
        self.sent: list[str] = []
        self.ran: list[tuple[str, tuple[Any, ...]]] = []
        """Operations there, with the dtypes of their tensors."""
        self.log: list[str] = []
        """What was queued on which stream, in order, and what the host waited for."""
        self.stream = "main"
        self._pinned: dict[int, Tensor] = {}

    def pin(self, tensor: Tensor) -> Tensor:
        """Says that a tensor of the host lies in memory that a card can read by itself."""
        self._pinned[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    def moved(self, host: Tensor, *, non_blocking: bool, what: str) -> None:
        pinned = host.untyped_storage().data_ptr() in self._pinned
        (self.sent if pinned and non_blocking else self.waits).append(what)
        self.log.append(f"{what} on {self.stream}")


@contextmanager
def pretended_card(patch: pytest.MonkeyPatch) -> Iterator[PretendedCard]:
    """What is made on the card within the block is of use only there."""
    card = PretendedCard()
    patch.setattr(torch.cuda, "_lazy_init", lambda: None)
    patch.setattr(torch.cuda, "mem_get_info", lambda *_: (MEMORY, MEMORY))
    patch.setattr(torch.cuda, "memory_reserved", lambda *_: 0)
    patch.setattr(torch.cuda, "memory_allocated", lambda *_: 0)
    patch.setattr(torch.cuda, "empty_cache", lambda: None)
    found = SimpleNamespace(total_memory=MEMORY)
    patch.setattr(torch.cuda, "get_device_properties", lambda *_: found)
    patch.setattr(torch.nn.Module, "_apply", _applied)
    _with_streams(patch, card)
    with _Words(card), _Operations(card):
        yield card


def _with_streams(patch: pytest.MonkeyPatch, card: PretendedCard) -> None:
    class Stream:
        def __init__(self, place: Any = None, name: str = "side") -> None:
            self.name = name

        def wait_stream(self, other: Stream) -> None:
            card.log.append(f"{self.name} waits for {other.name}")

    class Event:
        """Nothing is done before somebody waits for it."""

        def __init__(self, blocking: bool = False) -> None:
            assert blocking
            self.number = 0

        def record(self, stream: Stream) -> None:
            self.number = len(card.log)
            card.log.append(f"event {self.number} on {stream.name}")

        def query(self) -> bool:
            return f"host waits for {self.number}" in card.log

        def synchronize(self) -> None:
            card.log.append(f"host waits for {self.number}")

    @contextmanager
    def stream(wanted: Stream) -> Iterator[None]:
        before, card.stream = card.stream, wanted.name
        try:
            yield
        finally:
            card.stream = before

    patch.setattr(torch.cuda, "Stream", Stream)
    patch.setattr(torch.cuda, "Event", Event)
    patch.setattr(torch.cuda, "stream", stream)
    patch.setattr(torch.cuda, "current_stream", lambda *_: Stream(name=card.stream))


def _applied(module: Any, change: Any, recurse: bool = True) -> Any:
    """`Module._apply`, which would swap tensors that can't be swapped."""
    for part in module.modules():
        for name, weight in part._parameters.items():
            if weight is not None:
                part._parameters[name] = torch.nn.Parameter(change(weight.detach()), False)
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = change(buffer)
    return module


class _Words(TorchFunctionMode):
    """What torch without CUDA refuses before any operation is run, said as operations."""

    def __init__(self, card: PretendedCard) -> None:
        super().__init__()
        self._card = card

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.Tensor.to or func is torch.Tensor.cpu:
            return self._to(func, args, kwargs)
        if func is torch.Tensor.__getitem__ and isinstance(args[0], FakeTensor):
            return _part(args[0], args[1])
        if func is torch.Tensor.__setitem__ and isinstance(args[0], FakeTensor):
            return _set_part(*args)
        if func is torch.Tensor.contiguous and isinstance(args[0], FakeTensor):
            layout = args[1] if len(args) > 1 else kwargs.get("memory_format")
            layout = layout or torch.contiguous_format
            lies = args[0].is_contiguous(memory_format=layout)
            copied = torch.ops.aten.clone.default
            return args[0] if lies else copied(args[0], memory_format=layout)
        if func is torch.Tensor.pin_memory:
            return self._card.pin(args[0].clone())
        if func is torch.empty and kwargs.pop("pin_memory", False):
            return self._card.pin(func(*args, **kwargs))
        if func in (torch.tensor, torch.as_tensor) and kwargs.get("device") is not None:
            place = torch.device(kwargs.pop("device"))
            return self._to(torch.Tensor.to, (func(*args, **kwargs), place), {})
        return func(*args, **kwargs)

    def _to(self, func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        tensor = args[0]
        place, dtype, later, layout = torch.device("cpu"), None, False, None
        copied = kwargs.pop("copy", False)
        if func is torch.Tensor.to:
            parse: Any = torch._C._nn._parse_to  # pyright: ignore[reportAttributeAccessIssue]
            place, dtype, later, layout = parse(*args[1:], **kwargs)
        place = tensor.device if place is None else place
        if "cuda" not in (place.type, tensor.device.type):
            more = {"copy": True} if copied else {}
            return func(*args, **kwargs, **more)
        stays = place.type == tensor.device.type and dtype in (None, tensor.dtype)
        if stays and layout is None and not copied:
            return tensor
        return torch.ops.aten._to_copy.default(
            tensor, dtype=dtype, device=place, non_blocking=later, memory_format=layout
        )


class _Operations(TorchDispatchMode):
    def __init__(self, card: PretendedCard) -> None:
        super().__init__()
        self._card = card
        self._shapes = FakeTensorMode(allow_non_fake_inputs=True)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        there = [tensor for tensor in tensors if isinstance(tensor, FakeTensor)]
        to = kwargs.get("device")
        to = None if to is None else torch.device(to)
        if not there and (to is None or to.type != "cuda"):
            return func(*args, **kwargs)
        if func.namespace != "aten":
            return func(*args, **kwargs)
        if torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), _COMPOSITE):
            with self:
                return func._op_dk(torch._C.DispatchKey.CompositeImplicitAutograd, *args, **kwargs)
        name = func._overloadpacket.__name__
        if name in ("_local_scalar_dense", "equal"):
            self._card.waits.append(name)
            return 1
        if name == "_to_copy" and to is not None and (not there or to.type == "cpu"):
            return self._crossed(args[0], to, kwargs)
        if name == "copy_" and len(there) == 1:
            return self._copied(args[0], args[1], len(args) > 2 and args[2])
        if name in _SIZED_BY_NUMBERS or (name.startswith("index") and _by_truth(args)):
            self._card.waits.append(name)
        if name == "convolution":
            self._card.log.append(f"{name} on {self._card.stream}")
        self._card.ran.append((name, tuple(tensor.dtype for tensor in there)))
        with self._shapes:
            return func(*args, **kwargs)

    def _crossed(self, tensor: Tensor, to: torch.device, kwargs: dict[str, Any]) -> Tensor:
        """A new tensor at the other side."""
        dtype, later = kwargs.get("dtype") or tensor.dtype, bool(kwargs.get("non_blocking"))
        if to.type == "cpu":  # to memory that is new, and so not pinned
            self._card.waits.append("to the host")
            return _blank(torch.empty(tensor.shape, dtype=dtype))
        self._card.moved(tensor, non_blocking=later, what="to the card")
        with self._shapes:
            return torch.empty_strided(tensor.shape, tensor.stride(), dtype=dtype, device="cuda")

    def _copied(self, into: Tensor, of: Tensor, later: bool) -> Tensor:
        if isinstance(into, FakeTensor):
            if of.ndim == 0:  # a number, which goes along with the call
                return into
            self._card.moved(of, non_blocking=later, what="to the card")
        else:
            self._card.moved(into, non_blocking=later, what="to the host")
            _blank(into)
        return into


def _blank(tensor: Tensor) -> Tensor:
    return tensor.fill_(255 if tensor.dtype == torch.uint8 else 0)


def _part(tensor: Tensor, index: Any) -> Tensor:
    """`tensor[index]` by operations."""
    index = list(index) if isinstance(index, tuple) else [index]
    axis, by_tensors = 0, dict[int, Tensor]()
    for number, each in enumerate(index):
        if each is Ellipsis:
            after = index[number + 1 :]
            axis = tensor.ndim - sum(_axes(later) for later in after if later is not None)
        elif each is None:
            tensor, axis = tensor.unsqueeze(axis), axis + 1
        elif isinstance(each, slice):
            step = each.step or 1
            tensor = torch.ops.aten.slice.Tensor(tensor, axis, each.start, each.stop, step)
            axis += 1
        elif isinstance(each, int):
            tensor = torch.ops.aten.select.int(tensor, axis, each)
        else:
            by_tensors[axis], axis = each, axis + _axes(each)
    if not by_tensors:
        return tensor
    places = [by_tensors.get(i) for i in range(max(by_tensors) + 1)]
    return torch.ops.aten.index.Tensor(tensor, places)


def _axes(each: Any) -> int:
    """Of a tensor, that a part of an index stands for."""
    return each.ndim if isinstance(each, Tensor) and each.dtype == torch.bool else 1


def _set_part(tensor: Tensor, index: Any, value: Any) -> None:
    if isinstance(index, Tensor):
        torch.ops.aten.index_put_.default(tensor, [index], value)
    elif isinstance(value, Tensor):
        _part(tensor, index).copy_(value)
    else:
        _part(tensor, index).fill_(value)


def _by_truth(args: Sequence[Any]) -> bool:
    """Whether an index is a mask."""
    return any(
        isinstance(leaf, Tensor) and leaf.dtype == torch.bool for leaf in tree_leaves(args[1:2])
    )
