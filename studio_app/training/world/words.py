"""Vocabularies: what can be drawn, what it can be called, and what training never shows; and the core world's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Word:
    """A canonical name, and other ways to say it.

    synonyms: stand where the name stands. phrases: nouns for a material ("made of oak"), adverbs of place or
    time for a ground or a light ("on fresh snow", "at dusk"), plurals for a texture.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.synonyms)


KINDS: tuple[str, ...] = ("scene", "character", "isolated", "texture")

THINGS: tuple[Word, ...] = (
    Word("potion", ("flask", "elixir", "potion bottle", "elixir bottle", "magic potion")),
    Word("sword", ("blade", "broadsword", "longsword")),
    Word("shield", ("buckler", "knight's shield")),
    Word("axe", ("battle axe", "war axe", "hatchet")),
    Word("hammer", ("war hammer", "mallet", "maul")),
    Word("chest", ("treasure chest", "coffer", "loot chest")),
    Word("barrel", ("cask", "keg")),
    Word("crown", ("royal crown", "king's crown", "diadem")),
    Word("gem", ("jewel", "gemstone")),
    Word("key", ("old key", "skeleton key")),
    Word("mushroom", ("toadstool", "giant mushroom")),
    Word("tree", ("little tree", "fantasy tree")),
    Word("tower", ("castle tower", "watchtower", "turret")),
    Word("house", ("cottage", "cabin", "hut")),
    Word("lantern", ("lamp", "oil lantern")),
    Word("character", ("hero", "person", "figure", "adventurer")),
)

OUTFITS: tuple[Word, ...] = (
    Word("knight", ("paladin", "armoured knight", "warrior")),
    Word("wizard", ("mage", "sorcerer", "warlock")),
    Word("ranger", ("archer", "hooded ranger", "scout")),
    Word("villager", ("peasant", "farmer", "townsman")),
    Word("robot", ("android", "automaton", "golem")),
)

MATERIALS: tuple[Word, ...] = (
    Word("wooden", ("wood", "timber", "carved wood"), ("wood", "carved wood", "oak")),
    Word("stone", ("rock", "carved stone", "granite"), ("stone", "rock", "granite")),
    Word("metal", ("iron", "steel", "metallic"), ("metal", "iron", "polished steel")),
    Word("glass", ("glassy", "transparent glass"), ("glass", "clear glass", "blown glass")),
    Word("leather", ("leathery", "hide"), ("leather", "stitched leather", "hide")),
    Word("crystal", ("crystalline", "glowing crystal"), ("crystal", "magic crystal", "quartz")),
    Word("slime", ("slimy", "gooey", "jelly"), ("slime", "goo", "jelly")),
)

COLOURS: tuple[Word, ...] = (
    Word("red", ("crimson", "scarlet", "ruby red")),
    Word("orange", ("tangerine", "amber")),
    Word("yellow", ("golden yellow", "lemon yellow")),
    Word("green", ("emerald", "leaf green")),
    Word("teal", ("turquoise", "cyan")),
    Word("blue", ("azure", "cobalt blue", "royal blue")),
    Word("purple", ("violet", "magic purple")),
    Word("white", ("ivory", "snow white")),
    Word("black", ("jet black", "ebony", "dark")),
)

LIGHTS: tuple[Word, ...] = (
    Word(
        "midday",
        ("noon", "daylight", "bright sunlight"),
        ("at midday", "in bright daylight", "at noon", "under a clear sky", "in the midday sun"),
    ),
    Word(
        "sunset",
        ("golden hour", "dusk", "evening light"),
        ("at sunset", "at golden hour", "at dusk", "in warm evening light", "under a sunset sky"),
    ),
    Word(
        "moonlight",
        ("night", "moonlit night"),
        ("in moonlight", "at night", "under the moon", "on a moonlit night", "by moonlight"),
    ),
    Word(
        "torchlight",
        ("firelight", "warm torchlight"),
        ("by torchlight", "in torchlight", "lit by fire", "in warm firelight", "lit by a torch"),
    ),
)

GROUNDS: tuple[Word, ...] = (
    Word(
        "grass", ("meadow", "lawn"), ("on grass", "on a meadow", "in the grass", "on green grass")
    ),
    Word(
        "sand", ("desert", "beach"), ("on sand", "in the desert", "on a sandy beach", "in the sand")
    ),
    Word("snow", ("winter",), ("on snow", "in the snow", "on fresh snow", "in a snowy field")),
    Word(
        "cobblestone",
        ("cobbles", "stone pavement"),
        ("on cobblestone", "on cobblestones", "on a paved square", "on a cobbled street"),
    ),
)

