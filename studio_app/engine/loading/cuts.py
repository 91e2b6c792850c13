"""What of a file's tensor is one of a network's: some programs keep several in one, or turn them. Free of torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio_app.catalogue.headers import TensorInfo

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Cut:
    """Its rows from `first` to before `last`, or the tensor turned over (rows are columns), or its halves swapped."""

    first: int = 0
    last: int | None = None
    turned: bool = False
    swapped: bool = False

    def of(self, tensor: Tensor) -> Tensor:
        if self.swapped:
            return tensor.roll(len(tensor) // 2, 0)
        return tensor.t() if self.turned else tensor[self.first : self.last]

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Of what `of` gives, of a tensor of this shape; of a single number nothing is cut."""
        if not shape:
            return shape
        if self.turned:
            return shape[::-1]
        return (len(range(*slice(self.first, self.last).indices(shape[0]))), *shape[1:])


Cuts = dict[str, dict[str, Cut]]
"""By name of a tensor, the names of what is cut from it, and where."""


def parted(info: TensorInfo, names: Sequence[str]) -> dict[str, Cut]:
    """A tensor of this kind as so many of these names, one under another; of a single number nothing is cut."""
    rows = info.shape[0] // len(names) if info.shape else 0
    return {name: Cut(i * rows, (i + 1) * rows) for i, name in enumerate(names)}
