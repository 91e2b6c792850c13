"""What is chosen of an export: the project, the settings and the picture; and the name that it has by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from studio_app.document.document import Document
from studio_app.document.results import Picture
from studio_app.export.layered import LayeredFormat
from studio_app.export.pictures import Format
from studio_app.export.pieces import AssetKind
from studio_app.export.questions import Key
from studio_app.export.settings import FORMATS, ExportSettings, Remembered, settings_from
from studio_app.export.surfaces import drawn_in
from studio_app.export.targets.target import Project
from studio_app.session.export_jobs import Opened, Take, Wanted, name_for


class Choice:
    """Window's thread. A name holds for the words it was given for: another picture's are others.

    takes: the frames of a sheet, as far as they are there; sheet_words: what they are pictures of. signer: the paths of
    a certificate and of its key, on this machine.
    """

    def __init__(self, document: Callable[[], Document]) -> None:
        """document: what is on the desk."""
        self._document = document
        self.project: Project | None = None
        self.remembered = Remembered()
        self.settings = ExportSettings()
        self.picture: Picture | None = None
        self.takes: tuple[Take, ...] = ()
        self.sheet_words = ""
        self.signer: tuple[str, str] = ("", "")
        self.not_imported: Format | LayeredFormat | None = None
        """What was chosen earlier, elsewhere or by a preset, and the project's engine does not import: PNG goes before
        it."""
        self.answers: dict[Key, str] = {}
        """To questions, by their key."""
        self._words: str = ""  # those that the name was given for
        self._last_words: str = ""  # and those of the project's last export

    @property
    def wanted(self) -> Wanted | None:
        """What is to be made, and where it goes; None without a picture."""
        takes = self.takes
        if not self.is_sheet:
            takes = () if self.picture is None else (self._take(self.picture, self.settings.kind),)
        return Wanted(self.settings, takes, self.project, signer=self.signer) if takes else None

    @property
    def is_sheet(self) -> bool:
        return self.settings.kind == "sheet"

    def wanted_as(self, picture: Picture, kind: AssetKind) -> Wanted:
        """Any picture, as another kind of asset, else as it is chosen. The name is only that picture's own."""
        take, settings = self._take(picture, kind), self.settings
        others: dict[str, Any] = {"kind": kind}
        if settings.format not in FORMATS[kind]:
            others["format"] = "png"
        if take.words != self._words:
            others["name"] = ""
        chosen = settings.model_copy(update=others)
        return Wanted(chosen, (take,), self.project, signer=self.signer)

    @property
    def own_name(self) -> str:
        """The name that the picture gets by itself."""
        return name_for(self._own_words or "picture", self.project)

    @property
    def own_folder(self) -> str:
        """The project's custom for this kind."""
        return self.project.target.folders[self.settings.kind] if self.project is not None else ""

    def open(self, found: Opened) -> None:
        """A project, with what was chosen there last."""
        self.project, self.remembered = found.project, found.remembered
        self._words = self._last_words = found.words
        elsewhere = {"name": "", "folder": None, "template": ""}
        self._begin_from(found.remembered.last or self.settings.model_copy(update=elsewhere))
        self.answers.clear()
        self._check_name()

    def close(self) -> None:
        """No project."""
        self.project, self.remembered = None, Remembered()

    def show(self, picture: Picture | None) -> bool:
        """Whether it is another than before."""
        was, self.picture = self.picture, picture
        if picture is was or (picture is not None and was is not None and picture.id == was.id):
            return False
        self._check_name()
        return True

    def choose(self, values: Mapping[str, Any], what: str) -> bool:
        """Other settings, by name: whether anything is another than before. StudioError, naming `what`."""
        settings = settings_from({**self.settings.model_dump(mode="json"), **values}, what)
        if settings == self.settings:
            return False
        if "name" in values and self._own_words:
            self._words = self._own_words
        self.settings = settings
        if "format" in values:
            self.not_imported = None
        self._check_name()
        return True

    def take_frames(self, takes: tuple[Take, ...], words: str) -> None:
        """The frames of a sheet, as they are by now."""
        self.takes, self.sheet_words = takes, words
        self._check_name()

    def use(self, preset: ExportSettings) -> bool:
        """Other settings as a whole, but for the name: whether anything is another than before."""
        before = self.settings
        self._begin_from(preset.model_copy(update={"name": before.name}))
        self._check_name()
        return self.settings != before

    def as_last(self, picture: Picture | None) -> bool:
        """A picture as the project's last one was exported: whether one was."""
        last = self.remembered.last
        if last is None:
            return False
        self._begin_from(last)
        self._words = self._last_words
        self.picture = picture
        self._check_name()
        return True

    def was_written(self, settings: ExportSettings) -> None:
        """They are the project's last now."""
        self.remembered = Remembered(self.remembered.presets, settings)
        self._last_words = self._words

    def _begin_from(self, settings: ExportSettings) -> None:
        """Settings that were chosen earlier, as the project can have them."""
        project = self.project
        self.settings = settings if project is None else settings.for_target(project.target)
        other = self.settings.format != settings.format
        self.not_imported = settings.format if other else None

    @property
    def _own_words(self) -> str:
        if self.is_sheet:
            return self.sheet_words
        return Take(self.picture).words if self.picture is not None else ""

    def _take(self, picture: Picture, kind: AssetKind) -> Take:
        """With the drawing where more than its recipe is asked for, as long as that is the one on the desk."""
        document = self._document() if kind == "control" else None
        if document is None or not drawn_in(picture.request, document):
            return Take(picture)
        return Take(picture, document=document)

    def _check_name(self) -> None:
        if self._own_words and self._own_words != self._words:
            self._words = self._own_words
            self.settings = self.settings.model_copy(update={"name": ""})
