"""From the lines of a jobs file to orders: what they leave open, where their files go, and whether those lie there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from studio_app.core.arrays import digest
from studio_app.core.errors import StudioError
from studio_app.core.folders import find_model
from studio_app.core.manifest import read_manifest
from studio_app.core.resources import models_dir
from studio_app.export.provenance.signing import Signer
from studio_app.farm.exports import Export, Exports, check_inside
from studio_app.farm.jobs_file import Job, read_jobs
from studio_app.farm.log import Log, Outcome
from studio_app.farm.options import Options, build, capabilities_of
from studio_app.farm.orders import (
    Order,
    Taken,
    common_folder,
    frames_folder,
    numbered,
    output_path,
)

NAME = "underpaint.png"


@dataclass(frozen=True)
class Batch:
    """What is asked for. jobs: the file. options, export: of every line that says nothing else; file names in them are
    whole. into: where the lines' own outputs start, and have to stay. output: the name of a picture whose line names
    none; numbered, where there are more. frames, maps: folders, or None. log: where it is kept. sheet: the contact
    sheet, or None. fresh: whether what lies there already is made again. signer: of what is exported.
    """

    jobs: Path
    options: Options = field(default_factory=Options)
    export: Mapping[str, Any] | None = None
    into: Path = field(default_factory=Path)
    output: Path | None = None
    frames: Path | None = None
    maps: Path | None = None
    log: Path | None = None
    sheet: Path | None = None
    fresh: bool = False
    signer: Signer | None = None

    @property
    def log_file(self) -> Path:
        return self.log or self.jobs.with_name(f"{self.jobs.stem}.log.jsonl")


class Lines:
    """The lines of a batch. Made, it has read them all once, and knows how many there are.

    Belongs to one thread at a time. taken: what its orders will write.
    """

    def __init__(self, batch: Batch, said: Callable[[Outcome], None]) -> None:
        """said: told of every line that can't be a job. StudioError where the file can't be read, or holds none."""
        self.count = 0
        self.taken = Taken()
        self._batch = batch
        self._common: str | None = None
        # Small files, but read and checked for every line they would cost more than all the rest of it.
        self._model = lru_cache(maxsize=64)(model_print)
        self._can = lru_cache(maxsize=64)(capabilities_of)
        trusted = None if batch.export is None else batch.export.get("project")
        self._exports = Exports(batch.jobs.parent, batch.into, trusted, batch.signer)
        for job in self._jobs():
            self.count = job.index + 1
            if job.error is not None:
                said(self._bad(job, job.error))
            elif batch.frames is not None:
                self._survey(job)
        if not self.count:
            raise StudioError(
                f"{batch.jobs.name} holds no requests", "", 'A line is {"prompt": "an axe"}.'
            )

    def orders(
        self, log: Log | None = None, note: Callable[[str], None] = lambda text: None
    ) -> Iterator[tuple[int, Order | Outcome | None]]:
        """(index, what is to be done) of every line: an order, the outcome that is known already, or None where it was
        said to be bad when the lines were counted. note: told of what was done otherwise than hoped.
        """
        for job in self._jobs():
            if job.error is not None:
                yield job.index, None
                continue
            try:
                order = self._order(job, note)
                there = None if log is None or self._batch.fresh else log.there(order.digest)
                if there is None:
                    self.taken.claim(order)
                    yield job.index, order
                else:
                    self.taken.keep(order, list(there))
                    yield job.index, outcome_of(order, "there", files=there)
            except StudioError as error:
                yield job.index, self._bad(job, error)

    def _jobs(self) -> Iterator[Job]:
        return read_jobs(self._batch.jobs, self._batch.options, self._batch.export)

    def _bad(self, job: Job, error: StudioError) -> Outcome:
        return Outcome(job.line, "bad", reason=str(error))

    def _survey(self, job: Job) -> None:
        """Steps lie in folders that are named by what tells all outputs apart."""
        try:
            self._common = common_folder(self._common, self._output(job))
        except (StudioError, ValueError):  # ValueError: a NUL in the name
            pass  # said when its turn comes

    def _order(self, job: Job, note: Callable[[str], None]) -> Order:
        batch, options = self._batch, job.options
        export: Export | None = None
        if job.export is not None:
            export = self._exports.read(job.export, "its export")
            # What is cut out, or made of a surface, has to be drawn as that.
            kinds = {"sprite": "isolated", "texture": "texture"}
            if options.kind is None and options.like is None:
                options = replace(options, kind=kinds.get(export.settings.kind))
        notes: list[str] = []
        recipe = build(options, batch.jobs.parent, notes, self._can)
        output = self._output(job) if export is None or options.output is not None else None
        frames = None
        if batch.frames is not None:
            place = self._output(job)
            common = self._common or ""
            frames = frames_folder(batch.frames, place, common, job.index, self.count)
        if batch.maps is None and recipe.maps:
            notes.append("the picture it is like was made with maps: give --maps DIR for them too")
        request = recipe.request
        if export is not None and export.settings.kind == "sprite" and request.kind != "isolated":
            raise StudioError(
                f"A {request.kind} can't be cut out",
                "a sprite lies over the grey of an isolated picture",
                'Leave the kind out, or say "kind": "isolated".',
            )
        for text in notes:
            note(text)
        maps = batch.maps if output is not None else None
        return Order(
            request,
            output,
            frames,
            maps,
            recipe.alpha,
            recipe.people,
            export,
            job.line,
            self._model(request.model),
        )

    def _output(self, job: Job) -> Path:
        """Where its picture goes, or would."""
        named = job.options.output
        if named is not None:
            path = self._batch.into / output_path(named)
            check_inside(path, self._batch.into, "output")
            return path
        default = self._batch.output or self._batch.into / NAME
        return numbered(default, job.index, self.count)


def model_print(name: str) -> str:
    """What tells the files of a model from others of its name: of an embedded one their checksums, of another their
    sizes and times."""
    folder = find_model(name)
    if folder.parent == models_dir():
        entry = read_manifest().get(folder.name)
        if entry is not None:
            return digest(*sorted(entry.files.items()))
    found: list[tuple[str, int, int]] = []
    for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
        if path.suffix in (".safetensors", ".json"):
            status = path.stat()
            found.append((path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns))
    return digest(*found)


def outcome_of(order: Order, status: Any, **more: Any) -> Outcome:
    """Of an order, with what is known of it."""
    request = order.request
    return Outcome(
        order.line, status, order.digest, order.name, request.seed, request.steps, **more
    )
