"""The window: words and knobs at the left, canvas and viewer in the middle, finished pictures below."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QWidget

from studio_app.core.errors import StudioError
from studio_app.core.resources import resources_dir
from studio_app.document.pictures import WITH_RECIPES
from studio_app.document.presets import Preset
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui import icons, theme
from studio_app.ui.action_buttons import allow, explain
from studio_app.ui.actions import ActionFinder, ActionTable
from studio_app.ui.asking import ask_open, patterns, show_about
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.crash_dialog import CrashReporter
from studio_app.ui.exports import Exports
from studio_app.ui.faces.registry import FACES, words_of
from studio_app.ui.filing import Filer
from studio_app.ui.filmstrip import Filmstrip
from studio_app.ui.holding import Hold
from studio_app.ui.keeping import Keeper
from studio_app.ui.keys.key_table import KeyTable
from studio_app.ui.keys.keys_window import KeysWindow
from studio_app.ui.latency_line import LatencyLine
from studio_app.ui.layers.layers_panel import LayersPanel
from studio_app.ui.menu_text import as_entry
from studio_app.ui.menus import fill_menus
from studio_app.ui.message_bar import MessageBar
from studio_app.ui.models.models_window import ModelsWindow
from studio_app.ui.panels import Panels
from studio_app.ui.parts_of_window import Part, walk_between
from studio_app.ui.preset_acts import PresetActs
from studio_app.ui.progress import Progress
from studio_app.ui.remembering import WindowMemory
from studio_app.ui.settings_panel import SettingsPanel
from studio_app.ui.strip_actions import StripActions
from studio_app.ui.tab_order import TabbedAsRead
from studio_app.ui.telling import Teller
from studio_app.ui.top_bar import TopBar
from studio_app.ui.viewer.viewer_panel import ViewerPanel


class MainWindow(TabbedAsRead, QMainWindow):
    """Shows a Studio. Closing it closes the studio; the window goes when everything is saved.

    remember: read and write the layout in the user's folder.
    """

    def __init__(self, studio: Studio, *, remember: bool = True) -> None:
        super().__init__()
        self._studio = studio
        self._saved = False
        self.memory = WindowMemory(remember)
        theme.apply(self.memory.theme)
        self.setWindowIcon(QIcon(str(resources_dir() / "theme" / "underpaint.svg")))
        self.setDockNestingEnabled(True)
        self.command = ActionTable(self)
        self.top_bar = TopBar(studio, self.command, self)
        self.settings_panel = SettingsPanel(studio)
        self.canvas = CanvasPanel(studio)
        self.layers = LayersPanel(studio, self.canvas.tools)
        self.viewer = ViewerPanel(studio)
        self.filmstrip = Filmstrip(studio.gallery)
        self.latency_line = LatencyLine()
        self.crash_reporter = CrashReporter(self)
        self._work: QWidget = self.canvas.canvas
        self._lay_out()
        self.message_bar = MessageBar(self.canvas)
        self.exports = Exports(
            self, studio, self.command, self.viewer, self.filmstrip, self.message_bar
        )
        self.export_panel = self.exports.panel
        self.models = ModelsWindow(studio, self)
        self.keeper = Keeper(self, studio, self.command)
        self.filer = Filer(self, studio, self.command)
        self.teller = Teller(
            self, studio, self.canvas.tools, self.message_bar, self.filer, self.keeper
        )
        self.hold = Hold(self, studio)
        self.preset_acts = PresetActs(self, studio, self.top_bar, self.viewer.model)
        panels = list(self.panels.toggles.values())
        fill_menus(
            self, self.command, self.canvas, self.layers.acts, self.viewer, panels,
            self.filer.entries(), self.keeper.earlier,
        )  # fmt: skip
        self.keys = KeyTable(self)
        self.command["light_theme"].setChecked(self.memory.theme == "light")
        self._connect()
        prompts = self.settings_panel.prompts
        self.memory.wake(studio, self.panels, self.keys, self.canvas.tools, prompts)
        self.keeper.strip.show_state()  # whatever the layout remembers of it
        drew = bool(self.canvas.tools.learned)
        (
            self.canvas.canvas if drew else prompts.prompt
        ).setFocus()  # where letters are tools, or words
        self._show_undo()
        self._show_live(studio.live)
        self._show_busy(studio.busy)
        self._show_branch()
        if self.memory.broken is not None:
            self.teller.tell(self.memory.broken)

    # ---- building ----

    def _lay_out(self) -> None:
        self.addToolBar(self.top_bar)
        self.panels = Panels(
            self, self.canvas, self.settings_panel, self.layers, self.viewer, self.filmstrip
        )
        fold = self.panels.toggles["layers"]
        self.canvas.show_panel(fold)
        self.layers.close_asked.connect(fold.trigger)
        self.status = QLabel()
        theme.set_role(self.status, "caption")
        self.working = QLabel()
        theme.set_role(self.working, "caption")
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        works = self._studio.works
        self.work_progress = Progress(
            self.tr("How far the work is"),
            self.tr("Cancel: as if it had never begun."),
            works.cancel,
            lambda: works.busy,
        )
        works.changed.connect(lambda: self.work_progress.show_share(works.share, works.text))
        bar.addPermanentWidget(self.work_progress)
        bar.addPermanentWidget(self.working)
        bar.addPermanentWidget(self.latency_line)

    def _connect(self) -> None:
        self._connect_commands()
        self._connect_parts()
        self._connect_pictures()
        self._connect_studio()

    def _connect_commands(self) -> None:
        studio, command = self._studio, self.command
        command["open_recipe"].triggered.connect(self._ask_recipe)
        for kind in ("depth", "pose", "colour"):
            command[f"load_{kind}"].triggered.connect(
                lambda _=False, kind=kind: self._ask_layer(kind)
            )
        command["quit"].triggered.connect(self.close)
        command["undo"].triggered.connect(studio.undo_stack.undo)
        command["redo"].triggered.connect(studio.undo_stack.redo)
        command["clear_drawing"].triggered.connect(studio.clear_document)
        command["live"].triggered.connect(studio.set_live)
        command["generate"].triggered.connect(self.generate)
        self.settings_panel.loras.follow(command["add_lora"])
        command["cancel"].triggered.connect(studio.cancel)
        command["new_seed"].triggered.connect(studio.roll_seed)
        command["end_branch"].triggered.connect(studio.clear_branch)
        command["save_preset"].triggered.connect(self.preset_acts.ask_name)
        command["remove_preset"].triggered.connect(self.preset_acts.remove)
        command["light_theme"].triggered.connect(
            lambda on: self.set_theme("light" if on else "dark")
        )
        command["reset_layout"].triggered.connect(self.panels.reset)
        command["find_action"].triggered.connect(lambda: ActionFinder(self).open())
        command["keys"].triggered.connect(lambda: KeysWindow(self.keys, self).open())
        command["models"].triggered.connect(self.show_models)
        command["about"].triggered.connect(lambda: show_about(self))

    def _connect_parts(self) -> None:
        command = self.command
        parts = (
            Part(self.settings_panel, self.settings_panel.prompts.prompt),
            Part(self.layers, self.layers.view), Part(self.canvas, self.canvas.canvas),
            Part(self.viewer, self.viewer.view), Part(self.viewer.timeline, self.viewer.timeline),
            Part(self.filmstrip, self.filmstrip),
        )  # fmt: skip
        walk_between(parts, command["next_part"], command["previous_part"])
        self.top_bar.models_asked.connect(self.show_models)
        self.teller.models_asked.connect(self.show_models)
        self.settings_panel.generate_asked.connect(self.generate)
        self.top_bar.preset_chosen.connect(self.use_preset)
        self.preset_acts.said.connect(self.teller.tell)
        self.preset_acts.settled.connect(self.message_bar.settle)
        shelves = self.canvas.shelf, self.canvas.pose_shelf
        for keeper in (self.preset_acts, *shelves, self._studio.exporting.presets):
            keeper.gone.connect(self.teller.tell_gone)
        self.viewer.pop_out_asked.connect(self.panels.pop_out_viewer)
        self.crash_reporter.quit_asked.connect(self.close)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)

    def _connect_pictures(self) -> None:
        """Filmstrip, viewer and canvas hand them to each other."""
        studio = self._studio
        shown, acts = self.viewer.shown, self.viewer.acts
        self.filmstrip.chosen.connect(shown.look_at)
        self.filmstrip.several_chosen.connect(studio.exporting.frames.choose)
        self.filmstrip.drag_asked.connect(self.exports.drag_out.start)
        self.filmstrip.let_go.connect(shown.back_to_live)
        self.filmstrip.restore_asked.connect(acts.restore.trigger)
        strip = StripActions(studio, acts, self.filmstrip, self.command["export"])
        strip.compare_asked.connect(self.viewer.compare)
        shown.changed.connect(self._show_shown)
        name = self.tr("the shown picture")
        acts.use_asked.connect(lambda pixels, layer: self.canvas.exchange.use(pixels, name, layer))
        studio.gallery_changed.connect(self.filmstrip.refresh)
        studio.gallery_changed.connect(self._show_shown)

    def _connect_studio(self) -> None:
        studio = self._studio
        studio.undo_stack.indexChanged.connect(self._show_undo)
        studio.edited.connect(self._show_branch)
        studio.latency_changed.connect(self.latency_line.show_latency)
        studio.live_changed.connect(self._show_live)
        studio.busy_changed.connect(self._show_busy)
        studio.settings_changed.connect(self._show_working)
        studio.closed.connect(self._on_closed)

    # ---- showing ----

    def _show_undo(self) -> None:
        stack = self._studio.undo_stack
        none = {
            "undo": self.tr("Nothing was done yet."),
            "redo": self.tr("Nothing was undone."),
        }
        for name, can, what in (
            ("undo", stack.canUndo(), stack.undoText()),
            ("redo", stack.canRedo(), stack.redoText()),
        ):
            action = self.command[name]
            plain = self.tr("Undo") if name == "undo" else self.tr("Redo")
            action.setText(f"&{plain} {as_entry(what)}" if can and what else f"&{plain}")
            explain(action, "")
            allow(action, can, none[name])

    def _show_live(self, live: bool) -> None:
        action = self.command["live"]
        action.setChecked(live)
        drawing = self.tr("Draws at every edit; click to pause.")
        explain(action, drawing if live else self.tr("Paused; click to draw at every edit."))
        self._show_working()

    def _show_busy(self, busy: bool) -> None:
        allow(self.command["cancel"], busy, self.tr("Nothing is being drawn."))
        self._show_working()

    def _show_working(self) -> None:
        studio = self._studio
        if studio.busy:
            said = self.tr("Drawing…")
        elif not studio.live:
            said = self.tr("Paused")
        else:
            said = "" if studio.settings.prompt.strip() else self.tr("Waiting for a prompt")
        self.working.setText(said)

    def _show_branch(self) -> None:
        branched = self._studio.document.start is not None
        allow(self.command["end_branch"], branched, self.tr("There is no branch."))

    def _show_shown(self) -> None:
        shown = self.viewer.shown
        self.filmstrip.show_shown(None if shown.is_live else shown.picture)

    # ---- commands ----

    def use_preset(self, preset: Preset) -> None:
        """Sets its knobs and the way of looking, and says what it is for."""
        self._studio.apply_preset(preset)
        self.viewer.model.set_tiled(bool(preset.view.get("tile", False)))
        self.viewer.model.set_checkered(bool(preset.view.get("checkerboard", False)))
        if preset.sentence:
            self.message_bar.show_message(Notice(preset.title, preset.sentence, "preset"))

    def set_theme(self, name: theme.ThemeName) -> None:
        """Dark or light, at once and from now on."""
        theme.apply(name)
        icons.refresh(self)
        self.memory.set_theme(name)
        self.command["light_theme"].setChecked(name == "light")

    def show_models(self) -> None:
        """What lies on the disks, and which model goes with the chosen preset."""
        self.models.open_window(self.top_bar.current_preset())

    def generate(self) -> None:
        """Draws now, and shows it: who asks for a picture wants to see that one."""
        self.viewer.shown.back_to_live()
        self._studio.generate_once()

    def _ask_recipe(self) -> None:
        title, kinds = (
            self.tr("Open a picture's recipe"),
            self.tr("Pictures ({patterns})").format(patterns=patterns(WITH_RECIPES)),
        )
        ask_open(self, title, kinds, self._studio.restore_file)

    def _ask_layer(self, layer: str) -> None:
        words = words_of(layer)
        kinds = f"{words.files or self.tr('Pictures')} ({FACES[layer].files})"
        title = self.tr("Load into the drawing")
        ask_open(self, title, kinds, lambda path: self.canvas.exchange.load(layer, Path(path)))

    def give_focus_back(self) -> None:
        """To what was worked on before a number was typed: canvas, viewer or filmstrip."""
        self._work.setFocus()

    def _on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        works = (
            self.canvas.canvas, self.layers.view, self.viewer.view, self.viewer.timeline, self.filmstrip,
        )  # fmt: skip
        self._work = next((work for work in works if work is now), self._work)

    # ---- life ----

    def save_state(self) -> None:
        """What the next window is to find as it is now."""
        self.panels.bring_back_viewer()
        try:
            self.memory.save()
        except StudioError as error:
            self.teller.tell(error)

    def _on_closed(self) -> None:
        self._saved = True
        self.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.panels.note_share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.isVisible():
            self.panels.share_room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.message_bar.shown is not None:  # whoever has the focus did not want it
            self.message_bar.dismiss()
        else:
            self.viewer.shown.back_to_live()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._saved:
            super().closeEvent(event)
            return
        event.ignore()
        if self.isEnabled():
            self.save_state()
            self.setEnabled(False)
            self.statusBar().showMessage(self.tr("Saving your work…"))
            self._studio.close()
