"""The full world's vocabulary: the core's words first, at their old places, then everything else.

A name is one word (or hyphened), unique in its slot, and no synonym of another: labels, captions and
the lexicon all meet in it.
"""

from __future__ import annotations

from studio_app.training.world import words as core
from studio_app.training.world.words import Vocabulary, Word

THINGS: tuple[Word, ...] = (
    # weapons
    Word("dagger", ("knife", "dirk", "stiletto")),
    Word("bow", ("longbow", "hunting bow")),
    Word("spear", ("lance", "pike", "javelin")),
    Word("staff", ("magic staff", "wizard's staff")),
    Word("mace", ("morning star", "spiked club")),
    Word("scythe", ("reaper's scythe", "sickle")),
    # armour
    Word("helmet", ("helm", "knight's helmet")),
    Word("breastplate", ("cuirass", "chest armour")),
    Word("boot", ("traveller's boot", "shoe")),
    # containers
    Word("crate", ("box", "supply crate")),
    Word("vase", ("urn", "amphora", "jar")),
    Word("basket", ("wicker basket", "hamper")),
    Word("cauldron", ("witch's cauldron", "kettle")),
    Word("sack", ("bag", "pouch")),
    # treasure
    Word("ring", ("magic ring", "signet ring")),
    Word("coins", ("pile of coins", "coin stack", "money")),
    Word("scroll", ("parchment", "spell scroll")),
    Word("book", ("spellbook", "tome", "grimoire")),
    Word("orb", ("crystal ball", "magic orb")),
    # food
    Word("apple", ("fruit", "juicy apple")),
    Word("bread", ("loaf", "loaf of bread")),
    Word("cheese", ("cheese wedge", "wedge of cheese")),
    Word("cake", ("birthday cake", "layer cake")),
    Word("drumstick", ("roast meat", "meat on the bone")),
    Word("pumpkin", ("gourd", "squash")),
    Word("carrot", ("fresh carrot", "root vegetable")),
    Word("goblet", ("chalice", "cup")),
    # tools
    Word("pickaxe", ("pick", "miner's pick")),
    Word("shovel", ("spade", "gardener's spade")),
    Word("anvil", ("blacksmith's anvil", "smith's anvil")),
    Word("bell", ("church bell", "hand bell")),
    Word("hourglass", ("sandglass", "sand timer")),
    Word("candle", ("candlestick", "burning candle")),
    Word("torch", ("burning torch", "firebrand")),
    # furniture
    Word("chair", ("seat", "dining chair")),
    Word("table", ("desk", "dining table")),
    Word("bed", ("cot", "four-poster")),
    Word("bookshelf", ("bookcase", "shelf")),
    Word("throne", ("royal throne", "king's throne")),
    # plants and rocks
    Word("flower", ("blossom", "daisy")),
    Word("cactus", ("saguaro", "desert cactus")),
    Word("boulder", ("crag", "outcrop")),
    Word("palm", ("palm tree", "coconut palm")),
    Word("bush", ("shrub", "hedge")),
    Word("stump", ("tree stump", "log")),
    # buildings and ruins
    Word("well", ("water well", "wishing well")),
    Word("bridge", ("arched bridge", "footbridge")),
    Word("archway", ("arch", "ruined gate", "gateway")),
    Word("windmill", ("mill", "old mill")),
    Word("tent", ("camp tent", "pavilion")),
    Word("castle", ("fortress", "stronghold")),
    Word("pillar", ("column", "broken pillar")),
    Word("gravestone", ("tombstone", "headstone")),
    Word("signpost", ("road sign", "sign")),
    # vehicles
    Word("cart", ("wagon", "hay cart")),
    Word("boat", ("sailing boat", "ship")),
    Word("balloon", ("hot air balloon", "airship")),
    Word("rocket", ("spaceship", "space rocket")),
    # creatures
    Word("cat", ("kitten", "tomcat")),
    Word("owl", ("night owl", "bird")),
    Word("fish", ("carp", "swimming fish")),
    Word("spider", ("giant spider", "tarantula")),
    Word("snake", ("serpent", "viper")),
    Word("ghost", ("phantom", "spectre")),
    Word("dragon", ("little dragon", "drake")),
    Word("turtle", ("tortoise", "sea turtle")),
    Word("rabbit", ("bunny", "hare")),
    Word("skull", ("human skull", "death's head")),
)

OUTFITS: tuple[Word, ...] = (
    Word("monk", ("priest", "cleric", "friar")),
    Word("pirate", ("buccaneer", "sailor")),
    Word("king", ("monarch", "emperor")),
    Word("ninja", ("assassin", "thief")),
    Word("barbarian", ("viking", "berserker")),
    Word("skeleton", ("undead skeleton", "bony undead")),
    Word("astronaut", ("spaceman", "cosmonaut")),
    Word("chef", ("cook", "baker")),
)

MATERIALS: tuple[Word, ...] = (
    Word("brick", ("masonry", "bricked"), ("brick", "masonry", "fired brick")),
    Word("golden", ("gold", "gilded"), ("gold", "solid gold", "polished gold")),
    Word("copper", ("bronze", "brass"), ("copper", "bronze", "beaten copper")),
    Word("ice", ("icy", "frozen"), ("ice", "clear ice", "blue ice")),
    Word("lava", ("molten", "volcanic"), ("lava", "molten rock", "glowing lava")),
    Word("cloth", ("fabric", "woollen"), ("cloth", "fabric", "wool")),
    Word("bone", ("bony", "carved bone"), ("bone", "carved bone", "old bones")),
    Word("mossy", ("moss-grown", "overgrown"), ("moss", "soft moss", "moss and stone")),
)

