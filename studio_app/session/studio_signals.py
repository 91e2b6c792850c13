"""What a studio says. All of it comes in the window's thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, Signal


class StudioSignals(QObject):
    """Signals only: a studio is one of these, and whoever needs no more of it asks for this."""

    document_changed = Signal()
    """The document is another one; after this, one of the finer signals below may follow."""
    edited = Signal()
    """The same, where a stroke is two edits: its begin and its end. What comes between is for who shows pixels; this is
    for who shows what there is, and what can be done with it."""
    changing = Signal(str)
    """Other work is on its way ("Opening knight.ora"): whatever is drawn or typed until "" would be for the one or the
    other, nobody knows. It is there then, and `work_changed` came before; or it does not come."""
    work_changed = Signal()
    """Other work comes onto the desk: no picture of the work before is to be seen any more."""
    settings_changed = Signal()
    """`document.settings` differs from before (a knob, undo, a preset)."""
    layers_changed = Signal(QRect, str)
    """(dirty pixels of the picture, id of a node or group): its pixels, people, place or looks; it may be gone."""
    frame_arrived = Signal()
    """`mailbox.take()` has something new. May be taken later, or never: the newest wins."""
    run_started = Signal(str)
    """Digest of the request of a run that the timeline will keep; previews while the pen is down don't."""
    run_finished = Signal(object)
    """RunRecord, also in `runs` now; its `final` is None where it was cancelled half way."""
    model_changed = Signal()
    """`capabilities`, `model` or `device` are others."""
    model_progress = Signal(str, float)
    """What loading does now, and how far it is, 0..1; 1 also ends a failed one."""
    message = Signal(object)
    """StudioError (something failed) or Notice (something worth knowing)."""
    reading_changed = Signal(str)
    """Name of the file that is being read, "" when it is."""
    settled = Signal(str)
    """What has succeeded ("run", "model", "read", "save", "edit"): a StudioError about it is over."""
    latency_changed = Signal(object)
    """Latency, a few times a second while something happens."""
    noted = Signal(object)
    """tuple of sentences: what of the LoRAs of the newest picture does nothing; empty where all of them fit."""
    gallery_changed = Signal()
    runs_changed = Signal()
    live_changed = Signal(bool)
    busy_changed = Signal(bool)
    """Whether a run that will be kept, or variations, are under way or waiting."""
    variation_arrived = Signal(int, object)
    """(0..8, Frame): a one-step picture of the seed `variation_seeds[i]`."""
    step_decoded = Signal(object)
    """Frame: what `decode_step` asked for."""
    engine_idle = Signal()
    """The engine has nothing left to do, nor to make quicker; for who measures."""
    saving_changed = Signal(object)
    """`saving` is another one: work can't be saved any more, or can again."""
    saved = Signal(object)
    """SavedSession that is whole on the disk."""
    copied = Signal(object)
    """Path of the folder that `save_copy` has made."""
    close_refused = Signal(object)
    """StudioError: `close` could not save the work, and the studio goes on. `leave` closes it all the same."""
    closed = Signal()
    """After `close`: everything is saved and the threads have ended (see `stuck`)."""
