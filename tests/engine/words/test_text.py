"""Prompts: syntax, tokens, weights."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from studio_app.engine.device import Device
from studio_app.engine.families.embedded import PARTS
from studio_app.engine.loading.networks import load_text_encoder
from studio_app.engine.words.text import MAX_WEIGHT, PromptEncoder, parse_weights, weight_notes


@pytest.fixture(scope="module")
def encoder(tiny_model: Path) -> PromptEncoder:
    cpu = Device(torch.device("cpu"), torch.float32)
    return PromptEncoder(*load_text_encoder(tiny_model, cpu, PARTS), cpu.place)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a potion", [("a potion", 1.0)]),
        ("a (red:1.3) potion", [("a ", 1.0), ("red", 1.3), (" potion", 1.0)]),
        ("(red)", [("red", 1.1)]),
        ("((red))", [("red", 1.21)]),
        ("[red]", [("red", 1 / 1.1)]),
        ("(a (b:2) c:1.5)", [("a ", 1.5), ("b", 3.0), (" c", 1.5)]),
        ("(a [b] c)", [("a ", 1.1), ("b", 1.0), (" c", 1.1)]),
        (r"\(red\) \\", [("(red) \\", 1.0)]),
        (r"(red \(dark\):1.5)", [("red (dark)", 1.5)]),
        ("(red : 1.5 )", [("red ", 1.5)]),
        ("(red:100)", [("red", 4.0)]),
        ("(red", [("(red", 1.0)]),
        ("red)", [("red)", 1.0)]),
        ("red:1.5)", [("red:1.5)", 1.0)]),
        ("(red]", [("(red]", 1.0)]),
        ("time 3:15", [("time 3:15", 1.0)]),
        ("(red:-1)", [("red:-1", 1.1)]),
        ("(red:1,3) a", [("red", 1.3), (" a", 1.0)]),
        ("(red:,5)", [("red", 0.5)]),
        ("((red:" + "9" * 400 + "):0)", [("red", 0.0)]),
        ("", []),
        ("()", []),
    ],
)
def test_brackets_and_numbers_weigh_words(prompt: str, expected: list[tuple[str, float]]):
    pieces = parse_weights(prompt)
    assert [text for text, _ in pieces] == [text for text, _ in expected]
    for (_, weight), (_, wanted) in zip(pieces, expected, strict=True):
        assert weight == pytest.approx(wanted)


@pytest.mark.parametrize("weight", ["-1", "1.3.2", "1e3", "+2", "1,3,5", "1.", "-"])
def test_a_weight_that_is_none_is_said(weight: str):
    (note,) = weight_notes(f"a (red:{weight}) potion")
    assert weight in note
    assert "(red:1.3)" in note


def test_a_weight_beyond_the_largest_is_said_and_others_are_not():
    assert "largest" in weight_notes("a (red:7)")[0]
    for prompt in ("a (red:1.3) (blue:0,5) [b] (c)", "time 3:15", "(ratio a:b)", "", "(x: y)"):
        assert weight_notes(prompt) == []


@given(st.text(alphabet="()[]\\:,.0159e-+ ab", max_size=60))
def test_no_prompt_gives_a_weight_that_is_no_number(prompt: str):
    weight_notes(prompt)
    for _, weight in parse_weights(prompt):
        assert 0 <= weight <= MAX_WEIGHT


def test_no_prompt_can_break_it():
    generator = torch.Generator().manual_seed(0)
    for _ in range(300):
        picks = torch.randint(0, 9, (12,), generator=generator).tolist()
        parse_weights("".join("()[]\\:1a "[i] for i in picks))


def test_tokens_of_the_kind(encoder: PromptEncoder):
    words = encoder._vocabulary
    plain = encoder.tokens("red").ids
    kind = encoder.tokens("red", "texture").ids
    bos, eos = words["<|startoftext|>"], words["<|endoftext|>"]
    assert plain[:3] == [bos, words["red</w>"], eos]
    assert kind[:4] == [bos, words["<|texture|>"], words["red</w>"], eos]
    assert len(plain) == len(kind) == 40
    assert set(plain[3:]) == {eos}


def test_weights_do_not_change_the_tokens(encoder: PromptEncoder):
    plain = encoder.tokens("a red potion").ids
    assert encoder.tokens("a (red:1.3) potion").ids == plain
    assert encoder.tokens("a (red:1.0) potion").ids == plain


def test_every_word_and_byte_is_known(encoder: PromptEncoder):
    eos = encoder._vocabulary["<|endoftext|>"]
    for text in ("red, 2 potions!", "Gräser 黒 🍎", "\t\n\x01"):
        tokens = encoder.tokens(text)
        end = tokens.ids.index(eos)
        assert eos not in tokens.ids[:end]
        assert end > 0
        assert end == 1 or set(tokens.ids[end:]) == {eos}


def test_nobody_speaks_the_reserved_tokens(encoder: PromptEncoder):
    reserved = {i for word, i in encoder._vocabulary.items() if word.startswith("<|")}
    ids = encoder.tokens("<|negative|> <|endoftext|> red").ids
    assert reserved.isdisjoint(ids[1 : ids.index(encoder._eos)])


def test_long_prompts_are_cut_and_counted(encoder: PromptEncoder):
    tokens = encoder.tokens("red " * 60, "scene")
    assert len(tokens.ids) == 40
    assert tokens.ids[-1] == encoder._eos
    assert tokens.dropped == 60 - 37
    assert encoder.tokens("red (" + "red " * 60 + ":2)").dropped > 0


def test_weights_act_monotonically(encoder: PromptEncoder):
    plain = encoder.encode("a red potion")
    assert torch.equal(encoder.encode("a (red:1.0) potion"), plain)
    weights = (0.0, 0.5, 0.8, 1.2, 1.5, 2.0)
    moves = [encoder.encode(f"a (red:{w}) potion") - plain for w in weights]
    direction = moves[-1] / moves[-1].norm()
    along = [float((move * direction).sum()) for move in moves]
    assert all(a < b for a, b in pairwise(along))
    assert along[2] < 0 < along[3]


def test_weight_zero_takes_the_word_out(encoder: PromptEncoder):
    red = encoder.encode("a (red:0) potion")
    blue = encoder.encode("a (blue:0) potion")
    torch.testing.assert_close(red, blue, atol=1e-5, rtol=0)
    assert (encoder.encode("a red potion") - encoder.encode("a blue potion")).abs().max() > 1e-3


def test_it_is_the_stock_encoding(tiny_model: Path, encoder: PromptEncoder):
    from transformers import CLIPTextModel, CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(tiny_model / "tokenizer")
    model = CLIPTextModel.from_pretrained(tiny_model / "text_encoder", dtype=torch.float32)
    prompt = "a red potion, 2 blue ones"
    ids = tokenizer(prompt, padding="max_length", truncation=True, return_tensors="pt").input_ids
    assert ids[0].tolist() == encoder.tokens(prompt).ids
    with torch.no_grad():
        stock = model(ids).last_hidden_state
    torch.testing.assert_close(encoder.encode(prompt), stock)
    ids = tokenizer("<|scene|> red", padding="max_length", return_tensors="pt").input_ids
    assert ids[0].tolist() == encoder.tokens("red", "scene").ids
