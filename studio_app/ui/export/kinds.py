"""The kinds that can be exported, in the order of their buttons: a new one is its page, and its line here."""

from __future__ import annotations

from studio_app.ui.export.control_page import ControlPage
from studio_app.ui.export.fields import Page
from studio_app.ui.export.picture_page import PicturePage
from studio_app.ui.export.sheet_page import SheetPage
from studio_app.ui.export.sprite_page import SpritePage
from studio_app.ui.export.texture_page import TexturePage

KINDS: tuple[type[Page], ...] = (PicturePage, SpritePage, SheetPage, TexturePage, ControlPage)
