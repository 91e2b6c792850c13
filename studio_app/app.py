"""`underpaint` without a command: builds the object graph, and owns the order of start-up and shutdown.

Start-up: display, interpreter, QApplication, studio, window, first paint; then the threads, and with them
torch. Shutdown: the window asks the studio to close; the studio stops the engine, saves, ends both threads;
then the event loop ends. Nothing imports this module but the command line.

`lead` is that story from first to last, as a coroutine in Qt's own event loop (qasync). It awaits what the user
awaits: the window, and the end. Frames and edits never pass through it.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from studio_app.core.errors import StudioError
from studio_app.core.files import set_aside
from studio_app.core.interpreter import keep_singletons
from studio_app.core.jsons import read_object
from studio_app.core.reading import NoSuchFile, is_file
from studio_app.core.resources import resources_dir, user_dir
from studio_app.core.settings import settings_path

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from studio_app.session.studio import Studio
    from studio_app.ui.main_window import MainWindow

log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.001
"""Python's own 5 ms let an engine thread hold the window up for a frame (see session/worker.py)."""
WAKE_MS = 200

NO_DISPLAY = """\
There is no display here, so no window can open. Draw from the command line:
  underpaint render "a red glass potion on grass, sunset" --steps 4 --seed 7 -o potion.png"""


def run(drawing: Path | None = None) -> int:
    """Opens the window, on a drawing or on the work of the last one, and returns the exit code once it is closed.
    StudioError where Qt can't start."""
    if not has_display():
        print(NO_DISPLAY)
        return 0
    prepare_interpreter()
    try:
        from PySide6.QtWidgets import QApplication
    except ImportError as error:
        raise StudioError(
            "The window can't open", str(error), "Run `underpaint doctor`: it says what is missing."
        ) from None
    from studio_app.session.collecting import Collector

    application = QApplication(sys.argv[:1])
    application.setApplicationName("Underpaint")
    application.setDesktopFileName("underpaint")
    studio, window = build()
    hold = catch_signals(window)
    collector = Collector(lambda: studio.at_rest)
    live_through(application, studio, window, drawing)
    hold.stop()
    collector.end()
    if studio.stuck:
        # It is deep in an import or a read that nothing can interrupt; everything is saved.
        logging.shutdown()
        os._exit(0)
    tear_down(window, studio)
    return 0


def live_through(
    application: QApplication, studio: Studio, window: MainWindow, drawing: Path | None = None
) -> None:
    """Runs `lead` in the application's event loop, and ends with it."""
    import qasync

    application.setQuitOnLastWindowClosed(False)  # the studio closes after its window, not with it
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(application)) as runner:
        runner.run(lead(studio, window, drawing))


async def lead(studio: Studio, window: MainWindow, drawing: Path | None = None) -> None:
    """From the shown window to the closed studio. drawing: a file to begin with."""
    from studio_app.session.awaiting import heard, turns

    loop = asyncio.get_running_loop()
    closed = loop.create_task(heard(studio.closed))
    await turns(2)  # the window is on the screen before anything else is done
    try:
        studio.start(sample_path(), drawing)
    except Exception as error:  # a fault of ours, and no reason to take the window away
        sys.excepthook(type(error), error, error.__traceback__)
    await closed


def has_display() -> bool:
    """Whether a window could open: always on Windows and macOS, with a display server elsewhere."""
    if not sys.platform.startswith("linux"):
        return True
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return any(os.environ.get(name) for name in names)


def prepare_interpreter() -> None:
    """What has to be set before there are threads."""
    keep_singletons()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    if sys.stderr is not None:  # None under pythonw
        with contextlib.suppress(OSError, ValueError):
            faulthandler.enable()


def build(home: Path | None = None) -> tuple[Studio, MainWindow]:
    """The studio and its window, shown; `lead` starts them.

    home: the user's folder, `user_dir()` if not given.
    """
    from PySide6.QtCore import QTimer

    from studio_app.engine.factory import make_engine
    from studio_app.engine.families.model_card import read_capabilities
    from studio_app.session.notices import Notice
    from studio_app.session.studio import Studio
    from studio_app.ui.main_window import MainWindow
    from studio_app.ui.panels import keep_on_screen

    aside = set_broken_settings_aside()
    studio = Studio(home or user_dir(), make_engine=make_engine, read_model=read_capabilities)
    window = MainWindow(studio)
    _install_excepthook(window)
    window.crash_reporter.quit_asked.connect(window.close)
    keep_on_screen(window, window.screen().availableGeometry())
    window.show()
    if aside is not None:
        said = Notice(
            "Your settings could not be read; the defaults are used",
            f"The old file is kept as {aside}",
            "settings",
        )
        QTimer.singleShot(0, lambda: studio.message.emit(said))
    return studio, window


def sample_path() -> Path | None:
    """The document of a first start."""
    try:
        path = resources_dir() / "samples" / "welcome.json"
    except StudioError:
        return None
    return path if is_file(path) else None


def set_broken_settings_aside() -> Path | None:
    """Renames a settings file that is no JSON object, so that it is neither used nor overwritten.

    Returns its new name, or None where the settings are fine or there are none.
    """
    path = settings_path()
    try:
        read_object(path)
        return None
    except NoSuchFile:
        return None
    except StudioError:
        pass
    with contextlib.suppress(OSError):
        return set_aside(path)
    return None


def tear_down(window: MainWindow, studio: Studio) -> None:
    """Deletes them in this order: what a studio says while it goes would find half a window."""
    from shiboken6 import Shiboken

    sys.excepthook = sys.__excepthook__
    Shiboken.delete(window)
    Shiboken.delete(studio)


def catch_signals(window: MainWindow) -> QTimer:
    """Ctrl-C and a polite kill close the window as its cross does. Returns the timer that lets Python look."""
    from PySide6.QtCore import QTimer

    def close(*_: object) -> None:
        window.close()

    signal.signal(signal.SIGINT, close)
    with contextlib.suppress(ValueError, AttributeError):
        signal.signal(signal.SIGTERM, close)
    # A Python signal handler runs only when the loop next enters Python.
    timer = QTimer()
    timer.timeout.connect(lambda: None)
    timer.start(WAKE_MS)
    return timer


def _install_excepthook(window: MainWindow) -> None:
    """A fault of ours in a slot, an event or a thread: on the standard error, and in the crash dialog."""
    from PySide6.QtCore import QObject, Signal

    class Bridge(QObject):
        """Brings faults of other threads into the window's."""

        fault = Signal(object, object, object)

    bridge = Bridge(window)
    bridge.fault.connect(window.crash_reporter.handle)

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        if isinstance(error, KeyboardInterrupt):
            window.close()
            return
        with contextlib.suppress(RuntimeError):  # the window is gone
            bridge.fault.emit(kind, error, trace)

    sys.excepthook = hook
