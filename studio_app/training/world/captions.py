"""What somebody might type to get a picture: a small grammar over the words of its description.

A template is text with slots in braces. Slots: t thing, c colour, m material as an adjective, n material as a noun,
g where it stands, gn the ground's name, l in what light, ln the light's name, f a filler, o outfit, w what is worn,
do what somebody is doing, x texture family. An article is written "a" and becomes "an" where it must.
"""

from __future__ import annotations

import re

import numpy as np

from studio_app.training.world import words
from studio_app.training.world.compose import PictureSpec

_CANONICAL = 0.6
"""How often a word is called by its own name and not by a synonym."""

_COMPANY, _STYLE, _VIEW, _FRONT = 0.9, 0.88, 0.6, 0.12
"""How often company, style, a view and the front view are put into words."""

_OTHERS = ("a {c} {t}", "a {c} {m} {t}", "a {m} {t}", "a {t}")
_OTHERS_UNTINTED = ("a {m} {t}", "a {m} {t}", "a {t}")

_OBJECT = (
    "{c} {t}",
    "{m} {t}",
    "{c} {m} {t}",
    "a {c} {t}",
    "a {c} {m} {t}",
    "a {m} {t}, {c}",
    "{t}, {c}, {m}",
    "{t}, {c} {n}",
    "{c} {n} {t}",
    "a {t} made of {c} {n}",
    "a {c} {t} made of {n}",
    "a {t} of {c} {n}",
    "the {c} {m} {t}",
)  # fmt: skip
"""Ways to name the subject; every kind of picture that has one begins with these."""

_OBJECT_UNTINTED = (
    "{m} {t}",
    "a {m} {t}",
    "the {m} {t}",
    "{t}, {m}",
    "{n} {t}",
    "a {t} made of {n}",
    "a {t} of {n}",
)
_CHARACTER_UNTINTED = (
    "{m} {o}",
    "a {m} {o}",
    "a {o} in {m} {w}",
    "a {o} wearing {m} {w}",
    "a {o} made of {n}",
)

_SCENE = (
    "{s}",
    "{s} {g}",
    "{s} {g}, {l}",
    "{s} {g}, {ln}",
    "{s} {l}",
    "{s}, {ln}",
    "{s}, {gn}",
    "{s}, {gn}, {ln}",
    "{s} standing {g}",
    "{s} standing {g}, {ln}",
    "{s} standing {g} {l}",
    "{s} resting {g}, {l}",
    "{s} left {g} {l}",
    "{l}, {s} {g}",
    "{l}, {s}",
    "{g}, {s}, {l}",
    "{ln}, {s} {g}",
    "{ln}, {gn}, {s}",
    "{gn}, {s}",
    "{s} {g}, {f}",
    "{s} {g}, {ln}, {f}",
    "{s} {g} {l}, {f}",
    "{s}, {f}",
    "{s}, {f}, {ln}",
    "{f}, {s} {g}",
    "{f} of {s}",
    "{f} of {s} {g}",
    "{f} of {s} {g}, {l}",
    "a picture of {s} {g}",
    "a scene with {s} {g}, {l}",
    "{s} in a game, {gn}, {ln}",
    "there is {s} {g} {l}",
    "{s} alone {g}, {ln}, {f}",
    "fantasy scene, {s} {g}, {l}, {f}",
)

_CHARACTER_SUBJECT = (
    "{c} {o}",
    "{c} {m} {o}",
    "a {c} {o}",
    "a {c} {m} {o}",
    "a {o} in {c} {w}",
    "a {o} in {c} {m} {w}",
    "a {o} wearing {c} {m} {w}",
    "a {o} dressed in {c} {n}",
    "a {m} {o}, {c}",
    "{o}, {c} {m} {w}",
    "a {c} {m} {o} character",
    "a {t} dressed as a {c} {m} {o}",
)

_CHARACTER = (
    "{s}",
    "{s} {g}",
    "{s} {g}, {l}",
    "{s} {g}, {ln}",
    "{s} {l}",
    "{s}, {ln}",
    "{s}, {gn}",
    "{s} {do}",
    "{s} {do}, {l}",
    "{s} {do} {g}",
    "{s} {do} {g}, {ln}",
    "{s} {do} {g} {l}",
    "{s}, {do}",
    "{s}, {do}, {ln}",
    "{s}, {do}, {f}",
    "{l}, {s} {do}",
    "{l}, {s} {g}",
    "{ln}, {s}",
    "{g}, {s} {do}",
    "{s} standing {g}",
    "{s} {g}, {f}",
    "{s}, {f}",
    "{s}, {f}, {ln}",
    "{f} of {s}",
    "{f} of {s} {do}",
    "{f} of {s} {do} {g}",
    "{f} of {s} {g}, {l}",
    "character design, {s}",
    "character design, {s} {do}, {l}",
    "game character, {s}",
    "game character, {s} {g}, {ln}",
    "full body, {s}",
    "full body, {s} {do}, {f}",
    "portrait of {s}, full body, {g}",
    "fantasy character, {s} {do} {g}, {l}",
)

