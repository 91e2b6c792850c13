"""What somebody might type to get a picture: a small grammar over the words of its description.

A template is text with slots in braces. Slots: t thing, c colour, m material as an adjective, n material as a noun,
g where it stands, gn the ground's name, l in what light, ln the light's name, f a filler, o outfit, w what is worn,
do what somebody is doing, x texture family. An article is written "a" and becomes "an" where it must.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from studio_app.training.world import words
from studio_app.training.world.blockouts import BLOCKOUT, SAID
from studio_app.training.world.compose import PictureSpec
from studio_app.training.world.templates import (
    CHARACTER_SUBJECT,
    CHARACTER_UNTINTED,
    DOING,
    FILLERS,
    OBJECT,
    OBJECT_UNTINTED,
    OTHERS,
    OTHERS_UNTINTED,
    STYLE_FILLERS,
    TEMPLATES,
    WORN,
)

_CANONICAL = 0.6
"""How often a word is called by its own name and not by a synonym."""

_COMPANY, _STYLE, _VIEW, _FRONT = 0.9, 0.88, 0.6, 0.12
"""How often company, style, a view and the front view are put into words."""

_NAMES = {
    "t": "thing", "o": "thing", "x": "thing", "p": "thing", "c": "colour", "m": "material", "n": "material",
    "g": "ground", "gn": "ground", "l": "light", "ln": "light", "do": "action",
}  # fmt: skip
"""What a slot of a template says, as the labels call it."""


@dataclass(frozen=True)
class Told:
    """A caption and what it names: label slots (thing, material, colour, light, ground, style, view, relation,
    companion), and "action" where it says what somebody does."""

    text: str
    slots: frozenset[str]


def captions(spec: PictureSpec, rng: np.random.Generator, n: int = 3) -> list[str]:
    """n different captions of two to about twenty words."""
    out: list[str] = []
    while len(out) < n:
        text = told(spec, rng).text
        if text not in out:
            out.append(text)
    return out


def told(spec: PictureSpec, rng: np.random.Generator) -> Told:
    """One caption, and what it names."""
    templates = [t for t in TEMPLATES[spec.kind] if "{do}" not in t or spec.action in DOING]
    template = _any(rng, templates)
    ways = CHARACTER_SUBJECT if spec.outfit is not None else OBJECT
    if not spec.colour:
        # The material has a colour of its own, so nothing is said of one.
        ways = CHARACTER_UNTINTED if spec.outfit is not None else OBJECT_UNTINTED
    subject = _any(rng, ways)
    fills = _Slots(spec, rng, template)
    accompanies = bool(spec.company) and rng.random() < _COMPANY
    if accompanies:
        subject += " " + accompanied(spec, rng)
    text = template.replace("{s}", subject).format_map(fills)
    slots = {_NAMES[slot] for slot in fills.asked if slot in _NAMES}
    if spec.thing == BLOCKOUT:
        slots.discard("thing")
    if accompanies:
        slots |= {"relation", "companion"}
    if spec.world != "core":
        plain, text = text, styled(spec, rng, text)
        slots |= _named(spec, text.replace(plain, ""))
    return Told(_articles(" ".join(text.split())), frozenset(slots))


def _named(spec: PictureSpec, added: str) -> set[str]:
    """Which of style and view `styled` has added."""
    known = words.vocabulary(spec.world)
    named: set[str] = set()
    for slot, value in (("style", spec.style), ("view", spec.view)):
        word = known.word(slot, value) if value else None
        if word is not None and any(way in added for way in (*word.names, *word.phrases)):
            named.add(slot)
    return named


def accompanied(spec: PictureSpec, rng: np.random.Generator) -> str:
    """Where the subject stands among its company: "beside a red chest"."""
    known = words.vocabulary(spec.world)
    names: list[str] = []
    for c in spec.company:
        way = _any(rng, OTHERS if c.colour else OTHERS_UNTINTED)
        values = {
            "t": _weighted(rng, known.word("thing", c.thing).names),
            "m": _weighted(rng, known.word("material", c.material).names),
            "c": _weighted(rng, known.word("colour", c.colour).names) if c.colour else "",
        }
        names.append(way.format_map(values))
    said = known.word("relation", spec.company[0].relation)
    # "left a chest" says nothing; "to the left of a chest" does.
    relation = _weighted(rng, said.synonyms if said.name in ("left", "right") else said.names)
    if len(names) == 1:
        return f"{relation} {names[0]}"
    return f"{relation if rng.random() < 0.6 else 'with'} {names[0]} and {names[1]}"


def styled(spec: PictureSpec, rng: np.random.Generator, text: str) -> str:
    """The caption with what the full world says of style and view, before it or after it."""
    known = words.vocabulary(spec.world)
    if spec.style and rng.random() < _STYLE:
        word = known.word("style", spec.style)
        way = int(rng.integers(3))
        if way == 0:
            text = f"{_weighted(rng, word.names)}, {text}"
        elif way == 1:
            text = f"{text}, {_weighted(rng, word.names)}"
        else:
            text = f"{text} {_any(rng, word.phrases)}"
    said = _VIEW if spec.view != "front" else _FRONT
    if spec.kind != "texture" and rng.random() < said:
        word = known.word("view", spec.view)
        names = word.synonyms if word.name == "front" else word.names
        way = int(rng.integers(3))
        if way == 0:
            text = f"{_weighted(rng, names)}, {text}"
        elif way == 1:
            text = f"{text}, {_weighted(rng, names)}"
        else:
            text = f"{text}, {_any(rng, word.phrases)}"
    return text


class _Slots(dict[str, str]):
    """Says a slot when it is asked for, so that only what a template uses is drawn."""

    def __init__(self, spec: PictureSpec, rng: np.random.Generator, template: str) -> None:
        super().__init__()
        self.asked: set[str] = set()
        self._spec, self._rng = spec, rng
        self._leads = template.startswith("{f} of") or " {f} of" in template

    def __missing__(self, slot: str) -> str:
        spec, rng = self._spec, self._rng
        self.asked.add(slot)
        if slot == "f":
            kind = "head" if self._leads else "texture" if spec.kind == "texture" else "tail"
            fillers = FILLERS[kind]
            if spec.world != "core":
                fillers = tuple(f for f in fillers if f not in STYLE_FILLERS)
            return _any(rng, fillers)
            # "isolated a painting of": the article goes where an adjective comes first.
        if slot == "t" and spec.thing == BLOCKOUT:
            return _any(rng, SAID)
        if slot == "w":
            return _any(rng, WORN[spec.outfit or "villager"])
        if slot == "do":
            return _any(rng, DOING[spec.action or "standing"])
        name, value = {
            "t": ("thing", spec.thing),
            "o": ("outfit", spec.outfit),
            "c": ("colour", spec.colour),
            "m": ("material", spec.material),
            "n": ("material", spec.material),
            "g": ("ground", spec.ground),
            "gn": ("ground", spec.ground),
            "l": ("light", spec.light),
            "ln": ("light", spec.light),
            "x": ("texture", spec.texture),
            "p": ("texture", spec.texture),
        }[slot]
        word = words.vocabulary(spec.world).word(name, value or "")
        if slot in ("n", "g", "l", "p"):
            return _weighted(rng, word.phrases)
        return _weighted(rng, word.names)


def _any(rng: np.random.Generator, options: list[str] | tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def _weighted(rng: np.random.Generator, names: tuple[str, ...]) -> str:
    """The first name most of the time."""
    if len(names) == 1 or rng.random() < _CANONICAL:
        return names[0]
    return _any(rng, names[1:])


def _articles(text: str) -> str:
    """One article where two met, and "an" before a vowel."""
    text = re.sub(r"\b(isolated) (an?|the) ", r"\1 ", text)
    text = re.sub(r"\b(\w+ )?(a|an) (a|an|the) ", lambda m: f"{m[1] or ''}{m[3]} ", text)
    text = re.sub(r"\bin (\w[\w ]*?) (a|an) (robe|cloak|hood|tunic)\b", r"in a \1 \3", text)
    text = re.sub(
        r"\bwearing (\w[\w ]*?) (a|an) (robe|cloak|hood|tunic)\b", r"wearing a \1 \3", text
    )
    text = re.sub(r", (\w[\w ]*?) (a|an) (robe|cloak|hood|tunic)\b", r", a \1 \3", text)
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", re.sub(r"\ban (?=[^aeiou\W])", "a ", text))
