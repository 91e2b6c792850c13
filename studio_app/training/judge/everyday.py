"""Words that artists use and nobody taught: written down by hand, without asking the lexicon what it knows.

So the lexicon is measured too, not only the model behind it.
"""

from __future__ import annotations

SAID_AS = ("colour", "material", "thing", "ground", "light")
"""Slots of an everyday sentence."""

EVERYDAY: dict[str, tuple[str, ...]] = {
    "potion": ("vial", "brew", "tonic", "philtre", "phial"),
    "sword": ("sabre", "rapier", "katana", "cutlass", "scimitar"),
    "shield": ("targe", "aegis", "escutcheon"),
    "axe": ("tomahawk", "cleaver", "halberd"),
    "hammer": ("sledgehammer", "sledge", "gavel"),
    "chest": ("trunk", "strongbox", "crate", "locker"),
    "barrel": ("hogshead", "tun", "drum"),
    "crown": ("tiara", "coronet", "circlet"),
    "gem": ("diamond", "brilliant", "gemstones"),
    "key": ("passkey", "latchkey", "keys"),
    "mushroom": ("fungus", "champignon", "morel"),
    "tree": ("willow", "birch", "maple", "pine"),
    "tower": ("minaret", "spire", "steeple", "belfry"),
    "house": ("bungalow", "chalet", "villa", "shack", "home"),
    "lantern": ("lanterns", "nightlight", "streetlamp"),
    "knight": ("cavalier", "crusader", "soldier"),
    "wizard": ("magician", "enchanter", "magus"),
    "ranger": ("bowman", "woodsman", "hunter"),
    "villager": ("shepherd", "commoner", "labourer"),
    "robot": ("droid", "cyborg", "machine"),
    "wooden": ("oaken", "timbered", "woody"),
    "stone": ("marble", "slate", "limestone"),
    "metal": ("bronze", "brass", "tin"),
    "glass": ("vitreous", "glazed", "crystalware"),
    "leather": ("suede", "rawhide", "calfskin"),
    "crystal": ("prismatic", "crystallised", "glimmering"),
    "slime": ("ooze", "gelatinous", "gunk"),
    "red": ("maroon", "cherry", "vermilion", "blood-red"),
    "orange": ("apricot", "carroty", "orangish"),
    "yellow": ("canary", "saffron", "mustard", "yellowish"),
    "green": ("olive", "lime", "jade"),
    "teal": ("aquamarine", "aqua", "greenish-blue"),
    "blue": ("navy", "sapphire", "indigo", "cerulean"),
    "purple": ("lavender", "lilac", "mauve"),
    "white": ("pearly", "chalky", "milky"),
    "black": ("inky", "sooty", "pitch-black"),
    "midday": ("noontide", "sunshine", "daytime"),
    "sunset": ("twilight", "sundown", "nightfall"),
    "moonlight": ("midnight", "moonbeam", "moonshine"),
    "torchlight": ("candlelight", "campfire", "bonfire"),
    "grass": ("turf", "pasture", "prairie", "grassland"),
    "sand": ("dune", "seashore", "beaches"),
    "snow": ("frost", "blizzard", "snowfall"),
    "cobblestone": ("flagstone", "paving", "plaza"),
    "bricks": ("masonry", "adobe"),
    "planks": ("floorboards", "lumber", "parquet"),
    "pebbles": ("gravel", "shingle"),
    "scales": ("snakeskin", "lizard"),
}  # fmt: skip
"""Canonical word of the core world -> what it is called elsewhere."""