_ISOLATED = (
    "{s}",
    "{s}, icon",
    "{s}, game icon",
    "{s}, game icon, isolated",
    "{s}, isolated",
    "{s}, isolated object",
    "{s}, isolated on grey",
    "{s} on a grey background",
    "{s} on a plain background",
    "{s}, plain background",
    "{s}, no background",
    "{s}, transparent background",
    "{s} with a transparent background",
    "{s}, game asset",
    "{s}, game item",
    "{s}, inventory icon",
    "{s}, inventory item, {f}",
    "{s}, rpg item",
    "{s}, rpg icon, {f}",
    "{s}, sprite",
    "{s}, game sprite, {f}",
    "{s}, cut out",
    "{s}, asset, {ln}",
    "{s}, isolated, {ln}",
    "{s}, isolated, {f}",
    "{s}, {f}, isolated",
    "{s}, game asset, {f}",
    "game icon of {s}",
    "icon of {s}, {f}",
    "item icon, {s}",
    "game asset, {s}",
    "isolated {f} of {s}",
    "{f} of {s}, isolated",
    "{f} of {s}, plain background",
    "sprite of {s}, transparent background",
    "a single object, {s}, {f}",
)

_TEXTURE = (
    "{c} {x}",
    "{c} {x} texture",
    "{c} {x} texture, seamless",
    "{c} {x}, seamless",
    "{c} {x}, tileable",
    "{c} {x}, tiling texture",
    "{c} {x} pattern",
    "{c} {x} surface",
    "{c} {x} material",
    "{c} {x} background",
    "seamless {c} {x}",
    "seamless {c} {x} texture",
    "seamless texture of {c} {p}",
    "seamless texture, {c} {x}",
    "tileable {c} {x}",
    "tileable {c} {x} texture",
    "tileable texture of {c} {p}, {f}",
    "tiling texture, {c} {p}",
    "texture of {c} {p}",
    "texture of {c} {p}, seamless",
    "texture, {c} {x}",
    "texture, {x}, {c}",
    "{x}, {c}",
    "{x} texture, {c}",
    "{x} texture, {c}, seamless, tileable",
    "a {c} {x} texture",
    "a seamless {c} {x} texture for a game",
    "a texture of {c} {p}",
    "a surface made of {c} {p}",
    "a pattern of {c} {p}, seamless",
    "a game texture of {c} {p}, {f}",
    "{c} {x} texture, {f}",
    "{c} {x} texture, seamless, {f}",
    "{c} {p}",
    "many {c} {p}",
    "{c} {p} from above, {ln}",
)

TEMPLATES: dict[str, tuple[str, ...]] = {
    "scene": _SCENE,
    "character": _CHARACTER,
    "isolated": _ISOLATED,
    "texture": _TEXTURE,
}

_FILLERS: dict[str, tuple[str, ...]] = {
    "tail": (
        "stylised", "hand painted", "hand painted style", "game art", "concept art", "fantasy art", "fantasy",
        "3d render", "detailed", "highly detailed", "beautiful", "soft shadows", "beautiful lighting", "cinematic",
        "high quality", "masterpiece", "cute", "cartoon style", "stylised 3d", "digital art", "charming", "rpg style",
    ),
    "head": (
        "concept art", "a painting", "a 3d render", "a picture", "a drawing", "a stylised picture", "game art",
        "a hand painted picture", "an illustration", "digital art", "a close-up", "a render",
    ),
    "texture": (
        "hand painted", "stylised", "game ready", "detailed", "high quality", "top view", "weathered", "game asset",
    ),
}  # fmt: skip

_STYLE_FILLERS = frozenset(
    {"hand painted", "hand painted style", "cartoon style", "a painting", "a hand painted picture"}
)
"""Fillers that say nothing in the core world but name a style in one that has styles."""

_WORN: dict[str, tuple[str, ...]] = {
    "knight": ("armour", "plate armour", "armor"),
    "wizard": ("robes", "a robe", "garments"),
    "ranger": ("clothes", "a cloak", "a hood and cloak"),
    "villager": ("clothes", "a tunic", "garments"),
    "robot": ("plating", "armour", "panels"),
    "monk": ("robes", "a robe", "habit"),
    "pirate": ("coat", "garments", "clothes"),
    "king": ("robes", "a cloak", "garments"),
    "ninja": ("clothes", "garments", "wraps"),
    "barbarian": ("furs", "garments", "clothes"),
    "skeleton": ("bones", "old bones"),
    "astronaut": ("suit", "space suit", "armour"),
    "chef": ("clothes", "uniform", "garments"),
}

