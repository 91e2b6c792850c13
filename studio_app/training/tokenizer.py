"""Builds the model's CLIPTokenizer: byte-level BPE over our captions and common English words.

Like CLIP's own vocabulary it holds all 256 bytes twice, inside a word and at its end (`</w>`): a
vocabulary that leaves any out turns "," or "2" into `<|endoftext|>` in mid-prompt.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from transformers import CLIPTokenizer

from studio_app.core.files import write_text_atomic
from studio_app.core.resources import packed_bytes
from studio_app.training.data import KINDS

END = "</w>"
BOS, EOS, NEGATIVE = "<|startoftext|>", "<|endoftext|>", "<|negative|>"
# <|negative|> is spare: the first checkpoints read appended negative prompts, and its row stays in the vocabulary.
RESERVED = (BOS, EOS, NEGATIVE, *(f"<|{kind}|>" for kind in KINDS))

# CLIP's own pre-tokens: letters, single digits, runs of anything else.
_PIECES = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+")


def build_tokenizer(captions: Iterable[str], size: int, tokens: int) -> CLIPTokenizer:
    """A tokenizer of about `size` tokens for sequences of `tokens`.

    Every word of the captions becomes one token as far as the size allows; English words share what
    is left. The reserved tokens are in the vocabulary and never split.
    """
    counts: Counter[str] = Counter()
    for caption in captions:
        counts.update(_PIECES.findall(caption.lower()))
    corpus = {word: 1000 + number for word, number in counts.items()}
    for word in english_words():
        corpus.setdefault(word, 5)
    merges = _learn_merges(corpus, size)
    alphabet = sorted(_byte_letters())
    entries = [*alphabet, *(letter + END for letter in alphabet)]
    known = set(entries)
    kept: list[tuple[str, str]] = []
    for left, right in merges:
        if len(entries) + len(RESERVED) >= size:
            break
        kept.append((left, right))
        if left + right not in known:
            known.add(left + right)
            entries.append(left + right)
    vocabulary = {entry: index for index, entry in enumerate([*entries, *RESERVED])}
    return CLIPTokenizer(
        vocab=vocabulary,
        merges=kept,  # type: ignore[arg-type]
        model_max_length=tokens,
        additional_special_tokens=list(RESERVED[2:]),
    )


def english_words() -> list[str]:
    """The checked-in list of common words (resources/words/english.txt.xz)."""
    return packed_bytes("words", "english.txt.xz").decode().split()


def unknown_words(captions: Iterable[str]) -> list[str]:
    """Common words that no caption uses: strewn into captions so that they change nothing."""
    used: set[str] = set()
    for caption in captions:
        used.update(_PIECES.findall(caption.lower()))
    return [word for word in english_words() if word not in used and len(word) > 2]


def save_tokenizer(tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Writes the tokenizer's files into `folder`, each atomically. They are long lists of JSON, which would take twice
    the room with indents."""
    with tempfile.TemporaryDirectory() as temporary:
        tokenizer.save_pretrained(temporary)
        for path in sorted(Path(temporary).iterdir()):
            value = json.loads(path.read_bytes())
            said = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            write_text_atomic(folder / path.name, said + "\n")


def load_tokenizer(folder: Path) -> CLIPTokenizer:
    """Reads what `save_tokenizer` wrote."""
    tokenizer: Any = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    return tokenizer


def _learn_merges(corpus: dict[str, int], count: int) -> list[tuple[str, str]]:
    """Byte-pair encoding (Sennrich et al. 1508.07909): the `count` most frequent pairs, in order.

    Our own, because the tokenizers library breaks ties by the order of a hash table: two runs of one
    recipe would number their tokens differently.
    """
    letters = _byte_letters()
    words: list[list[str]] = []
    for word in sorted(corpus):
        symbols = [letters[byte] for byte in word.encode("utf-8")]
        words.append([*symbols[:-1], symbols[-1] + END])
    weights = [corpus[word] for word in sorted(corpus)]
    totals: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], set[int]] = {}
    for number, symbols in enumerate(words):
        for pair in pairwise(symbols):
            totals[pair] += weights[number]
            places.setdefault(pair, set()).add(number)
    merges: list[tuple[str, str]] = []
    while totals and len(merges) < count:
        best = max(totals.items(), key=lambda item: (item[1], item[0]))[0]
        merges.append(best)
        for number in sorted(places[best]):
            for pair in pairwise(words[number]):
                totals[pair] -= weights[number]
                if totals[pair] <= 0:
                    del totals[pair]
            words[number] = _merged(words[number], best)
            for pair in pairwise(words[number]):
                totals[pair] += weights[number]
                places.setdefault(pair, set()).add(number)
        totals.pop(best, None)
    return merges


def _merged(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    result: list[str] = []
    i = 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            result.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            result.append(symbols[i])
            i += 1
    return result


def _byte_letters() -> list[str]:
    """The printable letter that stands for each byte (GPT-2, `bytes_to_unicode`)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    shifted = (chr(256 + n) for n in range(256))
    return [chr(byte) if byte in plain else next(shifted) for byte in range(256)]
