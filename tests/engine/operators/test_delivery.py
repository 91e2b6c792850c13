"""Copies from a device to the host arrive whole and in order, and nobody overwrites another's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio_app.engine.operators.delivery import SLOTS, AtOnce, PinnedRing, delivery_of
from tests.engine.pretended_card import pretended_card

CPU = torch.device("cpu")


def _tensors(number: int) -> list[torch.Tensor]:
    """Of sizes and types that do not lie well beside each other."""
    bytes_ = torch.full((3, 5, 4), number, dtype=torch.uint8)
    return [torch.full((7,), number / 2), bytes_.transpose(0, 1), torch.tensor(float(number))]


def test_where_nothing_runs_beside_the_host_a_copy_is_there_at_once():
    delivery = delivery_of(CPU)
    assert isinstance(delivery, AtOnce)
    with delivery.beside():
        parcel = delivery.send(_tensors(3))
    delivery.pace()
    assert parcel.arrived
    assert all(map(np.array_equal, parcel.take(), _tensors(3)))


def test_a_ring_of_pinned_memory_is_used_again_and_loses_nothing(monkeypatch: pytest.MonkeyPatch):
    """Its memory is the host's here, so what is copied into it is real."""
    with pretended_card(monkeypatch) as card:
        ring = PinnedRing(torch.device("cuda"))
        parcels = []
        for number in range(2 * SLOTS + 1):
            with ring.beside():
                parcels.append(ring.send(_tensors(number)))
        waited = [said for said in card.log if said.startswith("host waits")]
        assert len(waited) == SLOTS + 1  # a slot that is used again was emptied first
        assert parcels[0].arrived and not parcels[-1].arrived
        for number, parcel in enumerate(parcels):
            assert all(map(np.array_equal, parcel.take(), _tensors(number)))
        assert parcels[0].take() is parcels[0].take()
        held = [
            slot._memory.untyped_storage().data_ptr()
            for slot in ring._slots
            if slot._memory is not None
        ]
        assert len(set(held)) == SLOTS
        with ring.beside():
            large = ring.send([torch.ones(1 << 12)])
        assert np.array_equal(large.take()[0], np.ones(1 << 12, np.float32))


def test_a_run_is_one_step_ahead_of_the_card_and_no_more(monkeypatch: pytest.MonkeyPatch):
    with pretended_card(monkeypatch) as card:
        ring = PinnedRing(torch.device("cuda"))
        for _ in range(4):
            ring.pace()
    recorded = [said for said in card.log if said.startswith("event")]
    waited = [int(said.split()[-1]) for said in card.log if said.startswith("host")]
    assert len(recorded) == 4
    assert [f"event {number} on main" for number in waited] == recorded[:3]
    assert card.log.index("host waits for 0") == 2  # after the second was queued
