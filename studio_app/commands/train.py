"""`underpaint train`: from a recipe to a checkpoint, one resumable stage at a time."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio_app.core.errors import StudioError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from studio_app.training.recipe import Recipe
    from studio_app.training.world.compose import Split

STAGES = {
    "data": "render the training pictures",
    "autoencoder": "learn pictures to latents and back",
    "teacher": "learn to denoise latents by text, depth and pose",
    "distill": "learn the few-step student from the teacher",
    "maps": "learn matte, depth and surface from the frozen latents",
    "sharpen": "learn fine grain from a critic, the decoder alone",
    "draft": "learn a smaller decoder for pictures that are soon replaced",
    "probe": "learn to judge: read words, depth and joints off pictures of its own",
    "publish": "write what is trained so far as a checkpoint folder",
    "all": "every stage, one after the other",
}
BUILT = ("autoencoder", "teacher", "distill", "maps", "sharpen", "draft")
TRAINED = (*BUILT, "probe")


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "train",
        help="train the embedded model, stage by stage",
        description="Trains a model from a recipe. The same command goes on where it was stopped.",
    )
    stages = parser.add_subparsers(title="stages", metavar="STAGE", dest="stage", required=True)
    for name, text in STAGES.items():
        stage = stages.add_parser(name, help=text, description=text.capitalize() + ".")
        stage.add_argument(
            "--recipe",
            default="cpu.toml",
            metavar="FILE",
            help="a TOML file, or the name of a shipped one: smoke, cpu, gpu (default: cpu)",
        )
        stage.add_argument("--out", type=Path, metavar="DIR", help="where the run is kept")
        if name != "publish":
            stage.add_argument(
                "--data",
                type=Path,
                metavar="DIR",
                help="the training pictures (default: `data` where the run is kept)",
            )
        if name == "data":
            stage.add_argument(
                "--split", choices=("train", "val", "probe", "maps", "both"), default="both"
            )
            stage.add_argument(
                "--preview",
                type=Path,
                metavar="FILE",
                help="draw a contact sheet (PNG or JPEG) instead",
            )
        if name in TRAINED:
            stage.add_argument("--minutes", type=float, help="time budget instead of the recipe's")
            stage.add_argument("--steps", type=int, help="budget in steps instead of the recipe's")
        if name in (*BUILT, "all"):
            stage.add_argument(
                "--from",
                dest="start",
                type=Path,
                metavar="MODEL",
                help="begin from the weights of this checkpoint folder",
            )
        if name in ("publish", "all"):
            stage.add_argument("--model", type=Path, metavar="DIR", help="the folder to write")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from studio_app.training.recipe import load_recipe

    recipe = load_recipe(find_recipe(args.recipe))
    out = args.out or default_folder(recipe)
    data = getattr(args, "data", None) or out / "data"
    start = getattr(args, "start", None)
    if args.stage == "data":
        return _data(args, recipe, data)
    if args.stage == "publish":
        return _publish(recipe, out, args.model)
    _check(args)
    if args.stage == "all":
        _make(recipe, data, ("train", "val", "maps"))
        for stage in BUILT:
            _stage(stage, recipe, data, out, start)
        return _publish(recipe, out, args.model)
    if args.minutes or args.steps:
        recipe = with_budget(recipe, args.stage, args.minutes or 0.0, args.steps or 0)
    _stage(args.stage, recipe, data, out, start)
    return 0


def find_recipe(name: str) -> Path:
    """A path as given, or a shipped recipe by its name with or without `.toml`."""
    from studio_app.core.resources import resources_dir

    path = Path(name)
    if path.is_file() or len(path.parts) > 1:
        return path
    shipped = resources_dir() / "recipes" / (name if name.endswith(".toml") else f"{name}.toml")
    return shipped if shipped.is_file() else path


def default_folder(recipe: Recipe) -> Path:
    """Where a run is kept when nobody says where: beside the user's own files."""
    from studio_app.core.resources import user_dir

    return user_dir() / "training" / recipe.name


def with_budget(recipe: Recipe, stage: str, minutes: float, steps: int) -> Recipe:
    """The recipe with one stage's budget replaced; the autoencoder's two parts keep their ratio."""
    section: Any = getattr(recipe, stage)
    parts = ("plan", "finish") if stage == "autoencoder" else ("plan",)
    plans = {part: getattr(section, part) for part in parts}
    key = "steps" if steps else "minutes"
    given = sum(getattr(plan, key) for plan in plans.values())
    update = {}
    for part, plan in plans.items():
        share = getattr(plan, key) / given if given else 1 / len(plans)
        values = (
            {"steps": max(1, round(steps * share))}
            if steps
            else {"steps": 0, "minutes": minutes * share}
        )
        update[part] = plan.model_copy(update=values)
    return recipe.model_copy(update={stage: section.model_copy(update=update)})


def say(text: str) -> None:
    """Progress goes to the standard error; results to the standard output."""
    print(text, file=sys.stderr, flush=True)


def _stage(name: str, recipe: Recipe, data: Path, out: Path, start: Path | None) -> None:
    import importlib

    module = importlib.import_module(f"studio_app.training.stages.{name}")
    path = module.train(recipe, data, out, start, say)
    say(f"{name}: done, {path}")


def _data(args: argparse.Namespace, recipe: Recipe, folder: Path) -> int:
    if args.preview is not None:
        from studio_app.training.world import preview
        from studio_app.training.world.words import vocabulary

        def counted(done: int, total: int) -> None:
            if done % 20 == 0 or done == total:
                say(f"preview: {done}/{total} pictures")

        preview.sheet(args.preview, vocabulary(recipe.world.vocabulary), progress=counted)
        print(args.preview)
        return 0
    _make(recipe, folder, ("train", "val") if args.split == "both" else (args.split,))
    return 0


def _make(recipe: Recipe, out: Path, splits: tuple[Split, ...]) -> None:
    from studio_app.training.world import data

    for split in splits:

        def count(done: int, total: int, split: str = split) -> None:
            say(f"{split}: {done}/{total} pictures")

        data.make(recipe, out, split, count)


def _publish(recipe: Recipe, out: Path, model: Path | None) -> int:
    from studio_app.training.publish import publish

    folder = model or out / "model" / "underpaint-256"
    publish(recipe, out, folder, say)
    print(folder)
    return 0


def _check(args: argparse.Namespace) -> None:
    if args.stage in TRAINED:
        if args.minutes is not None and args.minutes <= 0:
            raise StudioError("--minutes must be above 0", f"not {args.minutes:g}")
        if args.steps is not None and args.steps <= 0:
            raise StudioError("--steps must be above 0", f"not {args.steps}")
    start = getattr(args, "start", None)
    if start is not None and not start.is_dir():
        raise StudioError("No checkpoint to begin from", f"{start} is no folder")
