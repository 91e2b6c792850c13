"""The window of models. It stays open beside the work; what it finds comes while one looks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio_app.catalogue.identity import ROLES
from studio_app.catalogue.scanning import Found
from studio_app.catalogue.words import called
from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.document.presets import Preset
from studio_app.session.model_desk import is_model
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.asking import ask_folder, ask_open
from studio_app.ui.knobs import CalmComboBox
from studio_app.ui.menu_text import as_entry
from studio_app.ui.models.beside import Beside
from studio_app.ui.models.details import Details
from studio_app.ui.models.model_delegate import ModelDelegate
from studio_app.ui.models.model_item_model import ModelItemModel, Row
from studio_app.ui.models.sentences import empty_words, foot_words, pairs_of
from studio_app.ui.popups import fit_beside

SIZE = (936, 640)
LIST_WIDTH = 360
SEARCHING_MS = 200
MOST_PATH = 90
"""Letters of a folder in a menu."""
"""While a search goes on, the list is made anew so often."""


class ModelsWindow(QDialog):
    """Typing filters, Up and Down choose, Enter loads, Escape stops what it has begun to load, else closes."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(False)
        self.setWindowTitle(self.tr("Models"))
        self._studio, self._desk = studio, studio.models
        self._chosen: Path | None = None
        self._preset: Preset | None = None
        self._loading = self._asked = False
        """_asked: whether what is loading was chosen here. The load of a start goes on when the window is closed."""
        self._doing = ""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SEARCHING_MS)
        self._soon.timeout.connect(self._show)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter by name, family or folder"))
        self.filter.setAccessibleName(self.tr("Filter the models"))
        self.role = CalmComboBox(self.tr("Show"), self.tr("Only models of one kind."))
        self.role.fill(
            [(self.tr("Everything"), ""), *((words, role) for role, words in ROLES.items())]
        )
        self.item_model = ModelItemModel(self)
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Models"))
        self.list.setModel(self.item_model)
        self.list.setItemDelegate(ModelDelegate(self.list))
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.empty = QLabel()
        self.empty.setWordWrap(True)
        self.empty.setTextFormat(Qt.TextFormat.PlainText)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.empty.setMargin(2 * theme.UNIT)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.list)
        self.pages.addWidget(self.empty)
        self.details = Details()
        self.beside = Beside(studio)
        self.said = QLabel()
        theme.set_role(self.said, "caption")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.progress.setAccessibleName(self.tr("Loading the model"))
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.progress.hide()
        self._make_buttons()
        self._lay_out()
        self._connect()
        self._show()

    def open_window(self, preset: Preset | None) -> None:
        """Shows it, and looks through the folders if nobody has yet. preset: the chosen one, for its default."""
        self._preset = preset
        if not self.testAttribute(Qt.WidgetAttribute.WA_Resized):  # nobody gave it a size yet
            fit_beside(self, SIZE)
        self.show()
        self.raise_()
        self.activateWindow()
        if not self._desk.found and not self._desk.scanning:
            self._desk.scan()
        self._show()
        self.filter.setFocus()

    @property
    def chosen(self) -> Found | None:
        """The model that the details are about."""
        if self.item_model.row_of(self._chosen) < 0:
            return None  # the filter leaves it out
        return next((item for item in self._desk.found if item.path == self._chosen), None)

    # ---- building ----

    def _make_buttons(self) -> None:
        tr = self.tr
        self.load = QPushButton(tr("&Load"))
        self.load.setToolTip(tr("Draws with this model from now on (Enter)."))
        theme.set_role(self.load, "primary")
        self.load.setDefault(True)
        self.unload = QPushButton(tr("&Unload"))
        self.unload.setToolTip(
            tr("Gives its memory back; nothing is drawn until a model is loaded.")
        )
        self.cancel = QPushButton(tr("&Stop loading"))
        self.cancel.setToolTip(tr("The model that was open stays."))
        self.default = QPushButton(tr("&Default for the preset"))
        self.default.setCheckable(True)
        self.folders = QPushButton(tr("&Folders"))
        self.folders.setToolTip(
            tr("Where models are looked for; add the folder in which you keep yours.")
        )
        self.folders.setMenu(QMenu(self.folders))
        self.again = QPushButton(tr("Look &again"))
        self.again.setToolTip(tr("Looks through all folders again (F5)."))
        for button in (self.unload, self.cancel, self.default, self.folders, self.again):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.UNIT)
        head.addWidget(self.filter, 1)
        head.addWidget(self.role)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        column.addLayout(head)
        column.addWidget(self.pages, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        right = QWidget()
        about = QVBoxLayout(right)
        about.setContentsMargins(0, 0, 0, 0)
        about.setSpacing(0)
        about.addWidget(self.details, 1)
        about.addWidget(self.beside)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([LIST_WIDTH, SIZE[0] - LIST_WIDTH])
        foot = QHBoxLayout()
        foot.setSpacing(theme.UNIT)
        for widget in (self.folders, self.again):
            foot.addWidget(widget)
        foot.addWidget(self.said, 1)
        for widget in (self.default, self.unload, self.cancel, self.load):
            foot.addWidget(widget)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(2 * theme.UNIT,) * 4)
        rows.setSpacing(theme.UNIT)
        rows.addWidget(splitter, 1)
        rows.addWidget(self.progress)
        rows.addLayout(foot)

    def _connect(self) -> None:
        studio, desk = self._studio, self._desk
        self.filter.textChanged.connect(self._show)
        self.role.activated.connect(self._show)
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self.list.activated.connect(self._load)
        self.load.clicked.connect(self._load)
        self.unload.clicked.connect(studio.close_model)
        self.cancel.clicked.connect(studio.stop_loading)
        self.default.clicked.connect(self._set_default)
        self.again.clicked.connect(desk.scan)
        self.folders.menu().aboutToShow.connect(self._fill_folders)
        desk.changed.connect(self._show_if_open)
        desk.fate_known.connect(self._show_if_open)
        desk.defaults_changed.connect(self._show_if_open)
        desk.fitted.connect(self._show_if_open)
        studio.settings_changed.connect(self._show_if_open)
        studio.model_changed.connect(self._show_if_open)
        studio.model_progress.connect(self._show_progress)

    # ---- showing ----

    def _show_if_open(self) -> None:
        """A search brings something many times a second: nobody can read so fast."""
        if not self.isVisible():
            return
        if self._desk.scanning:
            if not self._soon.isActive():
                self._soon.start()
        else:
            self._soon.stop()
            self._show()

    def _show(self) -> None:
        now = self._studio.model if self._studio.model_ready else ""
        typed = self.filter.text()
        role = str(self.role.currentData() or "")
        found = [
            item
            for item in self._desk.found
            if item.identity.role not in ("image encoder",) or role or typed
        ]
        if self.item_model.fill(found, typed, role, now):
            self._choose_row(now)
        self.pages.setCurrentWidget(self.list if self.item_model.rows else self.empty)
        self.empty.setText(empty_words(self._desk))
        self.said.setText(self._doing or foot_words(self._desk))
        self._show_details()

    def _choose_row(self, now: str) -> None:
        """The row that was chosen stays so; else that of the open model, else the first."""
        row = self.item_model.row_of(self._chosen)
        if row < 0:
            models = [i for i, item in enumerate(self.item_model.rows) if item.found is not None]
            row = next(
                (i for i in models if self.item_model.rows[i].open), models[0] if models else -1
            )
        if row >= 0:
            index = self.item_model.index(row)
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.list.selectionModel().setCurrentIndex(index, flag)

    def _show_details(self) -> None:
        item, studio = self.chosen, self._studio
        fate = self._desk.look_at(item.path) if item is not None and _may_draw(item) else None
        open_now = item is not None and studio.model_ready and is_model(item.path, studio.model)
        can = fate if isinstance(fate, Capabilities) else None
        self.load.setEnabled(can is not None and not open_now and not self._loading)
        self.unload.setEnabled(studio.model_ready and not self._loading)
        self.cancel.setVisible(self._loading)
        self._show_default(item if can is not None else None)
        self.beside.show_item(item, can)
        if item is None:
            self.details.show_words("", "", "", [])
            return
        if open_now:
            said = self.tr("It draws now.")
        elif isinstance(fate, StudioError):
            said = self.tr("Can't be drawn with: {why}.").format(why=fate.detail or fate.title)
        elif can is not None:
            said = self.tr("Ready to be loaded.")
        elif item.identity.role == "broken":
            said = self.tr("It can't be read.")
        else:
            said = "" if not _may_draw(item) else self.tr("Looking at it…")
        whole = studio.model_ready and "32" in studio.latency.device
        fitting = self._desk.fitting_for(item.path)
        pairs = pairs_of(item, can, self._desk.room, whole, self._desk.found, fitting)
        kind = called(item.identity)
        ill = isinstance(fate, StudioError) or item.identity.role == "broken"
        self.details.show_words(item.name, kind[:1].upper() + kind[1:], said, pairs, ill=ill)

    def _show_default(self, item: Found | None) -> None:
        preset = self._preset
        self.default.setEnabled(item is not None and preset is not None)
        title = preset.title if preset is not None else self.tr("the preset")
        self.default.setText(self.tr("&Default for {preset}").format(preset=as_entry(title)))
        self.default.setToolTip(self.tr("Choosing this preset loads the model too."))
        chosen = (
            item is not None
            and preset is not None
            and self._desk.default_for(preset.id) == _name(item)
        )
        self.default.setChecked(chosen)

    def _show_progress(self, text: str, share: float) -> None:
        self._loading = share < 1.0
        self._asked = self._asked and self._loading
        self._doing = f"{text}  {share * 100:.0f} %" if self._loading else ""
        self.said.setText(self._doing or foot_words(self._desk))
        self.progress.setValue(round(share * 1000))
        self.progress.setVisible(self._loading)
        self.progress.setAccessibleDescription(text)
        if self.isVisible():
            self._show_details()

    # ---- commands ----

    def _on_current(self, index: QModelIndex) -> None:
        row: Row | None = self.item_model.rows[index.row()] if index.isValid() else None
        if row is not None and row.found is not None:
            self._chosen = row.found.path
            self._show_details()

    def _load(self) -> None:
        item = self.chosen
        if item is not None and self.load.isEnabled():
            self._asked = True
            self._studio.open_model(_name(item))

    def _set_default(self, on: bool) -> None:
        item = self.chosen
        if item is not None and self._preset is not None:
            self._desk.set_default(self._preset.id, _name(item) if on else "")

    def _fill_folders(self) -> None:
        menu = self.folders.menu()
        menu.clear()
        menu.addAction(self.tr("Add a folder…"), self._add_folder)
        menu.addAction(self.tr("Open a file…"), self._open_file)
        menu.addSeparator()
        for place in self._desk.places:
            text = as_entry(f"{place.owner}: {place.path}", MOST_PATH)
            if str(place.path) in self._desk.added:
                remove = self.tr("Leave out {path}").format(
                    path=as_entry(str(place.path), MOST_PATH)
                )
                menu.addAction(remove, lambda path=place.path: self._desk.remove_folder(path))
            else:
                menu.addAction(text).setEnabled(False)

    def _add_folder(self) -> None:
        ask_folder(self, self.tr("Add a folder of models"), self._desk.add_folder, "model")

    def _open_file(self) -> None:
        kinds = self.tr("Models (*.safetensors *.gguf)")
        ask_open(self, self.tr("Open a model"), kinds, self._studio.open_model)

    # ---- Qt ----

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._step(key)
        elif key == Qt.Key.Key_F5:
            self._desk.scan()
        elif key == Qt.Key.Key_Escape and self._loading and self._asked:
            self._studio.stop_loading()
        elif key == Qt.Key.Key_Escape and self._desk.scanning:
            self._desk.stop()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._load()
        else:
            super().keyPressEvent(event)

    def _step(self, key: Qt.Key) -> None:
        """From the filter too: to the next model, over the titles of groups."""
        models = [i for i, row in enumerate(self.item_model.rows) if row.found is not None]
        if not models:
            return
        now = self.list.currentIndex().row()
        place = models.index(now) if now in models else -1
        far = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -8,
            Qt.Key.Key_PageDown: 8,
        }[key]
        row = models[min(max(place + far, 0), len(models) - 1)]
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.list.selectionModel().setCurrentIndex(self.item_model.index(row), flag)


def _may_draw(item: Found) -> bool:
    """Whether the engine is worth asking about it."""
    return item.identity.role in ("checkpoint", "denoiser")


def _name(item: Found) -> str:
    """What the studio knows it by: ours by their names, so that they move with the program."""
    return item.path.name if item.place.owner == "Underpaint" else str(item.path)