UNTINTED = frozenset({"golden", "copper", "ice", "lava", "bone", "mossy"})
"""Materials that have a colour of their own: their pictures name none."""

COLOURS: tuple[Word, ...] = (
    Word("pink", ("rose", "magenta")),
    Word("brown", ("chestnut", "tan")),
    Word("grey", ("gray", "ashen")),
)

LIGHTS: tuple[Word, ...] = (
    Word(
        "dawn",
        ("sunrise", "morning light"),
        ("at dawn", "at sunrise", "in the early morning", "in soft morning light"),
    ),
    Word(
        "overcast",
        ("cloudy day", "dull daylight"),
        ("under an overcast sky", "on a cloudy day", "on a misty day", "under heavy clouds"),
    ),
    Word(
        "neon",
        ("neon glow", "cyberpunk light"),
        ("in neon light", "under neon signs", "in a neon glow", "lit by neon"),
    ),
    Word(
        "spooky",
        ("eerie", "haunted night"),
        ("in eerie light", "in a spooky glow", "in ghostly light", "lit by witchcraft"),
    ),
)

GROUNDS: tuple[Word, ...] = (
    Word("dirt", ("mud", "bare earth"), ("on dirt", "on bare earth", "on a muddy path")),
    Word("water", ("lake", "pond"), ("on water", "in shallow water", "in a pond", "on a lake")),
    Word(
        "volcano",
        ("molten ground", "lava field"),
        ("on a volcano", "among lava flows", "on molten ground", "in a lava field"),
    ),
    Word(
        "floorboards",
        ("tavern", "parquet"),
        ("on floorboards", "in a tavern", "indoors", "in a room"),
    ),
    Word("dungeon", ("crypt", "cellar"), ("in a dungeon", "in a crypt", "in a cellar")),
    Word("forest", ("woods", "woodland"), ("in a forest", "in the woods", "in a woodland")),
)

TEXTURES: tuple[Word, ...] = (
    Word("tiles", ("tile floor", "tile", "ceramic"), ("tiles", "ceramic tiles")),
    Word("plates", ("riveted plate", "plating", "sci-fi panel"), ("plates", "riveted panels")),
    Word("weave", ("woven", "textile", "burlap"), ("weave", "woven threads")),
    Word("bark", ("tree bark", "rough bark"), ("bark", "tree bark")),
    Word("marble", ("veined marble", "marbled"), ("marble", "marble slabs")),
    Word("cracks", ("cracked mud", "dried ground", "cracked"), ("cracks", "cracked clods")),
    Word("hexagons", ("honeycomb", "hexagonal"), ("hexagons", "honeycomb cells")),
    Word("waves", ("water ripple", "rippled", "wave"), ("waves", "ripples")),
)

STYLES: tuple[Word, ...] = (
    Word(
        "painterly",
        ("painterly style", "oil painting", "gouache"),
        ("in a painterly style", "with visible brush strokes", "as an oil painting"),
    ),
    Word(
        "cel-shaded",
        ("cel-shaded style", "toon shading", "comic style"),
        ("with bold outlines", "in a comic style", "in anime style"),
    ),
    Word(
        "clay",
        ("clay style", "claymation", "plasticine"),
        ("in claymation style", "as a clay model", "sculpted in plasticine"),
    ),
    Word(
        "glossy",
        ("glossy style", "shiny plastic", "vinyl toy"),
        ("with a glossy finish", "as a vinyl toy", "like shiny plastic"),
    ),
    Word(
        "pixel-art",
        ("pixel art", "16-bit", "retro pixels"),
        ("in pixel art", "as a pixel sprite", "in 16-bit style"),
    ),
)

VIEWS: tuple[Word, ...] = (
    Word("front", ("front view", "eye level"), ("from the front", "seen at eye level")),
    Word(
        "three-quarter",
        ("three-quarter view", "3/4 view"),
        ("from three quarters", "seen from the corner"),
    ),
    Word("top-down", ("top-down view", "bird's-eye view"), ("from above", "seen from above")),
    Word("isometric", ("isometric view", "isometric game"), ("in isometric view", "isometrically")),
)

RELATIONS: tuple[Word, ...] = (
    Word("beside", ("next to", "by")),
    Word("behind", ("in the back of", "at the back of")),
    Word("before", ("in front of", "ahead of")),
    Word("left", ("to the left of", "left of")),
    Word("right", ("to the right of", "right of")),
    Word("between", ("in between", "in the middle of")),
)


def _held_out() -> frozenset[tuple[str, str, str]]:
    """One combination for every new thing, spread over what can be tinted; and all of the core's."""
    tinted = [w.name for w in (*core.MATERIALS, *MATERIALS) if w.name not in UNTINTED]
    colours = [w.name for w in (*core.COLOURS, *COLOURS)]
    # Strides without a common divisor with the lengths, so that every material and colour takes part.
    new = {
        (w.name, tinted[(4 * i + 2) % len(tinted)], colours[(5 * i + 9) % len(colours)])
        for i, w in enumerate(THINGS)
    }
    return core.HELD_OUT | new


FULL = Vocabulary(
    name="full",
    things=(*core.THINGS, *THINGS),
    outfits=(*core.OUTFITS, *OUTFITS),
    materials=(*core.MATERIALS, *MATERIALS),
    colours=(*core.COLOURS, *COLOURS),
    lights=(*core.LIGHTS, *LIGHTS),
    grounds=(*core.GROUNDS, *GROUNDS),
    textures=(*core.TEXTURES, *TEXTURES),
    styles=STYLES,
    views=VIEWS,
    relations=RELATIONS,
    untinted=UNTINTED,
    held_out=_held_out(),
    thing_labels=tuple(w.name for w in (*core.THINGS, *core.TEXTURES, *THINGS, *TEXTURES)),
)
