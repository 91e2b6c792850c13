from __future__ import annotations

import copy
import pickle

import pytest

from studio_app.core.errors import StudioError


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (StudioError("No such model"), "No such model"),
        (StudioError("No such model", "sd-9"), "No such model: sd-9"),
        (
            StudioError("No such model", "sd-9", "Choose another."),
            "No such model: sd-9. Choose another.",
        ),
        (StudioError("No such model", hint="Choose another."), "No such model. Choose another."),
        (StudioError("Broken", "it says so.", "Mend it."), "Broken: it says so. Mend it."),
        (StudioError("Broken", "one\n  two\tthree"), "Broken: one two three"),
        (StudioError(""), ""),
    ],
)
def test_it_reads_as_one_line(error: StudioError, line: str):
    assert str(error) == line


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_it_survives_a_trip_to_another_process(again):
    error = again(StudioError("title", "detail", "hint"))
    assert type(error) is StudioError
    assert (error.title, error.detail, error.hint) == ("title", "detail", "hint")
