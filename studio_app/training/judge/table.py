"""The whole table of a checkpoint: what `underpaint eval` measures, in order, from one set of pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.lexicon import load_lexicon
from studio_app.engine.device import best_device
from studio_app.engine.drawing.batch import Painted
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from studio_app.training.judge import control, looks, obedience
from studio_app.training.judge.costs import negative_cost
from studio_app.training.judge.drawing import Artist, Course, Say
from studio_app.training.judge.evaluate import step_gaps
from studio_app.training.judge.intervals import Figures, printed
from studio_app.training.judge.questions import (
    Question,
    asset,
    everyday,
    held_out,
    person,
    question,
    through_lexicon,
    tile,
    variation,
    words_known,
    world_of,
)
from studio_app.training.judge.reader import Reader, Readings, Trust, fitting, trust
from studio_app.training.judge.reals import Reals, rendered
from studio_app.training.world.compose import PictureSpec

FULL, QUICK = 512, 96
SEEDS = 4
"""Pictures a prompt for the diversity of seeds."""


@dataclass(frozen=True)
class Counts:
    """How many pictures each figure is measured on; the interval says what that is worth."""

    words: int
    held_out: int
    people: int
    tiles: int
    assets: int
    varied: int
    teacher: int

    @classmethod
    def of(cls, count: int, teacher: int | None = None) -> Counts:
        half, quarter = max(count // 2, 2), max(count // 4, 2)
        taught = quarter if teacher is None else min(teacher, count)
        return cls(count, half, half, quarter, quarter, min(quarter, 64), taught)


@dataclass(frozen=True)
class Findings:
    """figures: by key, the worse end of each interval and, under `key_mean`, the figure itself.

    probe: the judge's hash. reads: how well it reads real renders. notes: what was not measured, and why. doubtful:
    figures of depth and poses by a judge that reads them below its bar, which count for nothing.
    """

    figures: dict[str, float]
    probe: str | None = None
    reads: dict[str, float] = field(default_factory=dict[str, float])
    notes: list[str] = field(default_factory=list[str])
    doubtful: dict[str, float] = field(default_factory=dict[str, float])


def measure(
    folder: Path,
    count: int = FULL,
    probe: Path | None = None,
    say: Say | None = None,
    cache: Path | None = None,
    teacher: int | None = None,
) -> Findings:
    """Everything that can be measured of the model in `folder`, on `count` prompts.

    probe: the folder of the judge; else the model's own `probe/`, if it has one. cache: where real renders are
    kept. teacher: of the prompts, how many the teacher draws too; None for a quarter. Raises StudioError.
    """
    reader = _reader(folder, probe)
    table = _Table(folder, Counts.of(count, teacher), say, cache)
    table.unjudged()
    if reader is None:
        note = f"no probe in {folder.name}/probe and none named: what it judges was not measured"
        return Findings(printed(table.figures), notes=[note])
    if not fitting(reader, table.known.label_slots()):
        note = "the probe was taught another world: what it judges was not measured"
        return Findings(printed(table.figures), reader.hash, notes=[note])
    trusted = table.judged(reader)
    notes = []
    if trusted.failing:
        notes.append(
            "the probe reads real renders below its bar, so what needs it there is absent (and left out of "
            "attribute_share, heldout_share and lexicon_share): " + trusted.failing
        )
    doubtful = printed(table.doubtful)
    return Findings(printed(table.figures), reader.hash, trusted.figures, notes, doubtful)


class _Table:
    """One measurement: pictures that several figures share are made once."""

    def __init__(self, folder: Path, counts: Counts, say: Say | None, cache: Path | None) -> None:
        self.artist = Artist(load_model(str(folder), best_device()), say)
        self.known = world_of(self.artist.model.capabilities.thing_words)
        self.figures: Figures = {}
        self.doubtful: Figures = {}
        self._counts, self._say, self._cache = counts, say, cache
        self._asked = [question(i, self.known) for i in range(counts.words)]
        self._real = self._reals("words", question, counts.words)
        self._plain: Painted | None = None

    def unjudged(self) -> None:
        """The figures that need no probe."""
        plain = self._drawn_plain()
        self.figures |= looks.sharpness_figures(plain.rgb, self._real.rgb)
        # Bricks and planks have a rhythm of their own.
        others = [i for i, q in enumerate(self._asked) if q.kind != "texture"]
        if others:
            real = self._real.some(others).rgb
            self.figures |= looks.weave_figures(plain.rgb[others], real)
        self.figures |= self._variety(plain)
        self.figures |= self._seams()
        engine = DiffusionEngine()
        scene = next((q for q in self._asked if q.kind != "texture"), self._asked[0])
        self.figures |= negative_cost(engine, self.artist.request(scene))
        self.figures |= self._mattes(engine)
        engine.unload()
        self.figures |= step_gaps(self.artist, self._asked[: self._counts.teacher])

    def judged(self, reader: Reader) -> Trust:
        """The figures that the probe reads, as far as it may be believed."""
        counts, artist = self._counts, self.artist
        unseen = [held_out(i, self.known) for i in range(counts.held_out)]
        unseen_real = self._reals("held_out", held_out, counts.held_out)
        people = [person(i, self.known) for i in range(counts.people)]
        people_real = self._reals("people", person, counts.people)
        real = reader.read(self._real.rgb)
        unseen_read, people_read = reader.read(unseen_real.rgb), reader.read(people_real.rgb)
        trusted = trust(
            reader,
            [
                (real, self._real, self._asked),
                (unseen_read, unseen_real, unseen),
                (people_read, people_real, people),
            ],
        )
        plain = reader.read(self._drawn_plain().rgb)
        self.figures |= obedience.shares("attribute", plain, real, self._asked, trusted)
        if obedience.needed(unseen) & trusted.slots:
            drawn = reader.read(artist.draw(unseen, "combinations never seen").rgb)
            self.figures |= obedience.shares("heldout", drawn, unseen_read, unseen, trusted)
        self.figures |= self._everyday(reader, real, trusted)
        self.figures |= self._negatives(reader, plain, trusted)
        posed = reader.read(artist.draw(people, "poses", control.poses(people_real)).rgb)
        poses = control.pose_figures(posed, people_read, people_real)
        (self.figures if trusted.joints else self.doubtful).update(poses)
        depth = self._depth(reader, plain, real)
        (self.figures if trusted.depth else self.doubtful).update(depth)
        return trusted

    def _reals(self, name: str, of: Callable[[int, Any], Question], count: int) -> Reals:
        return self._rendered(name, lambda i: of(i, self.known).spec, count)

    def _rendered(self, name: str, spec_of: Callable[[int], PictureSpec], count: int) -> Reals:
        course = Course(f"rendering {name.replace('_', ' ')}", self._say)
        return rendered(name, spec_of, count, self.artist.size[0], self._cache, course)

    def _drawn_plain(self) -> Painted:
        if self._plain is None:
            self._plain = self.artist.draw(self._asked, "text only")
        return self._plain

    def _variety(self, plain: Painted) -> Figures:
        """Each prompt with four seeds, and four real renders of its words."""
        count, more = self._counts.varied, SEEDS - 1
        asked = self._asked[:count]
        others = [replace(q, seed=q.seed + 1_000_000 * k) for q in asked for k in range(1, SEEDS)]
        drawn = self.artist.draw(others, "other seeds").rgb

        def spec_of(i: int) -> PictureSpec:
            return variation(question(i // more, self.known), i // more, i % more)

        reals = self._rendered("other_pictures", spec_of, count * more).rgb
        return looks.diversity_figures(
            _together(plain.rgb[:count], drawn), _together(self._real.rgb[:count], reals), SEEDS
        )

    def _seams(self) -> Figures:
        count = self._counts.tiles
        reals = self._reals("tiles", tile, count)
        asked = [tile(i, self.known) for i in range(count)]
        return looks.seam_figures(self.artist.draw(asked, "textures").rgb, reals.rgb)

    def _mattes(self, engine: DiffusionEngine) -> Figures:
        """Only of a model with a decoder of maps, and only where a threshold can tell the subject from grey."""
        folder = self.artist.model.folder
        if not (folder / "maps").is_dir() or not hasattr(engine, "decode_maps"):
            return {}
        count = self._counts.assets
        plain = looks.plainly_cut(self._reals("assets", asset, count))
        asked = [asset(i, self.known) for i in np.flatnonzero(plain).tolist()]
        if not asked:
            return {}
        painted = self.artist.draw(asked, "isolated assets")
        engine.load(str(folder))
        decoder: Any = engine
        alpha = [
            decoder.decode_maps(self.artist.request(q), latent).alpha
            for q, latent in zip(asked, painted.latents, strict=True)
        ]
        return looks.matte_figures(np.stack(alpha), painted.rgb)

    def _everyday(self, reader: Reader, real: Readings, trusted: Trust) -> Figures:
        lexicon = load_lexicon()
        known = words_known(self.artist.model.capabilities.thing_words)
        said = [everyday(q, i) for i, q in enumerate(self._asked)]
        if not known or not obedience.needed(said) & trusted.slots:
            return {}
        typed = [replace(q, text=through_lexicon(q.text, known, lexicon)) for q in said]
        drawn = reader.read(self.artist.draw(typed, "everyday words").rgb)
        return obedience.shares("lexicon", drawn, real, said, trusted)

    def _negatives(self, reader: Reader, plain: Readings, trusted: Trust) -> Figures:
        chosen = obedience.removals(plain, self._asked, trusted)
        if not chosen or self.artist.model.capabilities.negative != "shifted":
            return {}
        painted = self.artist.draw(
            [self._asked[r.number] for r in chosen],
            "negatives",
            negatives=[r.word for r in chosen],
        )
        after = reader.read(painted.rgb)
        return obedience.negative_figures(plain, after, chosen, self._asked, trusted)

    def _depth(self, reader: Reader, plain: Readings, real: Readings) -> Figures:
        # A texture's depth is the height of its relief, which nobody draws.
        rows = [i for i, q in enumerate(self._asked) if q.kind != "texture"]
        if not rows:
            return {}
        asked, reals = [self._asked[i] for i in rows], self._real.some(rows)
        dabs = control.painted_depths(reals)
        exact = reader.read(self.artist.draw(asked, "exact depth", control.exact_depths(reals)).rgb)
        painted = reader.read(self.artist.draw(asked, "depth as dabs", dabs).rgb)
        return control.depth_figures(plain.some(rows), exact, painted, real.some(rows), reals, dabs)


def _reader(folder: Path, probe: Path | None) -> Reader | None:
    if probe is None and not (folder / "probe").is_dir():
        return None
    return Reader(probe or folder / "probe")


def _together(first: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """[n,...] and [n * k,...] to [n * (k + 1),...]: a prompt's pictures one after the other."""
    more = others.reshape(len(first), -1, *first.shape[1:])
    return np.concatenate([first[:, None], more], axis=1).reshape(-1, *first.shape[1:])