TEXTURES: tuple[Word, ...] = (
    Word("bricks", ("brick wall", "brick", "brickwork"), ("bricks", "brick blocks")),
    Word("planks", ("plank floor", "plank", "boards"), ("planks", "boards")),
    Word("pebbles", ("pebble ground", "pebble", "round stones"), ("pebbles", "round pebbles")),
    Word("scales", ("dragon scale", "scale", "fish scales"), ("scales", "dragon scales")),
)


HELD_OUT: frozenset[tuple[str, str, str]] = frozenset(
    {
        ("potion", "glass", "teal"),
        ("potion", "stone", "yellow"),
        ("sword", "crystal", "orange"),
        ("sword", "metal", "green"),
        ("shield", "wooden", "blue"),
        ("shield", "glass", "red"),
        ("axe", "slime", "purple"),
        ("axe", "metal", "yellow"),
        ("hammer", "stone", "blue"),
        ("chest", "metal", "white"),
        ("chest", "leather", "purple"),
        ("barrel", "wooden", "teal"),
        ("crown", "crystal", "blue"),
        ("crown", "leather", "green"),
        ("gem", "metal", "orange"),
        ("key", "glass", "black"),
        ("mushroom", "slime", "blue"),
        ("mushroom", "stone", "red"),
        ("tree", "crystal", "white"),
        ("tower", "wooden", "purple"),
        ("house", "stone", "orange"),
        ("house", "slime", "teal"),
        ("lantern", "leather", "yellow"),
        ("character", "leather", "black"),
    }
)
"""(thing, material, colour) that training never shows: what the model makes of them is not remembered."""


@dataclass(frozen=True)
class Vocabulary:
    """All words of one world, by slot, in label order.

    untinted: materials with a colour of their own. thing_labels: names of the label slot "thing" in index order.
    """

    name: str
    things: tuple[Word, ...]
    outfits: tuple[Word, ...]
    materials: tuple[Word, ...]
    colours: tuple[Word, ...]
    lights: tuple[Word, ...]
    grounds: tuple[Word, ...]
    textures: tuple[Word, ...]
    held_out: frozenset[tuple[str, str, str]]
    thing_labels: tuple[str, ...]
    styles: tuple[Word, ...] = ()
    views: tuple[Word, ...] = ()
    relations: tuple[Word, ...] = ()
    untinted: frozenset[str] = frozenset()

    @cached_property
    def slots(self) -> dict[str, tuple[Word, ...]]:
        """Words by the name of their slot; a slot that this world lacks is empty."""
        return {
            "thing": self.things,
            "outfit": self.outfits,
            "material": self.materials,
            "colour": self.colours,
            "light": self.lights,
            "ground": self.grounds,
            "texture": self.textures,
            "style": self.styles,
            "view": self.views,
            "relation": self.relations,
        }

    def word(self, slot: str, name: str) -> Word:
        """The word of a slot by its canonical name. Raises KeyError."""
        for w in self.slots[slot]:
            if w.name == name:
                return w
        raise KeyError(f"{slot}: {name}")

    def label_slots(self) -> dict[str, list[str]]:
        """Canonical names by label slot, in index order: what `compose.labels` counts in.

        The thing slot holds things and texture families. The full world's lists begin with the core's.
        """
        out = {
            "kind": list(KINDS),
            "thing": list(self.thing_labels),
            "material": [w.name for w in self.materials],
            "colour": [w.name for w in self.colours],
            "light": [w.name for w in self.lights],
            "ground": [w.name for w in self.grounds],
        }
        if self.styles:
            out["style"] = [w.name for w in self.styles]
            out["view"] = [w.name for w in self.views]
            out["relation"] = [w.name for w in self.relations]
            out["companion"] = [w.name for w in self.things]
        return out


CORE = Vocabulary(
    name="core",
    things=THINGS,
    outfits=OUTFITS,
    materials=MATERIALS,
    colours=COLOURS,
    lights=LIGHTS,
    grounds=GROUNDS,
    textures=TEXTURES,
    held_out=HELD_OUT,
    thing_labels=tuple(w.name for w in (*THINGS, *TEXTURES)),
)


def vocabulary(name: str) -> Vocabulary:
    """The vocabulary "core" or "full". Raises KeyError."""
    if name == "core":
        return CORE
    from studio_app.training.world.words_full import FULL

    return {"full": FULL}[name]