_DOING: dict[str, tuple[str, ...]] = {
    "standing": ("standing", "standing still"),
    "relaxed": ("standing", "standing relaxed"),
    "hands_on_hips": ("with hands on hips", "standing with hands on hips"),
    "arms_crossed": ("with crossed arms",),
    "heroic": ("in a heroic pose", "standing proudly"),
    "waving": ("waving", "waving hello"),
    "pointing": ("pointing",),
    "thinking": ("thinking",),
    "cheering": ("cheering", "with raised arms"),
    "saluting": ("saluting",),
    "shrugging": ("shrugging",),
    "walking": ("walking",),
    "striding": ("walking", "striding"),
    "running": ("running",),
    "sprinting": ("running", "running fast"),
    "sneaking": ("sneaking",),
    "crouching": ("crouching",),
    "kneeling": ("kneeling",),
    "praying": ("praying",),
    "guarding": ("on guard", "ready to fight"),
    "punching": ("punching",),
    "kicking": ("kicking",),
    "sword_ready": ("ready to fight", "fighting"),
    "sword_raised": ("attacking", "fighting"),
    "sword_swing": ("attacking", "fighting"),
    "shielding": ("defending", "on guard"),
    "drawing_bow": ("aiming", "drawing a bow"),
    "aiming": ("aiming",),
    "casting": ("casting a spell",),
    "summoning": ("casting a spell", "with raised arms"),
    "channelling": ("casting a spell",),
    "staff_planted": ("standing",),
    "jumping": ("jumping",),
    "leaping": ("jumping", "leaping"),
    "flying": ("flying",),
    "dancing": ("dancing",),
    "carrying": ("carrying something",),
    "reaching": ("reaching out",),
    "wounded": ("wounded",),
    "t_pose": ("in a t-pose", "with arms spread"),
    "a_pose": ("in an a-pose",),
    "sitting_ground": ("sitting", "sitting on the ground"),
    "meditating": ("meditating", "sitting with crossed legs"),
    "bowing": ("bowing",),
    "drinking": ("drinking",),
    "torch_raised": ("holding something up",),
}


def captions(spec: PictureSpec, rng: np.random.Generator, n: int = 3) -> list[str]:
    """n different captions of two to about twenty words."""
    out: list[str] = []
    while len(out) < n:
        text = _caption(spec, rng)
        if text not in out:
            out.append(text)
    return out


def _caption(spec: PictureSpec, rng: np.random.Generator) -> str:
    templates = [t for t in TEMPLATES[spec.kind] if "{do}" not in t or spec.action in _DOING]
    template = _any(rng, templates)
    ways = _CHARACTER_SUBJECT if spec.outfit is not None else _OBJECT
    if not spec.colour:
        # The material has a colour of its own, so nothing is said of one.
        ways = _CHARACTER_UNTINTED if spec.outfit is not None else _OBJECT_UNTINTED
    subject = _any(rng, ways)
    fills = _Slots(spec, rng, template)
    if spec.company and rng.random() < _COMPANY:
        subject += " " + accompanied(spec, rng)
    text = template.replace("{s}", subject).format_map(fills)
    if spec.world != "core":
        text = styled(spec, rng, text)
    return _articles(" ".join(text.split()))


def accompanied(spec: PictureSpec, rng: np.random.Generator) -> str:
    """Where the subject stands among its company: "beside a red chest"."""
    known = words.vocabulary(spec.world)
    names: list[str] = []
    for c in spec.company:
        way = _any(rng, _OTHERS if c.colour else _OTHERS_UNTINTED)
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
        self._spec, self._rng = spec, rng
        self._leads = template.startswith("{f} of") or " {f} of" in template

    def __missing__(self, slot: str) -> str:
        spec, rng = self._spec, self._rng
        if slot == "f":
            kind = "head" if self._leads else "texture" if spec.kind == "texture" else "tail"
            fillers = _FILLERS[kind]
            if spec.world != "core":
                fillers = tuple(f for f in fillers if f not in _STYLE_FILLERS)
            return _any(rng, fillers)
            # "isolated a painting of": the article goes where an adjective comes first.
        if slot == "w":
            return _any(rng, _WORN[spec.outfit or "villager"])
        if slot == "do":
            return _any(rng, _DOING[spec.action or "standing"])
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
