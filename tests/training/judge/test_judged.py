"""What the probe judges: right where the answer is known, and absent where it cannot be believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from studio_app.training.judge import control, obedience
from studio_app.training.judge.questions import ATTRIBUTES, person, question
from studio_app.training.judge.reader import (
    Reader,
    Readings,
    Trust,
    fitting,
    trust,
)
from studio_app.training.judge.reals import Reals
from studio_app.training.world.words import CORE
from tests.training.judge.conftest import perfect

ALL = Trust({}, frozenset(ATTRIBUTES), True, True)
NONE = Trust({}, frozenset(), False, False)


def wrong(readings: Readings, slot: str, rows: slice = slice(None)) -> Readings:
    """The same, but for another word in a slot of some pictures."""
    words = {name: found.copy() for name, found in readings.words.items()}
    words[slot][rows] = (words[slot][rows] + 1) % len(CORE.label_slots()[slot])
    return replace(readings, words=words)


def test_real_renders_have_the_whole_share(reader: Reader, asked, reals: Reals):
    read = reader.read(reals.rgb)
    assert read.words["thing"].shape == (len(asked),)
    assert read.depth.shape == (len(asked), 16, 16)
    sure = perfect(asked, reals)
    figures = obedience.shares("attribute", sure, sure, asked, ALL)
    assert figures["attribute_share"][0].value == 1
    assert figures["attribute_share"][0].low == 1
    assert figures["attribute_thing_share"][0].value == 1


def test_a_wrong_word_costs_its_share(asked, reals: Reals):
    sure = perfect(asked, reals)
    figures = obedience.shares("attribute", wrong(sure, "thing"), sure, asked, ALL)
    assert figures["attribute_thing_share"][0].value == 0
    assert figures["attribute_colour_share"][0].value == 1
    assert 0 < figures["attribute_share"][0].value < 1


def test_a_figure_needs_only_the_slots_it_uses(asked, reals: Reals):
    sure = perfect(asked, reals)
    some = Trust({}, frozenset({"colour"}), False, False)
    figures = obedience.shares("attribute", sure, sure, asked, some)
    assert figures.keys() == {"attribute_share", "attribute_colour_share"}
    assert figures["attribute_share"] == figures["attribute_colour_share"]
    assert not obedience.shares("attribute", sure, sure, asked, NONE)


def test_a_judge_that_is_never_wrong_passes(reader: Reader, asked, reals, people_reals):
    people = [person(i) for i in range(len(people_reals))]
    sets = [
        (perfect(asked, reals), reals, asked),
        (perfect(people, people_reals), people_reals, people),
    ]
    found = trust(reader, sets)
    assert set(ATTRIBUTES[:5]) <= found.slots and found.depth and found.joints
    assert found.figures["probe_depth_rmse"] == 0
    assert found.figures["probe_pck"] == 1
    assert not found.failing


def test_a_judge_that_knows_nothing_does_not(reader: Reader, asked, reals: Reals):
    found = trust(reader, [(reader.read(reals.rgb), reals, asked)])
    assert not found.slots & set(ATTRIBUTES[:5]) and not found.depth
    assert "probe_thing" in found.failing and "probe_depth_rmse" in found.failing


def test_a_judge_of_another_world_does_not_fit(reader: Reader):
    assert fitting(reader, CORE.label_slots())
    assert not fitting(reader, CORE.label_slots() | {"thing": ["disc"]})


def test_depth_is_measured_against_the_real_renders(asked, reals: Reals):
    exact = control.exact_depths(reals)
    assert exact[0][0].kind == "depth" and exact[0][0].pixels.shape == reals.size
    dabs = control.painted_depths(reals)
    assert len(dabs) == len(asked)
    known = np.array(dabs[0][0].known)
    assert 0 < (known > 0).mean() < 1
    true = perfect(asked, reals)

    def off(by: float) -> Readings:
        return replace(true, depth=true.depth + by)

    figures = control.depth_figures(off(0.2), off(0.04), off(0.08), off(0.02), reals, dabs)
    assert abs(figures["depth_error_ratio"][0].value - 2) < 1e-3
    assert abs(figures["painted_depth_share"][0].value - 0.12 / 0.16) < 1e-3


def test_dabs_do_not_depend_on_how_many_there_are(reals: Reals):
    assert control.painted_depths(reals.some([0, 1]))[1] == control.painted_depths(reals)[1]


def test_poses_are_counted_by_joints(people_reals: Reals):
    people = [person(i) for i in range(len(people_reals))]
    true = perfect(people, people_reals)
    assert control.pose_figures(true, true, people_reals)["pose_pck_share"][0].value == 1
    far = replace(true, joints=true.joints + 0.5)
    assert control.pose_figures(far, true, people_reals)["pose_pck_share"][0].value < 0.1
    assert control.poses(people_reals)[0][0].pixels.any()


def test_a_negative_is_for_what_nobody_asked_for():
    questions = [question(i) for i in range(40)]
    words = {
        slot: np.array([max(q.labels[slot], 0) for q in questions]) for slot in CORE.label_slots()
    }
    sure = {slot: np.ones(len(questions), np.float32) for slot in words}
    before = Readings(words, sure, torch.zeros(40, 16, 16), torch.zeros(40, 18, 2))
    chosen = obedience.removals(before, questions, ALL)
    assert chosen and not obedience.removals(before, questions, NONE)
    for removal in chosen:
        assert removal.slot not in questions[removal.number].named
        assert removal.word == CORE.label_slots()[removal.slot][removal.label]
    rows = [r.number for r in chosen]
    asked = [questions[i] for i in rows]
    after = before.some(rows)
    figures = obedience.negative_figures(before, after, chosen, questions, ALL)
    assert figures["negative_efficacy"][0].value == 0
    assert figures["negative_other_fall"][0].value == 0
    for slot in {r.slot for r in chosen}:
        after = wrong(after, slot)
    figures = obedience.negative_figures(before, after, chosen, questions, ALL)
    assert figures["negative_efficacy"][0].value == 1
    assert figures["negative_other_fall"][0].value > 0
    assert len(asked) == len(chosen)
