"""What belongs to the thing and what to the background, by colour: GrabCut (Rother et al. 2004) without a graph cut.

Both sides are mixtures of Gaussians over colours, learned in turns with the parting itself. The parting is a random
walk with priors (Grady 2005): the quadratic kin of GrabCut's energy. Its minimum is one linear system, which
conjugate gradients solve in numpy, and its answer is soft, as a matte wants it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Table = NDArray[np.float64]

ROUNDS = 3
"""Of learning both sides' colours and parting anew."""
FLOOR = (2 / 255) ** 2
"""Variance that every colour has at least, of the steps of 8 bits."""
SURPRISE = 5.0
"""Log of how much one pixel's colour can say for either side."""
STRAY = 0.02
"""Share of the thing's pixels that may have any colour; of the background's a tenth of it."""
TRUST = 0.5
"""Weight of what a pixel's own colour says, against 1 of being as a like neighbour is."""
CONTRAST = 0.001
"""Squared difference of colours over which neighbours let go of each other."""
_SAMPLES = 8000
_BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class Mixture:
    """Gaussians over colours 0..1: means [K, 3], covariances [K, 3, 3], shares [K]."""

    means: Table
    covariances: Table
    shares: Table

    def log_density(self, colours: Table) -> Table:
        """[N] of colours [N, 3]; of so many at a time that memory stays small."""
        out = np.empty(len(colours))
        for i in range(0, len(colours), _BLOCK):
            parts = self._parts(colours[i : i + _BLOCK])
            top = parts.max(1)
            out[i : i + _BLOCK] = top + np.log(np.exp(parts - top[:, None]).sum(1))
        return out

    def responsibilities(self, colours: Table) -> Table:
        """[N, K]: how much of a colour is each Gaussian's."""
        parts = self._parts(colours)
        out = np.exp(parts - parts.max(1, keepdims=True))
        return out / out.sum(1, keepdims=True)

    def _parts(self, colours: Table) -> Table:
        offsets = colours[:, None] - self.means
        spread = np.einsum(
            "nki,kij,nkj->nk", offsets, np.linalg.inv(self.covariances), offsets, optimize=True
        )
        size = np.linalg.slogdet(self.covariances)[1]
        return np.log(self.shares) - 0.5 * (spread + size) - 1.5 * np.log(2 * np.pi)


def learned(colours: Table, weights: Table, count: int, turns: int = 6) -> Mixture | None:
    """The mixture of `count` Gaussians of colours [N, 3] that count by weights [N]; None where none has weight.

    Begins with colours far from each other, not with chance: the same picture, the same mixture.
    """
    kept = weights > 0.02
    colours, weights = colours[kept], weights[kept]
    if len(colours) < count:
        return None
    if len(colours) > _SAMPLES:
        some = np.linspace(0, len(colours) - 1, _SAMPLES).astype(np.int64)
        colours, weights = colours[some], weights[some]
    starts = [np.average(colours, 0, weights)]
    for _ in range(count - 1):
        far = np.min([np.square(colours - start).sum(1) for start in starts], 0)
        starts.append(colours[(far * weights).argmax()])
    nearest = np.argmin([np.square(colours - start).sum(1) for start in starts], 0)
    shares = np.eye(count)[nearest]
    mixture = _fitted(colours, shares * weights[:, None])
    for _ in range(turns - 1):
        shares = mixture.responsibilities(colours)
        mixture = _fitted(colours, shares * weights[:, None])
    return mixture


def parted(rgb: Plane, belief: Plane, *, backgrounds: int = 2, things: int = 5) -> Plane:
    """How much of each pixel is the thing's, 0..1 [H, W], of a picture [H, W, 3] 0..1 and what is believed of it.

    belief: 0..1 [H, W], for certain only near its ends; where a colour says otherwise, the colour may win. things,
    backgrounds: Gaussians of either side. Returns the belief where one of the sides is empty.
    """
    colours = rgb.reshape(-1, 3).astype(np.float64)
    share = np.clip(belief.astype(np.float64), 0.03, 0.97)
    prior = np.log(share / (1 - share))
    found = belief.astype(np.float32)
    for _ in range(ROUNDS):
        leaning = 2 * found.astype(np.float64).ravel() - 1
        thing = learned(colours, np.clip(leaning, 0, 1), things)
        behind = learned(colours, np.clip(-leaning, 0, 1), backgrounds)
        if thing is None or behind is None:
            break
        for_thing = np.log((1 - STRAY) * np.exp(thing.log_density(colours)) + STRAY)
        for_behind = np.log((1 - STRAY) * np.exp(behind.log_density(colours)) + STRAY / 10)
        said = np.clip((for_thing - for_behind).reshape(prior.shape), -SURPRISE, SURPRISE)
        wanted = (1 / (1 + np.exp(-prior - said))).astype(np.float32)
        trust = (TRUST * np.abs(2 * wanted - 1) + 1e-4).astype(np.float32)
        found = walked(rgb, wanted, trust)
    return found


def walked(rgb: Plane, wanted: Plane, trust: Plane, limit: int = 60) -> Plane:
    """x [H, W] that minimises trust (x - wanted)^2 plus, over neighbours, likeness (x_i - x_j)^2.

    likeness: 1 of equal colours, 0 of different ones. By conjugate gradients, `limit` steps at most.
    """
    across, down = _likeness(rgb, 1), _likeness(rgb, 0)
    diagonal = trust.copy()
    diagonal[:, 1:] += across
    diagonal[:, :-1] += across
    diagonal[1:] += down
    diagonal[:-1] += down

    def applied(x: Plane) -> Plane:
        out = diagonal * x
        out[:, 1:] -= across * x[:, :-1]
        out[:, :-1] -= across * x[:, 1:]
        out[1:] -= down * x[:-1]
        out[:-1] -= down * x[1:]
        return out

    x = wanted.copy()
    rest = trust * wanted - applied(x)
    step = rest / diagonal
    size = float((rest * step).sum())
    for _ in range(limit):
        if np.abs(rest).max() < 1e-4:
            break
        image = applied(step)
        length = size / float((step * image).sum())
        x += length * step
        rest -= length * image
        scaled = rest / diagonal
        before, size = size, float((rest * scaled).sum())
        step = scaled + size / before * step
    return np.clip(x, 0, 1).astype(np.float32)


def _likeness(rgb: Plane, axis: int) -> Plane:
    apart = np.square(np.diff(rgb, axis=axis)).sum(2)
    return (np.exp(-apart / CONTRAST) + 1e-3).astype(np.float32)


def _fitted(colours: Table, shares: Table) -> Mixture:
    """The Gaussians of colours [N, 3] that belong to each of them by shares [N, K]."""
    mass = shares.sum(0) + 1e-3
    means = (shares.T @ colours) / mass[:, None]
    squares = np.einsum("nk,ni,nj->kij", shares, colours, colours, optimize=True)
    covariances = squares / mass[:, None, None] - means[:, :, None] * means[:, None]
    # Almost empty ones may round below 0.
    return Mixture(means, covariances + np.eye(3) * FLOOR, mass / mass.sum())
