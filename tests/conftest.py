"""For every test: no network, no display, nobody's home folder."""

from __future__ import annotations

import functools
import gc
import importlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from studio_app.core.interpreter import keep_singletons

# Read by the libraries when they are first imported: before any test module is.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
# Tiny networks gain nothing from more threads, and on a busy machine these wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

keep_singletons()

LOCAL = ("127.", "::1", "localhost")
PATIENCE_MS = 180_000
"""How long a test waits for an event at least: a machine with other work is slow, not broken."""


class NetworkUsed(AssertionError):
    """Something tried to reach another machine."""


def _refuse_strangers(address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else None  # a string: a Unix socket
    if host is not None and not str(host).startswith(LOCAL):
        raise NetworkUsed(f"a test reached out to {address!r}")


class LocalSocket(socket.socket):
    """A socket that knows this machine only; asyncio on Windows talks to itself through one."""

    def connect(self, address: Any) -> None:
        _refuse_strangers(address)
        super().connect(address)

    def connect_ex(self, address: Any) -> int:
        _refuse_strangers(address)
        return super().connect_ex(address)

    def sendto(self, *args: Any) -> int:
        _refuse_strangers(args[-1])
        return super().sendto(*args)


@pytest.fixture(autouse=True, scope="session")
def no_network():
    """Nothing in the project reaches the network; whatever tries fails its test."""
    known = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None:
            _refuse_strangers((host,))
        return known(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "socket", LocalSocket)
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(autouse=True, scope="session")
def patience():
    """Whatever a test waits for with qtbot, it has so long; a smaller limit would be a hope, not an end."""

    def patient(wait: Any) -> Any:
        @functools.wraps(wait)
        def waits(*args: Any, timeout: int = PATIENCE_MS, **kwargs: Any) -> Any:
            # Where it does not raise, the event is not expected: so asks assertNotEmitted.
            if kwargs.get("raising") is not False:
                timeout = max(timeout, PATIENCE_MS)
            return wait(*args, timeout=timeout, **kwargs)

        return waits

    with pytest.MonkeyPatch.context() as patch:
        for name in ("waitSignal", "waitSignals", "waitUntil"):
            patch.setattr(QtBot, name, patient(getattr(QtBot, name)))
        yield


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and journals of a test go to a folder of its own, and nobody's settings reach it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("UNDERPAINT_HOME", str(home))
    for name in ("UNDERPAINT_MODELS", "UNDERPAINT_DEVICE"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture(scope="session")
def build_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`build_model(name="tiny", seed=0, maps=False, draft=False)` -> a new checkpoint folder of
    tests/tiny/model.py; with a decoder of maps, of drafts."""
    from tests.tiny.model import write_draft, write_maps, write_model

    def build(name: str = "tiny", seed: int = 0, maps: bool = False, draft: bool = False) -> Path:
        folder = tmp_path_factory.mktemp("models") / name
        write_model(folder, seed)
        if maps:
            write_maps(folder, seed)
        if draft:
            write_draft(folder, seed)
        return folder

    return build


@pytest.fixture(scope="session")
def maps_model(build_model: Callable[..., Path]) -> Path:
    """One tiny checkpoint with a decoder of maps: read it, don't write into it."""
    return build_model("tiny-maps", maps=True)


@pytest.fixture(scope="session")
def tiny_model(build_model: Callable[..., Path]) -> Path:
    """One tiny checkpoint for the whole session: read it, don't write into it."""
    return build_model()


def _maker(family: str) -> Any:
    """`make_FAMILY(name=FAMILY, **more)`: a folder of tests/tiny/FAMILY.py, one for a name. Read it only."""

    @pytest.fixture(scope="session", name=f"make_{family}")
    def maker(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
        write = getattr(importlib.import_module(f"tests.tiny.{family}"), f"write_{family}")
        made: dict[str, Path] = {}

        def make(name: str = family, **more: Any) -> Path:
            if name not in made:
                made[name] = tmp_path_factory.mktemp(family) / name
                write(made[name], **more)
            return made[name]

        return make

    return maker


make_sd15 = _maker("sd15")
make_sdxl = _maker("sdxl")
make_pixart = _maker("pixart")
make_sd3 = _maker("sd3")
make_z_image = _maker("z_image")
make_klein = _maker("klein")


@pytest.fixture(autouse=True)
def rings_stay_whole(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where there is a window, no other thread takes Qt's objects apart, as in the program (session/collecting.py)."""
    qt = "qtbot" in request.fixturenames
    if qt:
        gc.disable()
    yield
    if qt:
        gc.enable()
