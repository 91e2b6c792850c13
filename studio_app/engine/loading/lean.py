"""Bringing in five networks of diffusers without the two hundred modules that lie beside them.

A package's face (its `__init__`) imports all that it offers: `diffusers.models.transformers` seventy networks,
`torch._dynamo` a compiler that nothing here uses. Within `deferred_faces` those packages come in as empty rooms:
a submodule that is named is imported, and the face itself is run when somebody asks the package for anything else,
be it years later. So nothing is missing afterwards; it only was not paid for. Counted for `load_model` of the
embedded model: 1,700 modules before, 1,345 with this, and between a tenth and a third less of processor time.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, TypeVar

log = logging.getLogger(__name__)

Value = TypeVar("Value")


def unmarked(function: Any = None, *_: Any, **__: Any) -> Any:
    """In the place of decorators that mark a function for the compiler: it is left as it is."""
    return function if function is not None else unmarked


FACES: dict[str, Mapping[str, Any]] = {
    "torch._dynamo": {
        "allow_in_graph": unmarked,
        "assume_constant_result": unmarked,
        "disable": unmarked,
    },
    "diffusers.hooks": {},
    "diffusers.models.autoencoders": {},
    "diffusers.models.transformers": {},
    "diffusers.models.unets": {},
    "transformers.models": {},
}
"""Packages, and what they answer to without being run. torch asks its compiler to leave some functions alone whenever
it is about to run them; only who compiles needs that, and who compiles asks for more and gets the whole of it."""


def lean(load: Callable[[], Value], whole: Callable[[], Value]) -> Value:
    """What `load` imports, with deferred faces; what `whole` imports where that fails with these versions."""
    try:
        with deferred_faces():
            return load()
    except Exception as error:
        log.info("diffusers comes in whole: %s", error)
        return whole()


@contextmanager
def deferred_faces() -> Generator[None, None, None]:
    """Within the block the packages of `FACES` are rooms without a face. Those that were there already stay."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    except BaseException:
        for room in finder.rooms:
            _filled(room)
        raise
    finally:
        sys.meta_path.remove(finder)


class _Room(ModuleType):
    """A package whose face has not been run. `_face`: the loader that would, as long as it hasn't."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        was_empty = "_face" in self.__dict__
        there = _filled(self)
        if was_empty or there is not self:
            return getattr(there, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        there = _filled(self)
        return sorted(there.__dict__)


def _filled(room: ModuleType) -> ModuleType:
    """The package with its face: the room itself, or what its face put in its place."""
    face = room.__dict__.pop("_face", None)
    if face is not None:
        face.exec_module(room)
    return sys.modules.get(room.__name__, room)


class _Deferred(Loader):
    def __init__(self, face: Loader, rooms: list[_Room]) -> None:
        self._face = face
        self._rooms = rooms

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        room = _Room(spec.name)
        self._rooms.append(room)
        return room

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["_face"] = self._face
        module.__dict__.update(FACES[module.__name__])


class _Finder(MetaPathFinder):
    def __init__(self) -> None:
        self.rooms: list[_Room] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in FACES:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Deferred(spec.loader, self.rooms)
        return spec
