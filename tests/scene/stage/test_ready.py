from __future__ import annotations

import json

import numpy as np

from studio_app.scene.stage.look import look
from studio_app.scene.stage.ready import ready_scenes
from studio_app.scene.stage.stage import GROUND
from studio_app.scene.stage.stage_json import from_json, to_json


def test_there_are_four_and_each_fills_its_picture() -> None:
    scenes = {ready.name: ready for ready in ready_scenes()}
    assert list(scenes) == ["tower", "potions", "room", "tile"]
    for name, ready in scenes.items():
        seen = look(ready.stage, (128, 128))
        things = {int(number) for number in np.unique(seen.ids)} - {0, GROUND}
        assert len(things) > 0.75 * len(ready.stage.items)
        assert ((seen.ids != 0) & (seen.ids != GROUND)).mean() > 0.15
        assert len(np.unique(seen.depth)) > 500
        assert ready.title
        people = seen.people
        assert len(people) == (name in ("tower", "room"))
        assert (people[..., 2].sum(-1) >= 15).all()
        again = from_json(json.loads(json.dumps(to_json(ready.stage))), name)
        assert again == ready.stage


def test_they_are_what_they_are_called() -> None:
    scenes = {ready.name: ready.stage for ready in ready_scenes()}
    assert scenes["tile"].camera.fov is None
    assert not scenes["tile"].ground
    room = scenes["room"].camera
    assert room.eye[0] == room.target[0] == 0  # one point: it looks straight at the back wall
    assert room.eye[1] == room.target[1]
    tower = look(scenes["tower"], (96, 96))
    figure = scenes["tower"].figures[0].id
    built = next(item.id for item in scenes["tower"].items if item.name == "Tower")
    assert tower.z[tower.ids == figure].max() < tower.z[tower.ids == built].min()
