"""A training recipe: every number that decides a run, read from a TOML file.

`resources/recipes/*.toml` hold the shipped ones. A recipe and a seed decide a run; the machine only
decides how long it takes (or, with a budget in minutes, how far it comes).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio_app.core.errors import StudioError
from studio_app.core.tomls import read_toml


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Plan(_Section):
    """How long and how fast one stage learns. With `steps` the run is reproducible; else `minutes`.

    Learning rate: linear warm-up over the fraction `warmup` of the run, then decay to `floor` of it.
    ema: relative width sigma_rel of the power-function average (Karras et al. 2312.02696).
    """

    steps: int = 0
    minutes: float = 0.0
    batch: int = 32
    lr: float = 4e-4
    warmup: float = 0.02
    decay: Literal["linear", "cosine", "none"] = "linear"
    floor: float = 0.02
    optimizer: Literal["adamw", "muon"] = "adamw"
    muon_lr: float = 2e-3
    betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = 0.0
    clip: float = 1.0
    ema: float = 0.07
    save_minutes: float = 5.0
    sample_minutes: float = 20.0
    watch_minutes: float = 10.0
    log_seconds: float = 20.0
    check_every: int = 1
    compile: bool = False


class Autoencoder(_Section):
    """AutoencoderDC, f8 with 4 channels; losses in training/losses.py.

    channels: at full, half, quarter and eighth size. encoder_layers, decoder_layers: residual blocks
    there; none at full size, where pixels are only folded into channels and back.
    crops: from which fraction of the run, which size; a batch is counted in crops of the first size.
    marks, recolour: shares of the crops that are drawn over, and that change their colours, so that
    the encoder keeps what artists paint and not only what the renderer shows.
    """

    plan: Plan
    finish: Plan
    channels: tuple[int, int, int, int] = (16, 32, 64, 128)
    encoder_layers: tuple[int, int, int, int] = (0, 1, 2, 3)
    decoder_layers: tuple[int, int, int, int] = (0, 1, 3, 3)
    crops: tuple[tuple[float, int], ...] = ((0.0, 64), (0.5, 128), (0.85, 256))
    finish_crops: tuple[tuple[float, int], ...] = ((0.0, 128), (0.3, 256))
    subject_share: float = 0.7
    l2: float = 2.0
    laplacian: float = 1.0
    chroma: float = 2.0
    subject_weight: float = 1.0
    edge_weight: float = 2.0
    latent_noise: float = 0.03
    drift: float = 0.01
    equivariance: float = 0.2
    marks: float = 0.15
    recolour: float = 0.15
    decoder_only: bool = False


class Maps(_Section):
    """The maps decoder (training/stages/maps.py): an AutoencoderDC's decoder of the picture's own latents.

    channels, layers: as the autoencoder's. crops: in pixels, as the autoencoder's. noise: the most, in deviations
    of the latents; soft: the share of them that is blurred, as what a denoiser makes is softer than what an
    encoder does. subject_weight: how much more the subject counts than its ground. whole: crops are of what comes after
    the coarsest level, which sees the whole picture: how far away things are, a crop does not say. guessed: share of
    latents that the student has brought back (training/stages/student.py); redrawn: how many pictures a step has beside
    its batch that the student drew anew, held: how many assets of that sort whose mattes are held to what the decoder
    that it began from says (training/stages/grounds.py). distant: weight of the square of a depth's
    error beside its size, which minds what is far off.
    """

    plan: Plan = Plan(
        minutes=10, batch=32, lr=2e-3, optimizer="muon", muon_lr=2e-3, betas=(0.9, 0.99),
        sample_minutes=4,
    )  # fmt: skip
    channels: tuple[int, int, int, int] = (16, 32, 64, 64)
    layers: tuple[int, int, int, int] = (0, 1, 2, 6)
    crops: tuple[tuple[float, int], ...] = ((0.0, 128), (0.3, 256))
    noise: float = 0.2
    soft: float = 0.3
    subject_weight: float = 2.0
    whole: bool = False
    guessed: float = Field(default=0.0, ge=0, le=1)
    redrawn: int = Field(default=0, ge=0)
    held: int = Field(default=0, ge=0)
    distant: float = Field(default=2.0, ge=0)

    @model_validator(mode="after")
    def _levels_fit(self) -> Maps:
        # A level's channels are those below, four times repeated and folded into pixels.
        for wide, narrow in zip(self.channels[2:], self.channels[1:], strict=False):
            if 4 * narrow % wide:
                raise ValueError(f"4 times {narrow} channels are no multiple of {wide}")
        return self

    @model_validator(mode="after")
    def _windows_move(self) -> Maps:
        if self.whole and self.plan.compile:
            raise ValueError("whole is not compiled: every place of a window would be a graph")
        return self


class Sharpen(_Section):
    """The decoder's finish against a critic (stages/sharpen.py); what it shares with [autoencoder] stands there.

    adversarial: strength of the critic's gradient beside the picture's, from `ramp` of the run on. penalty: of the
    critic's slopes. weave: weight of what drawn pictures repeat from cell to cell (training/losses.py). returned,
    drawn: how often the student returns each picture, and how many it draws (stages/student.py). returned_share: of
    the rendered pictures that come by way of it; drawn_share: drawn pictures a rendered one. crops: in pixels, as the
    autoencoder's. cutouts: how many things on grey the student draws whose rims are cleaned (stages/cutouts.py),
    cut_share: of them a rendered picture, haze: weight of what colour is left outside of their mattes. share: how far
    the decoder goes in the end, from 0 (as it was) to 1.
    """

    plan: Plan = Plan(
        minutes=15, batch=12, lr=4e-4, optimizer="muon", muon_lr=6e-4, betas=(0.5, 0.99),
        sample_minutes=4,
    )  # fmt: skip
    crops: tuple[tuple[float, int], ...] = ((0.0, 128), (0.7, 256))
    subject_weight: float = 2.0
    adversarial: float = 0.2
    ramp: float = 0.1
    penalty: float = 0.1
    weave: float = 0.03
    critic_lr_scale: float = 1.5
    returned: int = 1
    drawn: int = 2048
    returned_share: float = Field(default=0.5, ge=0, le=1)
    drawn_share: float = Field(default=0.34, ge=0, le=1)
    cutouts: int = Field(default=0, ge=0)
    cut_share: float = Field(default=0.34, ge=0, le=1)
    haze: float = 1.0
    share: float = Field(default=1.0, ge=0, le=1)


class Draft(_Section):
    """The decoder of what is soon replaced (training/stages/draft.py). channels, layers, crops: as the autoencoder's.

    guessed: share of the student's latents (training/stages/student.py), beside those of pictures.
    """

    plan: Plan = Plan(
        minutes=6, batch=24, lr=2e-3, optimizer="muon", muon_lr=2e-3, betas=(0.9, 0.99),
        sample_minutes=3,
    )  # fmt: skip
    channels: tuple[int, int, int, int] = (16, 16, 32, 64)
    layers: tuple[int, int, int, int] = (0, 1, 2, 3)
    crops: tuple[tuple[float, int], ...] = ((0.0, 128), (0.7, 256))
    guessed: float = 0.5


class Text(_Section):
    """The text encoder, a small CLIP. tokens: to a prompt; hidden: width of a token's state."""

    vocabulary: int = 2400
    hidden: int = 192
    layers: int = 3
    heads: int = 3
    tokens: int = 40


