"""Small dialogs that ask for a file or a name. They open and return at once; the answer comes by `take`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QToolButton, QWidget

from studio_app import __version__
from studio_app.ui import icons

translate = QCoreApplication.translate

Take = Callable[[str], object]

folders: dict[str, str] = {}
"""Where the last file of a kind of question ("open", "save", "drawing", "work", "model") was; the window keeps it
between starts."""


def patterns(endings: Iterable[str]) -> str:
    """Endings of file names as a name filter has them."""
    return " ".join(f"*{ending}" for ending in endings)


def ask_open(parent: QWidget, title: str, kinds: str, take: Take, what: str = "open") -> None:
    """Asks for a file that is there. kinds: a name filter as Qt writes it. what: the kind of question, by which the
    next one begins in the same folder."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(kinds)
    _in_folder(dialog, what)
    dialog.fileSelected.connect(take)
    dialog.open()


def ask_save(
    parent: QWidget,
    title: str,
    name: str,
    take: Take,
    *,
    ending: str = "png",
    kinds: str = "",
    what: str = "save",
    folder: Path | None = None,
) -> None:
    """Asks where to save a file, a PNG if not said otherwise; name: what it proposes, without the ending. what: as of
    `ask_open`. folder: where it begins, if that is known."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(kinds or translate("Asking", "PNG pictures (*.png)"))
    dialog.setDefaultSuffix(ending)
    _in_folder(dialog, what)
    if folder is not None:
        dialog.setDirectory(str(folder))
    dialog.selectFile(f"{name}.{ending}")
    dialog.fileSelected.connect(lambda path: _take_ending(parent, path, ending, take))
    dialog.open()


def _take_ending(parent: QWidget, path: str, ending: str, take: Take) -> None:
    """Hands on a name with its ending. Qt takes "knight v1.2" for one with an ending, and asks nothing about the
    file that it becomes."""
    if path.lower().endswith(f".{ending}"):
        take(path)
        return
    whole = Path(f"{path}.{ending}")
    if not whole.exists():
        take(str(whole))
        return
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(translate("Asking", "Replace it?"))
    box.setText(translate("Asking", "{name} is there already.").format(name=whole.name))
    replace = box.addButton(translate("Asking", "Replace"), QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    replace.clicked.connect(lambda: take(str(whole)))
    box.open()


_SIZE = 760, 480
_BUTTONS = {
    "backButton": "chevron-left", "forwardButton": "chevron-right", "toParentButton": "chevron-up",
    "newFolderButton": "folder-plus", "listModeButton": "layout-grid", "detailModeButton": "list",
}  # fmt: skip
"""Of Qt's own dialog for files, by their names there, and our icons for them."""


def _in_folder(dialog: QFileDialog, what: str) -> None:
    """Begins where the last such file was, or any, or among the user's pictures; and remembers the next one."""
    dialog.resize(*_SIZE)
    for name, icon in _BUTTONS.items():
        button = dialog.findChild(
            QToolButton, name
        )  # None where the system has a dialog of its own
        if button is not None:
            icons.set_icon(button, icon)
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    for folder in (folders.get(what, ""), *folders.values(), pictures, str(Path.home())):
        if folder and Path(folder).is_dir():
            dialog.setDirectory(folder)
            break

    def remember(path: str) -> None:
        folders[what] = str(Path(path).parent)

    dialog.fileSelected.connect(remember)


def ask_folder(parent: QWidget, title: str, take: Take, what: str) -> None:
    """Asks for a folder that is there. what: the kind of question, by which the next one begins beside it."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    _in_folder(dialog, what)
    dialog.fileSelected.connect(take)
    dialog.open()


def ask_text(parent: QWidget, title: str, label: str, take: Take, text: str = "") -> None:
    """Asks for a line of text; text: what is there to begin with."""
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setLabelText(label)
    dialog.setTextValue(text)
    dialog.textValueSelected.connect(take)
    dialog.open()


def warning(parent: QWidget, text: str, more: str) -> QMessageBox:
    """A question about what goes wrong, without buttons yet; whoever asks adds them and opens it."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIconPixmap(icons.pixmap("triangle-alert", 32, "danger", parent.devicePixelRatioF()))
    box.setWindowTitle(translate("Asking", "Underpaint"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(more)
    return box


def show_about(parent: QWidget) -> None:
    """Which version this is, and whose work is in it."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(translate("Asking", "About Underpaint"))
    box.setText(translate("Asking", "Underpaint {version}").format(version=__version__))
    box.setInformativeText(
        translate(
            "Asking",
            "You paint depth, pose and colour; a small diffusion model turns them and your words into a "
            "picture while you paint. Nothing leaves your machine.\n\n"
            "Apache-2.0. Icons: Lucide (ISC). Font: Inter (OFL).",
        )
    )
    box.open()
