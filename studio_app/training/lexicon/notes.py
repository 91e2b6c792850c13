"""What WordNet cannot tell the lexicon: senses of the world's names, associations, and words without a picture."""

from __future__ import annotations

ANCHORS: dict[str, str] = {
    "wooden": "wood", "golden": "gold", "mossy": "moss", "metal": "metal iron steel", "slime": "slime gel",
    "leather": "leather", "cloth": "fabric", "brick": "brick", "stone": "stone rock", "crystal": "crystal quartz",
    "character": "person", "potion": "potion flask", "gem": "jewel gem", "coins": "coin", "house": "house cottage",
    "lantern": "lantern lamp", "chest": "chest:artifact coffer", "torch": "torch", "staff": "staff",
    "boulder": "boulder rock",
    "bush": "shrub", "palm": "palm_tree", "tree": "tree", "cat": "cat feline", "owl": "bird owl", "dragon": "dragon",
    "knight": "knight warrior", "wizard": "sorcerer", "ranger": "archer scout", "villager": "villager peasant",
    "robot": "robot", "king": "king", "monk": "monk priest", "ninja": "assassin", "boat": "boat ship",
    "bell": "bell", "drumstick": "drumstick meat", "goblet": "goblet cup mug", "flower": "flower", "cake": "cake",
    "cart": "cart wagon", "breastplate": "breastplate", "archway": "arch gate", "crate": "crate box",
    "vase": "vase jar", "sack": "bag sack", "boot": "boot shoe", "well": "well", "castle": "castle fortress",
    "pillar": "column", "table": "table desk", "bed": "bed", "chair": "chair", "bow": "bow", "mace": "mace",
    "midday": "noon", "moonlight": "night", "sunset": "sunset twilight", "dawn": "dawn", "grass": "grass",
    "cobblestone": "pavement", "floorboards": "floor", "volcano": "volcano", "forest": "forest", "dungeon": "dungeon",
    "dirt": "soil mud", "water": "lake water", "snow": "snow", "sand": "sand desert", "bricks": "brickwork",
    "planks": "board plank", "tiles": "tile", "weave": "weave", "marble": "marble", "bark": "bark",
    "rocket": "rocket spacecraft", "fish": "fish", "snake": "snake", "spider": "spider", "ghost": "ghost",
    "skull": "skull", "turtle": "turtle", "rabbit": "rabbit", "orb": "sphere", "axe": "ax", "grey": "grey",
    "bookshelf": "bookcase", "gravestone": "gravestone", "signpost": "sign", "stump": "log",
}  # fmt: skip
"""WordNet words whose senses stand for a name that has none, or not the right one, of its own.

word:field is that word's first sense in one field of knowledge."""

