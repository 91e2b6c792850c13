"""People out of any picture: from what it says of itself, from figures that are drawn in it, else by networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio_app.core.errors import StudioError
from studio_app.document.people import Person
from studio_app.document.pictures import open_picture, read_texts
from studio_app.document.planes import Rect
from studio_app.document.pose_networks import open_networks
from studio_app.document.pose_pictures import people_in, people_of
from studio_app.document.recipes import KEYWORD, MAX_RECIPE, recipe_of


@dataclass(frozen=True, eq=False)
class Found:
    """people: in pixels of the picture. size: (width, height) of that. guessed: by a network: somebody should look."""

    people: tuple[Person, ...]
    size: tuple[int, int]
    guessed: bool = False

    def placed(self, frame: Rect) -> tuple[Person, ...]:
        """As large as fits into a frame of the canvas, in its middle."""
        x, y, width, height = frame
        share = min(width / self.size[0], height / self.size[1])
        across, down = self.size[0] * share, self.size[1] * share
        corner = x + (width - across) / 2, y + (height - down) / 2
        made: list[Person] = []
        for person in self.people:
            joints = person.scaled(share, share, *corner).joints.copy()
            joints[person.joints[:, 2] <= 0] = (
                0.0  # what is missing has no place, see `Person.placed`
            )
            made.append(Person(joints))
        return tuple(made)


def read_people(path: Path, networks: Path) -> Found:
    """The people of a picture. networks: the folder of the artist's own. StudioError where nobody is found, and where
    nothing is there to look with."""
    said = _said(path)
    if said is not None:
        return said
    rgb = open_picture(path).rgb()
    size = rgb.shape[1], rgb.shape[0]
    drawn = people_in(rgb)
    if drawn:
        return Found(drawn, size)
    people = open_networks(networks).people_in(rgb)
    if not people:
        raise StudioError(
            f"Nobody was found in {path.name}", "", "Add a person and drag the joints."
        )
    return Found(people, size, guessed=True)


def _said(path: Path) -> Found | None:
    """What a picture of ours was drawn from."""
    try:
        texts = read_texts(path, MAX_RECIPE)
        recipe = recipe_of(texts, path.name) if KEYWORD in texts else None
    except StudioError:
        return None  # no PNG, or what it says of itself is broken: it can still be looked at
    if recipe is None:
        return None
    size = recipe.request.width, recipe.request.height
    if recipe.people is not None:
        return Found(tuple(Person(joints) for joints in recipe.people), size)
    people = people_of(recipe.request)
    return Found(people, size) if people else None
