"""Every action of the window by name, with its key; and the searchable list of them all (F1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from studio_app.ui import icons, theme
from studio_app.ui.action_buttons import explain, why_of
from studio_app.ui.command_delegate import KEYS, REASON, CommandDelegate
from studio_app.ui.listing_menu import ListingMenu
from studio_app.ui.menu_text import unmarked
from studio_app.ui.popups import fit_beside

_ACTION = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Entry:
    """name: for code. text: as in a menu. keys: portable shortcuts, the first one is shown. tip: what it does,
    as a sentence."""

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    checkable: bool = False


class ActionTable(QObject):
    """The window's own actions. Those of canvas and viewer belong to their panels."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = {entry.name: self._made(entry, parent) for entry in self._entries()}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def _made(self, entry: Entry, parent: QWidget) -> QAction:
        action = QAction(entry.text, parent)
        action.setObjectName(entry.name)
        action.setShortcuts([QKeySequence(key) for key in entry.keys])
        action.setCheckable(entry.checkable)
        explain(action, entry.tip)
        if entry.icon:
            icons.set_icon(action, entry.icon)
        parent.addAction(action)
        return action

    def _entries(self) -> Iterable[Entry]:
        tr = self.tr
        return (
            Entry("new_drawing", tr("&New"), ("Ctrl+N",), "plus",
                  tr("Begins an empty drawing; that of now is kept.")),
            Entry("open_drawing", tr("&Open…"), ("Ctrl+O",), "folder-open",
                  tr("Opens a drawing, of Underpaint, Krita, GIMP or MyPaint (.ora); that of now is kept.")),
            Entry("save_drawing", tr("&Save"), ("Ctrl+S",), "save",
                  tr("Writes the drawing into its file, which Krita and GIMP open too.")),
            Entry("save_drawing_as", tr("Save &as…"), ("Ctrl+Shift+S",), "save",
                  tr("Writes the drawing into another file, which is its own from then on.")),
            Entry("open_recipe", tr("Open a p&icture's recipe…"), ("Ctrl+Alt+O",), "history",
                  tr("Brings back the words, knobs and drawing that made a PNG of ours.")),
            Entry("load_depth", tr("Load &depth…"), (), "mountain", tr("Reads a depth picture: white is near.")),
            Entry("load_pose", tr("Load &pose…"), (), "person-standing", tr("Reads OpenPose figures from a JSON.")),
            Entry("load_colour", tr("Load &colour…"), (), "image", tr("Reads the picture to start from.")),
            Entry("save_copy", tr("Save a &copy of your work…"), (), "copy",
                  tr("Writes the drawing, the pictures and their steps into a folder of your own.")),
            Entry("open_work", tr("Open a cop&y of your work…"), (), "folder-open",
                  tr("Goes on with a folder that was saved as a copy; what is open now is kept.")),
            Entry("export", tr("&Export…"), ("Ctrl+E",), "upload",
                  tr("Puts the shown picture into a game project: named, cut out, with its maps.")),
            Entry("export_again", tr("Export &again"), ("Ctrl+Shift+E",), "upload",
                  tr("Exports the shown picture as the last one was.")),
            Entry("keep_exporting", tr("&Keep exporting"), ("Ctrl+Alt+E",), "upload",
                  tr("Each finished picture goes into the same files of the project again."), True),
            Entry("keep_starred", tr("Keep ex&porting the starred"), ("Ctrl+Alt+Shift+E",), "star",
                  tr("Each picture that you star goes into the same files of the project again, and no other."), True),
            Entry("quit", tr("&Quit"), ("Ctrl+Q",)),
            Entry("undo", tr("&Undo"), ("Ctrl+Z",), "undo-2"),
            Entry("redo", tr("&Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo-2"),
            Entry("clear_drawing", tr("&Clear the drawing"), ("Ctrl+Shift+Del",), "trash-2",
                  tr("Empties all layers; the words and knobs stay.")),
            Entry("live", tr("&Live"), ("Ctrl+Space",), "radio", tr("Draws anew at every edit."), True),
            Entry("generate", tr("&Generate once"), ("Ctrl+Return", "Ctrl+Enter", "Shift+Return"), "sparkles",
                  tr("Draws the picture now; again for another seed, if the seed is not locked.")),
            Entry("models", tr("&Models…"), ("Ctrl+M",), "box",
                  tr("What lies on your disks, what each is and may be used for, and which one draws.")),
            Entry("cancel", tr("&Cancel"), ("Shift+X",), "circle-stop", tr("Stops what is being drawn.")),
            Entry("new_seed", tr("Throw another &seed"), ("Ctrl+D",), "dices"),
            Entry("add_lora", tr("Add a L&oRA…"), (), "plus",
                  tr("Lets the model wear a LoRA: a file that teaches it a style or a thing.")),
            Entry("end_branch", tr("&End the branch"), (), "git-branch",
                  tr("Starts from noise again instead of from the step you branched from.")),
            Entry("save_preset", tr("Save as &preset…"), ("Ctrl+Shift+P",), "bookmark-plus",
                  tr("Keeps the settings of now under a name.")),
            Entry("remove_preset", tr("Remove this preset"), (), "trash-2", tr("Deletes one of your own presets.")),
            Entry("light_theme", tr("&Light theme"), ("Ctrl+Shift+L",), "sun", "", True),
            Entry("next_part", tr("&Next part of the window"), ("F6",), "",
                  tr("Words, canvas, viewer, steps, pictures: the keys go on to the next of them.")),
            Entry("previous_part", tr("&Part before it"), ("Shift+F6",), "",
                  tr("Words, canvas, viewer, steps, pictures: the keys go back to the one before.")),
            Entry("reset_layout", tr("&Reset the layout"), (), "layout-grid",
                  tr("Puts the panels back where they were made.")),
            Entry("find_action", tr("&Find a command…"), ("F1",), "search",
                  tr("Lists everything the studio can do, with its key.")),
            Entry("keys", tr("&Keyboard shortcuts…"), ("Shift+F1",), "keyboard",
                  tr("Every command with its key, to be changed; and what pen, mouse and wheel do.")),
            Entry("about", tr("&About Underpaint"), (), "info"),
        )  # fmt: skip


class ActionButton(QPushButton):
    """A button with icon and text that follows an action; where the action is checkable, so is it."""

    def __init__(self, action: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self.setIconSize(QSize(icons.SIZE, icons.SIZE))
        self.setCheckable(action.isCheckable())
        self.clicked.connect(self._on_click)
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        action = self._action
        plain = unmarked(action.text())
        self.setText(f" {plain}")  # the style leaves no room after the icon
        self.setAccessibleName(plain)
        self.setIcon(action.icon())
        self.setToolTip(action.toolTip())
        self.setEnabled(action.isEnabled())
        self.setChecked(action.isChecked())

    def _on_click(self) -> None:
        self._action.trigger()
        self._follow()


@dataclass(frozen=True)
class Found:
    """A command of the list: its action, text without marks, and keys as one reads them."""

    action: QAction
    text: str
    keys: str

    @property
    def reason(self) -> str:
        """Why it can't be triggered now; "" where it can."""
        return "" if self.action.isEnabled() else self.action.statusTip()


def all_actions(window: QWidget) -> list[Found]:
    """Every command, each once, in alphabetical order; those that can't be triggered now are at the end."""
    found: dict[str, Found] = {}
    wheres = _small_menus(window)
    for action in window.findChildren(QAction):
        text = unmarked(action.text()).rstrip("….").strip()
        menu = action.menu()
        # What lies in a listing is not known before it opens: the list brings that up itself.
        opens = menu is None or isinstance(menu, ListingMenu)
        if not text or action.isSeparator() or not opens or isinstance(action, QWidgetAction):
            continue
        if not action.isEnabled() and not action.statusTip():
            continue  # a heading of a menu, or its "nothing yet"
        if action in wheres:
            text = f"{wheres[action]}: {text}"
        style = QKeySequence.SequenceFormat.NativeText
        keys = "  or  ".join(key.toString(style) for key in action.shortcuts())
        one = Found(action, text, keys)
        if text not in found or _worth(one) > _worth(found[text]):
            found[text] = one
    return sorted(
        found.values(), key=lambda item: (not item.action.isEnabled(), item.text.casefold())
    )


def _worth(item: Found) -> tuple[bool, bool]:
    """Of two of one name the one that acts is listed, then the one with a key."""
    return item.action.isEnabled(), bool(item.keys)


def _small_menus(window: QWidget) -> dict[QAction, str]:
    """What the menu of a button is about, by each of its actions: "100 %" alone says nothing in a list."""
    wheres: dict[QAction, str] = {}
    for button in window.findChildren(QToolButton):
        top = button.menu()
        if top is not None:
            for menu in (top, *top.findChildren(QMenu)):
                about = unmarked(menu.title()) or button.accessibleName() or button.text()
                plain = [action for action in menu.actions() if not action.shortcuts()]
                wheres |= dict.fromkeys(plain, about)
    return wheres


def matching(found: Iterable[Found], typed: str) -> list[Found]:
    """Those that have every typed word in their text, in what they are for, or in their keys; a start of a word goes
    first. Why one can't be had now is not searched."""
    words = typed.casefold().split()

    def fits(item: Found) -> bool:
        where = f"{item.text} {why_of(item.action)} {item.keys}".casefold()
        return all(word in where for word in words)

    def rank(item: Found) -> int:
        text = item.text.casefold()
        return (
            0 if words and text.startswith(words[0]) else 1 if all(w in text for w in words) else 2
        )

    return sorted(filter(fits, found), key=lambda item: (bool(item.reason), rank(item)))


class ActionFinder(QDialog):
    """Type a few letters, choose, Enter: the command runs after the list has closed."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Find a command"))
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._found = all_actions(window)
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(self.tr("What do you want to do?"))
        self.edit.setAccessibleName(self.tr("Search the commands"))
        self.edit.setClearButtonEnabled(False)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(CommandDelegate(self.list))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        layout.setSpacing(theme.UNIT)
        layout.addWidget(self.edit)
        layout.addWidget(self.list)
        fit_beside(self, (600, 480))
        self.edit.textChanged.connect(self._fill)
        self.list.itemActivated.connect(lambda _: self._run())
        self._fill("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None:
            row = min(max(self.list.currentRow() + step, 0), self.list.count() - 1)
            self.list.setCurrentRow(row)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run()
        else:
            super().keyPressEvent(event)

    def _fill(self, typed: str) -> None:
        self.list.clear()
        for entry in matching(self._found, typed):
            item = QListWidgetItem(entry.text, self.list)
            item.setData(_ACTION, entry.action)
            item.setData(REASON, entry.reason)
            item.setData(KEYS, entry.keys)
            item.setToolTip(entry.action.toolTip())
            spoken = ", ".join(part for part in (entry.text, entry.reason, entry.keys) if part)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        if self.list.count():
            self.list.setCurrentRow(0)
        else:
            none = QListWidgetItem(self.tr("No command answers these words"), self.list)
            none.setFlags(Qt.ItemFlag.NoItemFlags)

    def _run(self) -> None:
        item = self.list.currentItem()
        action: QAction | None = None if item is None else item.data(_ACTION)
        if action is None or not action.isEnabled():
            return  # the row says why
        menu, place = action.menu(), self.geometry().topLeft()
        if isinstance(menu, QMenu):
            # A list that closes would close a menu that is open already.
            self.destroyed.connect(lambda: QTimer.singleShot(0, menu, lambda: menu.popup(place)))
        else:
            QTimer.singleShot(0, action, action.trigger)
        self.accept()