NOTES: dict[str, str] = {
    "frozen": "ice snow", "freezing": "ice snow", "frosty": "ice snow", "icicle": "ice crystal", "glacier": "ice snow",
    "frost": "ice snow", "cold": "snow ice", "wintry": "snow", "winter": "snow", "arctic": "snow ice",
    "blizzard": "snow", "burning": "lava torchlight", "fiery": "lava torchlight", "flaming": "lava torchlight",
    "fire": "torchlight torch", "flame": "torchlight torch", "hot": "lava", "magma": "lava", "ember": "lava",
    "dark": "black moonlight", "bright": "midday white", "sunny": "midday", "sunlight": "midday", "sun": "midday",
    "sunlit": "midday", "daytime": "midday", "afternoon": "midday", "nighttime": "moonlight", "midnight": "moonlight",
    "starlight": "moonlight", "starry": "moonlight", "moon": "moonlight", "moonlit": "moonlight", "evening": "sunset",
    "twilight": "sunset", "morning": "dawn midday", "foggy": "overcast", "fog": "overcast", "rainy": "overcast",
    "rain": "overcast", "cloud": "overcast", "stormy": "overcast", "storm": "overcast", "gloomy": "overcast",
    "cyberpunk": "neon", "creepy": "spooky", "scary": "spooky", "horror": "spooky", "haunted": "spooky",
    "ghostly": "spooky ghost", "candlelight": "torchlight", "firelit": "torchlight", "rusty": "copper metal",
    "rust": "copper metal", "rusted": "copper metal", "shiny": "glossy metal", "metallic": "metal", "silver": "metal",
    "silvery": "metal", "chrome": "metal", "platinum": "metal", "titanium": "metal", "gilt": "golden",
    "wooded": "forest tree", "jungle": "forest tree", "swamp": "water dirt", "sea": "water", "ocean": "water",
    "river": "water", "underwater": "water", "beach": "sand", "dune": "sand", "desert": "sand", "meadow": "grass",
    "field": "grass", "lawn": "grass", "garden": "grass flower", "park": "grass", "street": "cobblestone",
    "road": "cobblestone dirt", "path": "dirt cobblestone", "town": "cobblestone house", "village": "house",
    "cave": "dungeon stone", "cavern": "dungeon", "ruin": "pillar stone", "ruined": "pillar stone",
    "ancient": "stone mossy", "old": "wooden stone", "mouldy": "mossy", "moldy": "mossy", "lichen": "mossy stone",
    "transparent": "glass", "translucent": "glass slime", "see-through": "glass", "gooey": "slime", "sticky": "slime",
    "jelly": "slime", "goo": "slime", "magical": "crystal", "magic": "crystal", "enchanted": "crystal",
    "glowing": "crystal lava", "arcane": "crystal purple", "diamond": "gem crystal", "ruby": "gem red",
    "emerald": "gem green", "sapphire": "gem blue", "amethyst": "gem purple", "topaz": "gem yellow",
    "pearl": "gem white", "treasure": "chest coins", "loot": "chest coins", "gold": "golden yellow",
    "blade": "sword dagger", "katana": "sword", "sabre": "sword", "saber": "sword", "excalibur": "sword",
    "weapon": "sword axe", "trident": "spear sword", "arrow": "bow", "crossbow": "bow", "club": "mace hammer",
    "wand": "staff", "armor": "breastplate knight", "armour": "breastplate knight", "hat": "helmet wizard",
    "bottle": "potion", "vial": "potion", "phial": "potion", "elixir": "potion", "poison": "potion",
    "soldier": "knight", "guard": "knight", "fighter": "knight barbarian", "hero": "character knight",
    "heroine": "character", "girl": "character villager", "boy": "character villager", "woman": "character villager",
    "man": "character villager", "child": "character villager", "witch": "wizard", "magician": "wizard",
    "necromancer": "wizard", "druid": "wizard", "elf": "ranger character", "hunter": "ranger", "rogue": "ninja ranger",
    "cyborg": "robot", "machine": "robot", "mech": "robot", "queen": "king", "prince": "king", "princess": "king",
    "samurai": "knight", "gladiator": "barbarian knight", "zombie": "skeleton", "alien": "astronaut robot",
    "wolf": "cat", "dog": "cat rabbit", "fox": "cat rabbit", "puppy": "cat", "horse": "cart", "monster": "dragon",
    "wyvern": "dragon", "dinosaur": "dragon turtle", "lizard": "dragon snake", "raven": "owl", "eagle": "owl",
    "parrot": "owl", "chicken": "owl drumstick", "bat": "owl spider", "shark": "fish", "whale": "fish",
    "hut": "house", "shack": "house", "mansion": "house castle", "temple": "pillar house", "church": "tower house",
    "lighthouse": "tower", "palace": "castle tower", "dwelling": "house", "inn": "house", "shop": "house",
    "car": "cart", "carriage": "cart", "ship": "boat", "yacht": "boat", "plane": "rocket balloon",
    "aircraft": "rocket balloon", "zeppelin": "balloon", "spacecraft": "rocket", "pine": "tree", "oak": "tree wooden",
    "willow": "tree", "fern": "bush", "rose": "flower pink", "tulip": "flower", "toadstool": "mushroom",
    "fungus": "mushroom", "seat": "chair", "sofa": "chair bed", "couch": "bed chair", "stool": "chair",
    "wardrobe": "bookshelf chest", "cupboard": "bookshelf chest", "cabinet": "bookshelf chest", "pot": "cauldron vase",
    "bucket": "barrel basket", "keg": "barrel", "meat": "drumstick", "steak": "drumstick", "pie": "cake cheese",
    "cookie": "cake", "pear": "apple", "orange": "orange apple", "peach": "apple pink", "tomato": "apple red",
    "wheel": "cart shield", "crow": "owl black", "cartoon": "cel-shaded", "anime": "cel-shaded", "comic": "cel-shaded",
    "manga": "cel-shaded", "toon": "cel-shaded", "painting": "painterly", "painted": "painterly",
    "watercolor": "painterly", "watercolour": "painterly", "brushstroke": "painterly", "plasticine": "clay",
    "claymation": "clay", "retro": "pixel-art", "pixel": "pixel-art", "pixelated": "pixel-art", "8-bit": "pixel-art",
    "plastic": "glossy", "polished": "glossy", "wet": "glossy water", "overhead": "top-down", "aerial": "top-down",
    "turquoise": "teal", "aqua": "teal blue", "navy": "blue", "indigo": "purple blue", "violet": "purple",
    "lavender": "purple", "maroon": "red brown", "beige": "white brown", "cream": "white yellow", "tan": "brown",
    "lime": "green", "olive": "green", "magenta": "pink purple", "fuchsia": "pink purple", "salmon": "pink orange",
    "coral": "orange pink", "blood": "red", "bloody": "red", "gray": "grey", "charcoal": "black grey", "ash": "grey",
    "silk": "cloth", "velvet": "cloth", "wool": "cloth", "cotton": "cloth", "linen": "cloth", "fur": "cloth leather",
    "paper": "scroll book", "ivory": "bone white", "ceramic": "tiles vase", "porcelain": "tiles vase", "kitty": "cat",
    "teapot": "cauldron vase", "pan": "cauldron", "tiger": "cat", "lion": "cat", "gun": "bow", "pistol": "bow",
    "bicycle": "cart", "motorcycle": "cart", "train": "cart", "truck": "cart", "bus": "cart", "computer": "book",
    "cathedral": "castle tower", "mountain": "boulder volcano", "hill": "boulder grass", "cliff": "boulder",
    "tank": "cart", "altar": "table pillar", "statue": "pillar stone", "idol": "pillar stone", "map": "scroll",
    "letter": "scroll", "clock": "hourglass bell", "watch": "hourglass", "necklace": "ring gem", "amulet": "ring gem",
    "bracelet": "ring", "earring": "ring", "door": "archway", "window": "house", "wall": "bricks",
    "dwarf": "villager character", "orc": "barbarian character", "goblin": "character", "giant": "character",
    "fairy": "character", "angel": "character", "demon": "dragon", "devil": "dragon", "vampire": "character",
    "concrete": "stone brick", "granite": "stone", "obsidian": "black stone", "sandstone": "stone sand",
    "bamboo": "wooden", "mahogany": "wooden", "timber": "wooden", "log": "stump wooden", "bronze": "copper metal",
    "brass": "copper golden", "tin": "metal", "aluminium": "metal", "aluminum": "metal", "lead": "metal grey",
}  # fmt: skip
"""Associations: word -> names, nearest first. They come before all that WordNet says."""

STOP = (
    "a an the this that these those some any each every all both no not and or but nor so if then than as at by for "
    "from in into of off on onto out over to under up upon with without within about above after again against "
    "along among around before behind below beneath beside between beyond down during except inside like near "
    "outside past since through toward towards until via is are was were be been being am do does did has have had "
    "having can could may might must shall should will would i you he she it we they me him her us them my your his "
    "its our their mine who whom whose which what when where why how there here just only very too also more most "
    "less least much many few own same other another such one two three four five six seven eight nine ten per "
    "please make draw show picture image render"
)
"""Words that carry no picture of their own, joined by spaces."""
