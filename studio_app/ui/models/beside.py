"""What a file that is no model does for the open one, and what a model's own file does not tell: chosen here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton

from studio_app.catalogue.controls import kind_by_name
from studio_app.catalogue.encoders import CLIP
from studio_app.catalogue.families import FAMILIES, VAES
from studio_app.catalogue.identity import Identity
from studio_app.catalogue.scanning import Found
from studio_app.core.capabilities import Capabilities
from studio_app.core.fittings import FEW_STEP_KINDS, PREDICTIONS, Fitting
from studio_app.core.folders import called
from studio_app.session.model_desk import is_model
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.faces.registry import words_of
from studio_app.ui.knobs import CalmComboBox
from studio_app.ui.menu_text import as_entry

DRAWINGS = ("depth", "pose", "edge", "normal")
"""Kinds of drawing that a ControlNet or an adapter can be for; one for several kinds is for all of them."""
_UNION = "union controlnet"
_ONE = ("controlnet", "t2i adapter")


@dataclass(frozen=True)
class Use:
    """Of a file with the open model. used: whether it is. why: why it can't be; then it can't. said: what it does."""

    used: bool = False
    why: str = ""
    said: str = ""


class Beside(QFrame):
    """Below the details: a switch for what goes with the open model, or the guesses about a model. Else hidden."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio, self._desk = studio, studio.models
        self._item: Found | None = None
        tr = self.tr
        self.use = QPushButton(tr("Use with the open model"))
        self.use.setCheckable(True)
        self.use.setAutoDefault(False)
        self.drawing = CalmComboBox(
            tr("Kind of drawing"),
            tr("What it was trained to read. Files don't say it: this is guessed from the name."),
        )
        self.drawing.fill([(words_of(kind).title, kind) for kind in DRAWINGS])
        self.few_step = CalmComboBox(
            tr("Few-step kind"),
            tr("How it was made to need few steps. It decides which sampler follows the pen."),
        )
        self.prediction = CalmComboBox(
            tr("Predicts"),
            tr("What its numbers mean. With the wrong one pictures are noise, or burnt."),
        )
        self.speed = CalmComboBox(
            tr("Speed of its networks"),
            tr(
                "Compiled, pictures come quicker, of Stable Diffusion 1, 2 and XL those of its own size, "
                "and each load takes minutes more. "
                "It needs a compiler on this machine; without one nothing changes."
            ),
        )
        self.speed.fill([(tr("As it is"), ""), (tr("Compiled"), "compiled")])
        self.said = QLabel()
        self.said.setWordWrap(True)
        theme.set_role(self.said, "caption")
        self._labels = {
            box: QLabel(name)
            for box, name in (
                (self.drawing, tr("Reads")),
                (self.few_step, tr("Made for few steps")),
                (self.prediction, tr("Predicts")),
                (self.speed, tr("Networks")),
            )
        }
        self._lay_out()
        self.use.clicked.connect(self._on_use)
        self.drawing.activated.connect(self._on_drawing)
        self.few_step.activated.connect(
            lambda: self._say(few_step=str(self.few_step.currentData() or ""))
        )
        self.prediction.activated.connect(
            lambda: self._say(prediction=str(self.prediction.currentData() or ""))
        )
        self.speed.activated.connect(lambda: self._say(compiled=bool(self.speed.currentData())))

    def show_item(self, item: Found | None, can: Capabilities | None) -> None:
        """can: of the item, where it is a model that can be drawn with."""
        same = item is not None and self._item is not None and item.path == self._item.path
        self._item = item
        role = "" if item is None else item.identity.role
        model = item is not None and can is not None and (bool(can.fits) or can.compiles)
        goes = role in (*_ONE, _UNION, "lora", "tiny vae", "ip adapter")
        self.setVisible(model or goes)
        self.use.setVisible(goes)
        self._show_box(self.drawing, role in _ONE)
        self._show_box(self.few_step, model)
        # A flow's is known: no other network is made like it.
        flow = item is not None and item.identity.prediction == "flow"
        self._show_box(self.prediction, model and not flow)
        self._show_box(self.speed, model and can is not None and can.compiles)
        if item is None:
            return
        if model:
            self._show_guesses(item)
        elif goes:
            self._show_use(item, same)

    # ---- inside ----

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(2 * theme.UNIT, theme.UNIT, theme.UNIT, 0)
        grid.setSpacing(theme.UNIT)
        grid.setColumnStretch(1, 1)
        for row, (box, label) in enumerate(self._labels.items()):
            if (
                box is self.speed
            ):  # beside the first of a model's, since the sentences above need the room
                grid.addWidget(label, 1, 2)
                grid.addWidget(box, 1, 3)
            else:
                grid.addWidget(label, row, 0)
                grid.addWidget(box, row, 1, 1, 1 if box is self.few_step else 3)
        foot = QHBoxLayout()
        foot.setSpacing(theme.UNIT)
        foot.addWidget(self.use)
        foot.addWidget(self.said, 1)
        grid.addLayout(foot, len(self._labels), 0, 1, 4)

    def _show_box(self, box: CalmComboBox, there: bool) -> None:
        box.setVisible(there)
        self._labels[box].setVisible(there)

    def _show_guesses(self, item: Found) -> None:
        fitting, identity = self._desk.fitting_for(item.path), item.identity
        known = self.tr("As recognised: {what}")
        few = identity.few_step or self.tr("no")
        kinds: list[tuple[str, object]] = [
            (known.format(what=few), ""),
            (self.tr("No: many steps"), "none"),
        ]
        kinds += [(kind, kind) for kind in FEW_STEP_KINDS if kind != "none"]
        self.few_step.fill(kinds)
        self.few_step.show_data(fitting.few_step)
        names = {"epsilon": self.tr("noise (epsilon)"), "v": "v", "x0": self.tr("the picture (x0)")}
        guess = names.get(identity.prediction, identity.prediction)
        self.prediction.fill(
            [(known.format(what=guess), ""), *((names[name], name) for name in PREDICTIONS)]
        )
        self.prediction.show_data(fitting.prediction)
        self.speed.show_data("compiled" if fitting.compiled else "")
        said = bool(fitting.few_step or fitting.prediction)
        self.said.setText(
            self.tr("It is remembered for this model.")
            if said
            else self.tr("Recognised wrongly? Say it here.")
        )

    def _show_use(self, item: Found, same: bool) -> None:
        if item.identity.role in _ONE and not same:
            chosen = self._chosen_kinds(item)
            guess = kind_by_name(item.name)
            self.drawing.show_data(chosen[0] if chosen else guess if guess in DRAWINGS else "depth")
        use = self._use_of(item)
        text = self.tr("&Used with {model}") if use.used else self.tr("&Use with {model}")
        self.use.setText(text.format(model=self._model_name()))
        self.use.setToolTip(
            self.tr("Whenever this model is loaded, until it is switched off here.")
        )
        self.use.setChecked(use.used)
        self.use.setEnabled(use.used or not use.why)
        self.said.setText(use.why or use.said)

    def _use_of(self, item: Found) -> Use:
        role = item.identity.role
        can = self._studio.capabilities if self._studio.model_ready else None
        if can is None:
            return Use(why=self.tr("Load the model first with which it shall be used."))
        if role == "lora":
            used = str(item.path) in dict(self._studio.settings.loras)
            why = "" if can.loras else self.tr("The open model takes no LoRAs.")
            return Use(
                used, why or self._alien(item), self.tr("How much of it: in the left panel.")
            )
        open_now = self._open()
        if open_now is None or role not in can.fits:
            return Use(why=self._not_from_here(item, can))
        fitting, why = self._desk.fitting_for(open_now.path), self._alien(item)
        path = str(item.path)
        if role == "tiny vae":
            return Use(
                fitting.draft == path, why, self.tr("It shows what follows the pen, quickly.")
            )
        if role == "ip adapter":
            if not self._sights(item):
                why = self.tr("It needs an image encoder ({name}), and none was found.").format(
                    name=item.identity.detail or CLIP
                )
            said = self.tr("The picture becomes like what lies on the layer Reference.")
            return Use(fitting.likeness == path, why, said)
        kinds = self._chosen_kinds(item)
        drawn = ", ".join(words_of(kind).title for kind in kinds or self._asked_kinds(item))
        return Use(bool(kinds), why, self.tr("It reads: {drawings}.").format(drawings=drawn))

    def _not_from_here(self, item: Found, can: Capabilities) -> str:
        """Of a model that is chosen nothing for: some find what they take by themselves."""
        if can.controls and item.identity.role in (*_ONE, _UNION) and not self._alien(item):
            return self.tr(
                "The open model takes these from its own folder, or from beside its file."
            )
        return self.tr("The open model takes nothing of this kind.")

    def _alien(self, item: Found) -> str:
        """Why it is for another family, where that is known."""
        open_now = self._open()
        ours = "" if open_now is None else open_now.identity.family
        theirs = _family_of(item.identity)
        if not ours or not theirs or ours in theirs:
            return ""
        if item.identity.role == "tiny vae":
            return self.tr("It was made for another kind of model than the open one.")
        names = " / ".join(FAMILIES[family].name for family in theirs)
        return self.tr("It is for {theirs}; {ours} is open.").format(
            theirs=names, ours=FAMILIES[ours].name
        )

    def _open(self) -> Found | None:
        """The open model, as far as it was found."""
        name = self._studio.model
        return next((item for item in self._desk.found if is_model(item.path, name)), None)

    def _model_name(self) -> str:
        name = called(self._studio.model) if self._studio.model_ready else self.tr("the model")
        return as_entry(name)

    def _chosen_kinds(self, item: Found) -> tuple[str, ...]:
        open_now = self._open()
        controls = {} if open_now is None else self._desk.fitting_for(open_now.path).controls
        return tuple(kind for kind in DRAWINGS if controls.get(kind) == str(item.path))

    def _asked_kinds(self, item: Found) -> Sequence[str]:
        return DRAWINGS if item.identity.role == _UNION else (str(self.drawing.currentData()),)

    def _sights(self, adapter: Found) -> list[Found]:
        """Image encoders of the kind that it looks through."""
        wanted = "image encoder", adapter.identity.detail or CLIP
        found = self._desk.found
        return [each for each in found if (each.identity.role, each.identity.detail) == wanted]

    # ---- what the artist does ----

    def _on_use(self, on: bool) -> None:
        item = self._item
        if item is None:
            return
        role, path = item.identity.role, str(item.path)
        if role == "lora":
            others = tuple(pair for pair in self._studio.settings.loras if pair[0] != path)
            self._studio.set_setting("loras", (*others, (path, 1.0)) if on else others)
            self._show_use(item, same=True)
        elif role == "tiny vae":
            self._fit(draft=path if on else "")
        elif role == "ip adapter":
            self._fit(likeness=path if on else "", sight=self._sight_for(item) if on else "")
        else:
            self._read(item, self._asked_kinds(item) if on else ())

    def _on_drawing(self) -> None:
        """Of one that is in use, it is for this kind from now on."""
        item = self._item
        if item is not None and self._chosen_kinds(item):
            self._read(item, self._asked_kinds(item))
        elif item is not None:
            self._show_use(item, same=True)

    def _read(self, item: Found, kinds: Sequence[str]) -> None:
        """Drawings of just these kinds are read by it; of two for a kind the newer is."""
        open_now = self._open()
        if open_now is None:
            return
        path, controls = str(item.path), self._desk.fitting_for(open_now.path).controls
        kept = {kind: other for kind, other in controls.items() if other != path}
        self._fit(controls=kept | dict.fromkeys(kinds, path))

    def _fit(self, **values: object) -> None:
        open_now = self._open()
        if open_now is not None:
            self._change(open_now, values)

    def _say(self, **values: object) -> None:
        """Of the model that is shown."""
        if self._item is not None:
            self._change(self._item, values)

    def _change(self, model: Found, values: dict[str, object]) -> None:
        fitting: Fitting = self._desk.fitting_for(model.path).model_copy(update=values)
        self._desk.fit(model.path, fitting)

    def _sight_for(self, item: Found) -> str:
        """The image encoder that is as wide as the adapter wants; the first where nobody knows."""
        sights = self._sights(item)
        fitting = [sight for sight in sights if sight.identity.width == item.identity.width]
        return str((fitting or sights)[0].path)


def _family_of(identity: Identity) -> tuple[str, ...]:
    """All that a file may be for; none where nobody knows."""
    if identity.role == "tiny vae":
        fits = (
            name for name, facts in FAMILIES.items() if identity.detail.endswith(VAES[facts.vae])
        )
        return tuple(fits)
    return (identity.family,) if identity.family in FAMILIES else ()