class Denoiser(_Section):
    """The U-Net of teacher and student, and its adapters. channels: by level; layers: ResNets to a block."""

    channels: tuple[int, int, int] = (64, 96, 160)
    layers: int = 1
    norm_groups: int = 16
    adapter_blocks: int = 1
    pooling_heads: int = 4


class Dropout(_Section):
    """Shares of the samples that train without a condition, so that each may be absent."""

    text: float = 0.12
    depth: float = 0.55
    pose: float = 0.5
    kind: float = 0.3
    words: float = 0.05
    unknown_words: float = 0.15
    strength: float = 0.2
    mirror: float = 0.0


class Drawn(_Section):
    """What the depth that a denoiser is shown looks like (training/covering.py, training/controls.py).

    exact: the render's own. brushed, dabs, flat: paint that covers the subject; what lies around it is background in
    the share `background` of them, else unknown; the share `ground` of them have some of their ground painted too.
    partial: of the older kinds, whose paint may leave the subject out.
    All five are shares, of their sum.
    needed: share of a batch, textures aside, of pictures that only a drawing describes; asked: of those, how many
    have their depth drawn (the others have a pose). warps: how many times each picture comes rolled, resized,
    stretched and moved (training/warps.py), which makes it one of them.
    """

    exact: float = 0.16
    brushed: float = 0.32
    dabs: float = 0.22
    flat: float = 0.15
    partial: float = 0.15
    background: float = Field(default=0.5, ge=0, le=1)
    ground: float = Field(default=0.35, ge=0, le=1)
    needed: float = Field(default=0.6, ge=0, le=1)
    asked: float = Field(default=0.9, ge=0, le=1)
    warps: int = Field(default=0, ge=0)


class Half(_Section):
    """The first `until` of a denoiser's run on pictures of half the size, `batch` times as many a step.

    Each is a quarter of the work, and what words mean is learnt there as well as at full size.
    """

    until: float = 0.0
    batch: int = 2


