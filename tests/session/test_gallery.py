"""The finished pictures: which is which, and which is forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.core.request import GenerationRequest
from studio_app.document.results import Picture, RunRecord
from studio_app.session.gallery import Gallery
from studio_app.session.runs import RunStore


def add(gallery: Gallery, seed: int) -> Picture:
    pixels = np.full((64, 64, 4), seed, np.uint8)
    pixels.flags.writeable = False
    return gallery.add(pixels, GenerationRequest("a red owl", seed=seed, width=64, height=64))


@pytest.fixture
def gallery() -> Gallery:
    made = Gallery(max_pictures=3)
    for seed in (1, 2, 3):
        add(made, seed)
    return made


def seeds(gallery: Gallery) -> list[int]:
    return [picture.request.seed for picture in gallery]


def test_a_picture_is_named_by_its_id_when_the_positions_have_moved(gallery: Gallery):
    meant = gallery[1]
    add(gallery, 4)  # the first is forgotten, and each of the others has another position
    assert gallery.star(meant.id, True)
    assert [picture.request.seed for picture in gallery if picture.starred] == [2]
    starred = gallery.get(meant.id)
    assert starred is not None
    assert starred.starred and starred.id == meant.id and starred.pixels is meant.pixels


def test_what_was_forgotten_is_not_mistaken_for_another(gallery: Gallery):
    gone = gallery[0]
    add(gallery, 4)
    assert not gallery.star(gone.id, True)
    assert gallery.get(gone.id) is None
    assert not any(picture.starred for picture in gallery)


def test_ids_never_repeat_and_come_back_with_their_pictures(gallery: Gallery):
    older = list(gallery)
    again = Gallery(max_pictures=10)
    add(again, 9)
    again.restore([*older, *again])
    assert [picture.id for picture in again][:3] == [picture.id for picture in older]
    assert len({picture.id for picture in again}) == 4


def test_what_has_a_star_is_never_forgotten_and_the_newest_is_always_there(gallery: Gallery):
    for picture in gallery:
        gallery.star(picture.id, True)
    add(gallery, 4)
    assert seeds(gallery) == [1, 2, 3, 4]
    add(gallery, 5)
    assert seeds(gallery) == [1, 2, 3, 5]
    assert gallery.newest is gallery[-1]
    assert Gallery().newest is None


def test_the_same_request_twice_is_one_picture(gallery: Gallery):
    newest = gallery.newest
    assert add(gallery, 3) is newest
    assert seeds(gallery) == [1, 2, 3]


def test_one_that_is_drawn_again_to_the_bit_is_the_newest_again_with_its_star(gallery: Gallery):
    first = gallery[0]
    gallery.star(first.id, True)
    again = add(gallery, 1)
    assert seeds(gallery) == [2, 3, 1] and gallery.newest is again
    assert (again.id, again.starred) == (first.id, True)
    other = np.zeros((64, 64, 4), np.uint8)  # another machine, or another model of that name
    gallery.add(other, GenerationRequest("a red owl", seed=2, width=64, height=64))
    assert seeds(gallery) == [3, 1, 2]


def test_a_removed_picture_goes_back_where_it_was(gallery: Gallery):
    middle = gallery[1]
    removed = gallery.remove(middle.id)
    assert removed is not None
    index, picture = removed
    assert index == 1
    assert picture is middle
    assert seeds(gallery) == [1, 3]
    assert gallery.remove(middle.id) is None
    gallery.put_back(index, picture)
    assert seeds(gallery) == [1, 2, 3]
    assert gallery[1] is middle


def test_a_removed_run_goes_back_where_it_was_and_counts_once() -> None:
    store = RunStore()
    pixels = np.zeros((8, 8, 4), np.uint8)
    request = GenerationRequest("a red owl", width=64, height=64)
    runs = [RunRecord(number, request, (), pixels.copy(), 0.1) for number in (1, 2, 3)]
    for run in runs:
        store.add(run)
    held = store.bytes
    assert store.remove(runs[1].id) is runs[1]
    assert store.bytes == held - pixels.nbytes
    assert store.remove(runs[1].id) is None
    store.put_back(runs[1])
    assert [run.number for run in store] == [1, 2, 3]
    assert store.bytes == held
    assert store.next_number == 4
