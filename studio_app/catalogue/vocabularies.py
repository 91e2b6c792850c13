"""Where the vocabulary of a Qwen3 or a T5 lies: text encoders in one file bring none, and it is too large to ship.

Whoever has such a file has the vocabulary too, most often: in the folder of a whole model, or in the program that draws
with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from studio_app.catalogue.places import hub_folder, own_folder
from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_dir, is_file, list_folder

ADDED = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>", "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>",
    "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>",
    "</think>",
)  # fmt: skip
"""What Qwen3 has behind the words of its vocab.json, in order."""

NAME = "qwen3_tokenizer"
"""Of the folder in which it would be looked for."""
FOLDERS = (NAME, "qwen25_tokenizer", "qwen_tokenizer", "tokenizer")
_UNDER = ("", "text_encoders", "clip", "comfy/text_encoders")
_TREES = 5
_OF_THE_HUB = ("Z-Image", "FLUX.2-klein", "Qwen3-4B")
_MOST = 256


def qwen_vocabulary(model: Path) -> Path | None:
    """A folder with the words of a Qwen3, beside a model or in the user's own folder, in a ComfyUI that the model lies
    in, or in a model of the cache of Hugging Face; None where there is none."""
    for folder in _asked(model, FOLDERS, _OF_THE_HUB):
        try:
            if _is_vocabulary(folder):
                return folder
        except (StudioError, OSError):
            continue
    return None


def t5_vocabulary(model: Path) -> Path | None:
    """A file with the words of a T5, looked for in the same places."""
    for folder in _asked(model, T5_FOLDERS, _OF_THE_HUB_T5):
        try:
            if is_file(folder / SPIECE):
                return folder / SPIECE
            if is_file(folder / WHOLE) and folder.name.startswith("t5"):
                return folder / WHOLE
        except (StudioError, OSError):
            continue
    return None


T5_NAME = "t5_tokenizer"
T5_FOLDERS = (T5_NAME, "", "tokenizer_3", "tokenizer_2", "tokenizer")
SPIECE, WHOLE = "spiece.model", "tokenizer.json"
"""As SentencePiece writes it, which only T5 and its kin have; as transformers writes all kinds."""
_OF_THE_HUB_T5 = ("PixArt", "stable-diffusion-3", "FLUX.1", "t5-v1_1")


def where_words_of_t5_go() -> str:
    own = own_folder()
    place = Path("text_encoders") if own is None else own / "text_encoders"
    return f"Put the {SPIECE} or {WHOLE} of T5 into {place / T5_NAME}"


def where_words_go() -> str:
    """The end of an error of who found none: what would go where."""
    own = own_folder()
    place = Path("text_encoders") if own is None else own / "text_encoders"
    return f"Put vocab.json and merges.txt of Qwen3 into {place / NAME}"


def _asked(model: Path, names: Sequence[str], repositories: Sequence[str]) -> Iterator[Path]:
    """names: of folders that hold words, in a tree. repositories: what theirs are called in the cache."""
    for root in (*model.absolute().parents[:_TREES], own_folder()):
        if root is not None:
            for under in _UNDER:
                yield from (root / under / name for name in names)
    hub = hub_folder()
    try:
        found = list_folder(hub) if hub is not None and is_dir(hub) else []
    except StudioError:
        return
    for repository in found[:_MOST]:
        if any(name in repository.name for name in repositories):
            snapshots = repository / "snapshots"
            for snapshot in list_folder(snapshots)[:8] if is_dir(snapshots) else []:
                inner = ("tokenizer", "tokenizer_2", "tokenizer_3")
                yield from (*(snapshot / name for name in inner), snapshot)


def _is_vocabulary(folder: Path) -> bool:
    """By the names of its files, and by whose it says that it is."""
    if not is_dir(folder):
        return False
    apart = is_file(folder / "vocab.json") and is_file(folder / "merges.txt")
    if not apart and not is_file(folder / "tokenizer.json"):
        return False
    if folder.name.startswith("qwen"):
        return True
    config = folder / "tokenizer_config.json"
    said = read_object(config).get("tokenizer_class") if is_file(config) else None
    return str(said).startswith("Qwen2Tokenizer")
