"""What pen, mouse and single keys of a widget do: it stands in no menu."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def gestures() -> tuple[tuple[str, str, str], ...]:
    """(what it does, where, how), in the order of the work; in the language of now."""
    canvas, view = _tr("Canvas"), _tr("Canvas and viewer")
    people, scene = _tr("Layer of people"), _tr("Scene")
    prompt, words = _tr("Prompt"), _tr("Text tool")
    strip, layers, viewer = _tr("Pictures"), _tr("Layers"), _tr("Viewer")
    return (
        (_tr("Zoom"), view, _tr("wheel, + and -")),
        (_tr("Pan"), view, _tr("Space or the middle button, and drag")),
        (_tr("Pan"), view, _tr("Ctrl and arrows")),
        (_tr("Turn the view"), canvas, _tr("Shift+Space and drag; Ctrl: in steps")),
        (_tr("Fit in the view"), view, "Ctrl+0"),
        (_tr("One to one"), view, "Ctrl+1"),
        (_tr("Take the colour or depth"), canvas, _tr("Ctrl and click")),
        (_tr("Straight line from the last stroke"), canvas, _tr("Shift and click")),
        (_tr("Size of the brush"), canvas, _tr("Shift and drag sideways")),
        (_tr("Brushes and colours"), canvas, _tr("right button")),
        (_tr("Menu of the layer"), canvas, _tr("Shift and right button")),
        (_tr("Give up a stroke or a drag"), canvas, _tr("Escape while it is drawn")),
        (_tr("Paint without a pointer"), canvas, _tr("arrows, then Enter")),
        (_tr("Keep what is moved or warped"), canvas, _tr("Enter; Escape gives it up")),
        (_tr("Add to a selection, take away from it"), canvas, _tr("Shift, Alt")),
        (_tr("Square or circle; from the middle"), canvas, _tr("Shift; Alt")),
        (_tr("Keep the text"), words, _tr("Ctrl+Enter; Escape gives it up")),
        (_tr("Move a joint away from its bones"), people, _tr("Alt and drag")),
        (_tr("Hide a joint, or show it"), people, _tr("double click")),
        (_tr("Next joint, next person"), people, _tr("Page Down, Home")),
        (_tr("Look around"), scene, _tr("drag the empty ground")),
        (_tr("Shift the view"), scene, _tr("Shift, and drag the empty ground")),
        (_tr("Come nearer, go away"), scene, _tr("Alt and wheel")),
        (_tr("Move in steps"), scene, _tr("Ctrl while dragging a handle")),
        (_tr("Select several things"), scene, _tr("Shift and click")),
        (_tr("Push, lift"), scene, _tr("arrows; Page Up, Page Down")),
        (_tr("Turn, tip"), scene, _tr("Alt and arrows")),
        (_tr("Larger, smaller"), scene, _tr("Alt and Page Up, Page Down")),
        (_tr("Weigh a word"), prompt, _tr("Ctrl+Up, Ctrl+Down")),
        (_tr("Earlier prompts"), prompt, _tr("Alt+Up, Alt+Down")),
        (_tr("Draw now"), prompt, "Shift+Enter"),
        (_tr("Back to the canvas"), prompt, "Escape"),
        (_tr("Back to the live picture"), viewer, "Escape"),
        (_tr("Drag the picture out as a file"), viewer, _tr("drag it; zoomed in: with Shift")),
        (_tr("Fit or one to one"), viewer, _tr("double click")),
        (_tr("Select several pictures"), strip, _tr("Ctrl or Shift and click")),
        (_tr("Restore settings and drawing"), strip, "Enter"),
        (_tr("Show a layer alone"), layers, _tr("Alt and click on the eye")),
    )  # fmt: skip


def _tr(text: str) -> str:
    return QCoreApplication.translate("ByHand", text)