class Teacher(_Section):
    """The first denoiser (training/stages/teacher.py).

    timesteps: how those that are trained on are drawn, weighting: what they weigh (training/timesteps.py);
    gamma: of min-SNR; logit_mean, logit_std: of "logit_normal".
    """

    plan: Plan
    half: Half = Half()
    timesteps: Literal["uniform", "logit_normal", "early"] = "uniform"
    weighting: Literal["min_snr", "none"] = "min_snr"
    gamma: float = 5.0
    logit_mean: float = -0.4
    logit_std: float = 1.0


class Distill(_Section):
    """The student (training/stages/distill.py) and the teacher's ways it learns from (training/stages/trajectories.py).

    ways: how many, drawn `ways_batch` at a time in `ways_steps` steps, under guidance 1 to w_max + 1, the share `usual`
    of them under the one that is used where nobody asks for another. formed: share of them of what nobody drew, told as
    the studio tells it (training/formed.py).
    edges: the step counts whose jumps are learnt, as often as they stand there; free_share: share of jumps
    from anywhere. early: share of the others that begin at t = 600 or before, where pictures of few steps leave the
    teacher's. moved: begin from a checkpoint's student plus what the run's teacher is more than that checkpoint's
    (stages/keeping.py). kept: share of the batches that ask for what the student drew before; at 1 no way is drawn.
    """

    plan: Plan
    ways: int = 4096
    ways_batch: int = 32
    ways_steps: int = 16
    w_max: float = 8.0
    usual: float = Field(default=0.0, ge=0, le=1)
    formed: float = Field(default=0.0, ge=0, le=1)
    w_lr_scale: float = 10.0
    edges: tuple[int, ...] = (1, 2, 3, 4, 4, 6, 8, 8)
    free_share: float = 0.2
    early: float = Field(default=0.0, ge=0, le=1)
    huber: float = 0.03
    moved: bool = False
    kept: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _keeps_what_moved(self) -> Distill:
        if self.kept and not self.moved:
            raise ValueError("kept is for a student that is moved: set moved = true")
        return self


class World(_Section):
    """Which world is drawn (training/world). The core one is what two cores can learn in hours.

    formats: of the pictures, width to height; the first is every other shard's. Only the full world has others
    than 1:1. loose, blockouts: shares of the pictures to learn from that only a drawing describes (world/needed.py).
    """

    vocabulary: Literal["core", "full"] = "core"
    formats: tuple[Literal["1:1", "3:2", "2:3", "16:9"], ...] = ("1:1",)
    loose: float = Field(default=0.0, ge=0, le=1)
    blockouts: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _core_is_square(self) -> World:
        if self.loose + self.blockouts > 1:
            raise ValueError(
                "loose and blockouts are shares of the same pictures: at most 1 together"
            )
        if not self.formats or (self.vocabulary == "core" and self.formats != ("1:1",)):
            raise ValueError("the core world's pictures are 1:1")
        return self


class Probe(_Section):
    """The judge (training/stages/probe.py)."""

    plan: Plan = Plan(
        minutes=12, batch=32, lr=1e-3, optimizer="muon", muon_lr=2e-3, sample_minutes=4
    )
    channels: tuple[int, ...] = (32, 64, 96, 160)

    @model_validator(mode="after")
    def _as_it_is(self) -> Probe:
        if self.plan.compile:
            raise ValueError("the probe is not compiled: its gradients would be others")
        return self


class Recipe(_Section):
    """One file of resources/recipes. `data` is read by the renderer."""

    name: str
    seed: int = 0
    size: int = 256
    autocast: bool = True
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    data: dict[str, Any] = Field(default_factory=dict)
    world: World = World()
    autoencoder: Autoencoder
    text: Text = Text()
    denoiser: Denoiser = Denoiser()
    dropout: Dropout = Dropout()
    drawn: Drawn = Drawn()
    teacher: Teacher
    distill: Distill
    sharpen: Sharpen = Sharpen()
    draft: Draft = Draft()
    probe: Probe = Probe()
    maps: Maps = Maps()


def load_recipe(path: Path) -> Recipe:
    """Reads and checks a TOML recipe. Raises StudioError naming the first field that is wrong."""
    try:
        table = read_toml(path)
    except StudioError as error:
        said = f"{error.title}: {error.detail}"
        raise StudioError("The recipe cannot be read", said, "Name a TOML file.") from error
    try:
        return Recipe.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StudioError(
            "The recipe does not fit",
            f"{path.name}: {where}: {first['msg']}",
            "See resources/recipes/cpu.toml for every field.",
        ) from error
