"""What a window finds as it was left, and leaves for the next one: layout, keys, tools, prompts, theme."""

from __future__ import annotations

from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui import asking, theme
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.keys.key_table import KeyTable
from studio_app.ui.panels import Panels
from studio_app.ui.prompt_panel import PromptPanel
from studio_app.ui.window_state import (
    MOST_PROMPTS,
    KeptKeys,
    WindowState,
    load_window_state,
    save_window_state,
)


class WindowMemory:
    """Read before the window is made, since its theme is known then; `wake` once its parts are there.

    on: whether anything is read and written at all. broken: what could not be read, or None.
    """

    def __init__(self, on: bool) -> None:
        self._on = on
        self.broken: Notice | None = None
        self._state = WindowState()
        if on:
            self._state, self.broken = load_window_state()
        self._base = self._state

    @property
    def theme(self) -> theme.ThemeName:
        return self._state.theme

    def set_theme(self, name: theme.ThemeName) -> None:
        self._state = self._state.model_copy(update={"theme": name})

    def wake(
        self, studio: Studio, panels: Panels, keys: KeyTable, tools: ToolState, prompts: PromptPanel
    ) -> None:
        """Brings the parts of a window to what they were."""
        state = self._state
        self._panels, self._keys, self._tools, self._prompts = panels, keys, tools, prompts
        panels.restore(state)
        keys.take(state.keys)
        asking.folders.update(state.folders)
        tools.restore(state.tools)
        prompts.prompt.history.entries = list(state.prompts)
        prompts.negative.history.entries = list(state.negative_prompts)
        # As the parts say it themselves: only what is another later was changed by the artist.
        self._base = state.model_copy(
            update={"tools": tools.saved(), "folders": dict(asking.folders)}
        )
        self._kept = KeptKeys(keys, studio) if self._on else None

    def save(self) -> None:
        """As it is now, for the next window. StudioError where it can't be written."""
        prompt, negative = self._prompts.prompt.history, self._prompts.negative.history
        self._state = self._state.model_copy(
            update={
                **self._panels.saved(),
                "folders": dict(asking.folders),
                "tools": self._tools.saved(),
                "keys": self._keys.chosen,
                "prompts": prompt.entries[-MOST_PROMPTS:],
                "negative_prompts": negative.entries[-MOST_PROMPTS:],
            }
        )
        if self._kept is None:
            return
        base = self._base.model_copy(update={"keys": self._kept.written})
        save_window_state(self._state, base=base, fresh=prompt.fresh, fresh_negative=negative.fresh)
