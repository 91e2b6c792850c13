"""The left side: words, knobs, seed, size and kind; and one plain sentence about whatever is pointed at."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio_app.core.capabilities import SAMPLERS
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import acting_of
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.control_span import ControlSpan, strength_scale
from studio_app.ui.faces.registry import acting_words, controls, looked_at_words, words_of
from studio_app.ui.hint_area import HintArea, rule
from studio_app.ui.knobs import CalmComboBox, Knob, Scale
from studio_app.ui.lora_list import LoraList
from studio_app.ui.prompt_panel import PromptPanel, caption, heading
from studio_app.ui.seed_field import SeedField

WHOLE = ("steps", "clip_skip")
MOST_STEPS = 100
"""What the slider of a slow sampler goes to; a model may take more, but not while one waits."""


class SettingsPanel(QWidget):
    """Every knob of the document's settings. It shows what the studio says and changes nothing itself."""

    generate_asked = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        theme.set_role(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.prompts = PromptPanel(studio)
        self.prompts.generate_asked.connect(self.generate_asked)
        self.loras = LoraList(studio)
        self._make_fields()
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(12, theme.UNIT, 12, theme.UNIT)
        layout.setSpacing(theme.UNIT)
        layout.addWidget(self.prompts)
        layout.addWidget(rule())
        layout.addLayout(self._picture_rows())
        layout.addWidget(rule())
        for knob in (self.steps, self.guidance, self.clip_skip):
            layout.addWidget(knob)
        layout.addWidget(self.loras)
        layout.addWidget(rule())
        layout.addWidget(heading(self.tr("How strongly the drawing holds")))
        layout.addWidget(self.no_strength)
        for kind, knob in self.control_knobs.items():
            layout.addWidget(knob)
            layout.addWidget(self.spans[kind])
        layout.addWidget(self.strength)
        layout.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        body.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        self.hint = self._hint_area()
        outer.addWidget(self.hint)
        self.setMinimumWidth(296)
        self._connect()
        self._show_model()

    # Building

    def _make_fields(self) -> None:
        tr = self.tr
        self.kind = CalmComboBox(
            tr("Kind of picture"),
            tr("What sort of picture it is. Until you choose one, your words say it."),
        )
        self.guessed = QLabel(tr("Guessed from your words"))
        theme.set_role(self.guessed, "caption")
        kept = self.guessed.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # nothing jumps when one is chosen
        self.guessed.setSizePolicy(kept)
        self.size_box = CalmComboBox(
            tr("Size"), tr("Width by height in pixels; only what the model knows.")
        )
        self.sampler = CalmComboBox(
            tr("Sampler"),
            tr(
                "How noise becomes the picture: the quick way, in a few steps, or a slow one, in many."
            ),
        )
        self.steps = Knob(
            tr("Steps"),
            tr("How many times the noise is reduced. More steps refine the same composition."),
            Scale(1, 8, 4),
        )
        self.guidance = Knob(
            tr("Guidance"),
            tr("How hard the words pull. It steers; it is not quality: too much flattens variety."),
            Scale(1, 9, 4, 0.1, 1),
        )
        self.clip_skip = Knob(
            tr("Clip skip"),
            tr("From which layer of its text encoder the model is told your words; 1 is the last."),
            Scale(1, 12, 1),
        )
        share = strength_scale(None)
        words = {kind: words_of(kind) for kind in controls()}
        self.control_knobs = {
            kind: Knob(said.title, said.acting, share) for kind, said in words.items()
        }
        self.no_strength = caption(looked_at_words())
        self._acting: tuple[dict[str, tuple[float, float, float]], int] = ({}, 0)
        self.spans = {kind: ControlSpan(said.title) for kind, said in words.items()}
        self.strength = Knob(
            tr("Colour freedom"),
            tr(
                "How far the picture may go from the painted colours. 1 forgets them. Others call it strength."
            ),
            Scale(0.0, 1.0, 0.75, 0.01, 2),
        )
        self.seed = SeedField()
        wrap = tr(
            "Makes this edge run on at the opposite one, so that the picture repeats seamlessly."
        )
        self.tile_x = QCheckBox(tr("left–right"))
        self.tile_y = QCheckBox(tr("top–bottom"))
        for box, name in (
            (self.tile_x, tr("Seamless from left to right")),
            (self.tile_y, tr("Seamless from top to bottom")),
        ):
            box.setAccessibleName(name)
            box.setToolTip(wrap)

    def _picture_rows(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT)
        tiles = QHBoxLayout()
        tiles.setSpacing(theme.UNIT)
        tiles.addWidget(self.tile_x)
        tiles.addWidget(self.tile_y)
        tiles.addStretch(1)
        kind = QVBoxLayout()
        kind.setSpacing(2)
        kind.addWidget(self.kind)
        kind.addWidget(self.guessed)
        grid.addLayout(kind, 0, 1)
        named = QLabel(self.tr("Kind"))
        named.setFixedHeight(self.kind.sizeHint().height())
        grid.addWidget(named, 0, 0, Qt.AlignmentFlag.AlignTop)
        rows: list[tuple[str, QWidget | QHBoxLayout]] = [
            (self.tr("Size"), self.size_box),
            (self.tr("Sampler"), self.sampler),
            (self.tr("Seed"), self.seed),
            (self.tr("Seamless"), tiles),
        ]
        for row, (text, field) in enumerate(rows, start=1):
            grid.addWidget(QLabel(text), row, 0)
            if isinstance(field, QWidget):
                grid.addWidget(field, row, 1)
            else:
                grid.addLayout(field, row, 1)
        grid.setColumnMinimumWidth(0, 64)
        grid.setColumnStretch(1, 1)
        return grid

    def _hint_area(self) -> HintArea:
        fields: list[QWidget] = [
            self.prompts.prompt, self.prompts.negative, self.kind, self.size_box, self.sampler,
            self.seed.edit, self.seed.dice, self.seed.lock, self.tile_x, self.tile_y,
            *(field for span in self.spans.values() for field in span.fields),
        ]  # fmt: skip
        for knob in self.knobs:
            fields += [knob.label, knob.slider, knob.spin]
        return HintArea(fields)

    @property
    def knobs(self) -> tuple[Knob, ...]:
        return (
            self.steps,
            self.guidance,
            self.clip_skip,
            *self.control_knobs.values(),
            self.strength,
        )

    def _connect(self) -> None:
        studio = self._studio
        knobs = {"steps": self.steps, "guidance_scale": self.guidance, "strength": self.strength}
        knobs["clip_skip"] = self.clip_skip
        for name, knob in knobs.items():
            knob.changed.connect(
                lambda value, merge, name=name: studio.set_setting(
                    name, round(value) if name in WHOLE else value, merge=merge
                )
            )
        for kind, knob in self.control_knobs.items():
            knob.changed.connect(
                lambda value, merge, kind=kind: studio.set_acting(
                    kind, {"strength": value}, merge=merge
                )
            )
            self.spans[kind].changed.connect(
                lambda start, end, kind=kind: studio.set_acting(kind, {"start": start, "end": end})
            )
        self.kind.activated.connect(self._on_kind)
        self.size_box.activated.connect(self._on_size)
        self.sampler.activated.connect(  # the studio brings steps that the sampler can do
            lambda _: studio.set_setting("sampler", self.sampler.currentData())
        )
        self.seed.seed_changed.connect(self._on_seed)
        self.seed.lock_changed.connect(lambda on: studio.set_setting("seed_locked", on))
        self.seed.dice_thrown.connect(studio.roll_seed)
        for box in (self.tile_x, self.tile_y):
            box.clicked.connect(
                lambda _: studio.set_setting(
                    "tile", (self.tile_x.isChecked(), self.tile_y.isChecked())
                )
            )
        studio.settings_changed.connect(self._show_settings)
        studio.edited.connect(self._show_acting)  # another layer may lead its kind now
        studio.model_changed.connect(self._show_model)

    # Showing

    def _show_model(self) -> None:
        """Offers what the loaded model knows; before there is one, what the document says."""
        can = self._studio.capabilities
        kinds = can.kinds if can else ()
        samplers = can.known_samplers if can else ()
        sizes = can.sizes if can else ()
        guess = [(self.tr("Guess from my words"), None)] if kinds else []
        self.kind.fill([*((self._kind_text(kind), kind) for kind in kinds), *guess])
        self.sampler.fill([(self._sampler_text(name), name) for name in samplers])
        for place, name in enumerate(samplers):
            tip = self.tr(SAMPLERS[name].tooltip)
            self.sampler.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self.size_box.fill([(self.tr("{w} × {h}").format(w=w, h=h), (w, h)) for w, h in sizes])
        if can:
            low, high, default = can.guidance.min, can.guidance.max, can.guidance.default
            self.guidance.set_scale(Scale(low, high, default, 0.1, 1))
            self.clip_skip.set_scale(Scale(1, max(can.clip_skip, 2), 1))
        self.no_strength.setHidden(can is None or can.control_strength)
        for kind, knob in self.control_knobs.items():
            known = can is not None and can.takes(CONTENTS[kind].controls)
            for field in (knob, self.spans[kind]):
                field.setEnabled(known or can is None)
                field.setVisible(known or CONTENTS[kind].begins)
            knob.setEnabled(can is None or (known and can.control_strength))
            knob.set_scale(strength_scale(can))
            knob.set_sentence(acting_words(kind, can))
        self._acting = ({}, 0)  # on other scales it may look different
        self.clip_skip.setVisible(can is not None and can.clip_skip > 1)
        self._show_settings()

    def _show_settings(self) -> None:
        settings = self._studio.document.settings
        self.steps.set_scale(self._steps_scale(settings.sampler))
        self.steps.show_value(settings.steps)
        self.guidance.show_value(settings.guidance_scale)
        self.clip_skip.show_value(settings.clip_skip)
        self._show_acting()
        self.strength.show_value(settings.strength)
        size = (settings.width, settings.height)
        known = self._studio.capabilities is None
        plain, untrained = self.tr("{w} × {h}"), self.tr("{w} × {h} (untrained)")
        odd = (plain if known else untrained).format(w=size[0], h=size[1])
        self.kind.show_data(settings.kind, self._kind_text(settings.kind))
        self.guessed.setVisible(not settings.kind_chosen and bool(settings.prompt.strip()))
        self.sampler.show_data(settings.sampler, self._sampler_text(settings.sampler))
        self.size_box.show_data(size, odd)
        self.seed.show_seed(settings.seed, settings.seed_locked)
        for box, on in zip((self.tile_x, self.tile_y), settings.tile, strict=True):
            with QSignalBlocker(box):
                box.setChecked(on)
            box.setEnabled(
                on or self._studio.capabilities is None or self._studio.capabilities.tiling
            )

    def _show_acting(self) -> None:
        document = self._studio.document
        steps = document.settings.steps
        acting = {kind: acting_of(document, kind) for kind in self.control_knobs}
        if (acting, steps) == self._acting:
            return  # every dab comes by here
        self._acting = acting, steps
        for kind, (strength, start, end) in acting.items():
            self.control_knobs[kind].show_value(strength)
            self.spans[kind].show_span(start, end, steps)

    def _steps_scale(self, sampler: str) -> Scale:
        can = self._studio.capabilities
        if sampler not in SAMPLERS:
            return Scale(1, MOST_STEPS, 20)
        known = can.steps_of(sampler) if can else SAMPLERS[sampler].steps
        return Scale(known.min, min(known.max, MOST_STEPS), known.default)

    def _kind_text(self, kind: str) -> str:
        texts = {
            "scene": self.tr("Scene"),
            "character": self.tr("Character"),
            "isolated": self.tr("Isolated thing"),
            "texture": self.tr("Texture"),
        }
        return texts.get(kind, kind)

    def _sampler_text(self, sampler: str) -> str:
        facts = SAMPLERS.get(sampler)
        return sampler if facts is None else self.tr(facts.label)

    # What the artist does

    def _on_kind(self, _: int) -> None:
        kind = self.kind.currentData()
        if kind is not None:
            self._studio.set_setting("kind", kind)
            return
        back = {"kind_chosen": False, "tile_chosen": False}
        self._studio.set_settings(back, self.tr("Guess the kind"))
        self._show_settings()  # where nothing changed, the box still shows what was clicked

    def _on_size(self, _: int) -> None:
        self._studio.set_size(*self.size_box.currentData())

    def _on_seed(self, seed: object) -> None:
        if seed != self._studio.document.settings.seed:
            self._studio.set_setting("seed", seed)
