"""A small U-Net's step with as few operations as it needs, for a CPU.

Half of what a step of the embedded model costs is not arithmetic but the number of operations: some four
hundred and fifty. The network and its weights are diffusers' own, and so is the order of things; what differs:

- whatever depends on the words and the timestep alone (the time embedding, each block's share of it, keys and
  values of the words) is computed once by `prepare`, for all steps and edits that share it.
- the weights of the convolutions are packed (see `packed`).
- GroupNorm of a small map with narrow groups wants its channels apart, though the convolutions want them side
  by side: turning them over and back costs a fifth of what it saves.
- the queries, keys and values of a self-attention come from one product.
- twice the size and then a 3x3 convolution is, for each of the four new pixels, a 2x2 convolution of the old
  ones (Shi et al. 1609.07009): less than half of the products.
- what nobody reads any more is overwritten; nothing is divided by one.

It rounds in other places than the original: the two agree within what bfloat16 can tell, not bit for bit.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from studio_app.engine.operators.packed import packed

MAX_PARAMETERS = 100_000_000
"""Of a network that is worth it: a large one spends its time in its products, and some weights are kept twice."""

_SMALL_MAP, _NARROW_GROUP = 1024, 16
"""Pixels, and channels of a group, from which torch's GroupNorm is quick with channels side by side."""

_BLOCKS = {
    "DownBlock2D",
    "CrossAttnDownBlock2D",
    "UNetMidBlock2DCrossAttn",
    "UpBlock2D",
    "CrossAttnUpBlock2D",
}


class QuickUnet(nn.Module):
    """A UNet2DConditionModel's forward pass in two parts: `prepare`, then a call per step."""

    def __init__(self, unet: Any) -> None:
        super().__init__()
        self._unet = (unet,)  # not as a part: its parts are below
        self.first = packed(unet.conv_in)
        self.downs = nn.ModuleList(_Down(block) for block in unet.down_blocks)
        self.middle = _Middle(unet.mid_block)
        self.ups = nn.ModuleList(_Up(block) for block in unet.up_blocks)
        self.norm, self.last = _Norm(unet.conv_norm_out, silu=True), packed(unet.conv_out)
        resnets = [part for part in self.modules() if isinstance(part, _Resnet)]
        crosses = [part for part in self.modules() if isinstance(part, _Transformer)]
        self._shifts = _Joined([resnet.time for resnet in resnets])
        self._keys = _Joined([linear for cross in crosses for linear in cross.words])
        for number, resnet in enumerate(resnets):
            resnet.number = number
        for number, cross in enumerate(crosses):
            cross.number = 2 * number
        self._known: tuple[Tensor, Tensor, Tensor | None] | None = None

    def prepare(
        self, t: Tensor, words: Tensor, condition: Tensor | None, moved: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """What a step needs beside x_t and the residuals: (each block's share of the time, keys and values).

        moved: added to the pooled words.
        """
        (unet,) = self._unet
        known = self._known
        if known is None or known[0] is not words:
            pooled = None if unet.config.addition_embed_type is None else unet.add_embedding(words)
            self._known = known = (words, self._keys(words), pooled)
        _, keys, pooled = known
        time = unet.time_embedding(unet.get_time_embed(sample=words, timestep=t), condition)
        for more in (pooled, moved):
            time = time if more is None else time + more
        return self._shifts(F.silu(time)), keys

    def forward(self, x: Tensor, shifts: Tensor, keys: Tensor, *residuals: Tensor) -> Tensor:
        shift, key = self._shifts.split(shifts), self._keys.split(keys)
        left = list(residuals)
        h = self.first(x)
        skips = [h]
        for down in self.downs:
            h = down(h, shift, key, skips, left)
        h = self.middle(h, shift, key)
        if left and left[0].shape == h.shape:  # as an adapter for SDXL has it
            h.add_(left.pop(0))
        for up in self.ups:
            h = up(h, shift, key, skips)
        return self.last(self.norm(h))


def quick_unet(unet: Any) -> QuickUnet | None:
    """None where the network has anything in it that this module does not know: it runs as it is then."""
    if type(unet).__name__ != "UNet2DConditionModel" or not _known(unet):
        return None
    if sum(weight.numel() for weight in unet.parameters()) > MAX_PARAMETERS:
        return None
    return QuickUnet(unet).requires_grad_(False).eval()


class _Joined:
    """Several linear layers of one input as one; their outputs lie side by side."""

    def __init__(self, linears: list[nn.Linear]) -> None:
        self._sizes = [linear.out_features for linear in linears]
        self._weight = torch.cat([linear.weight for linear in linears])
        biases: list[Any] = [linear.bias for linear in linears]
        self._bias = None if any(bias is None for bias in biases) else torch.cat(biases)

    def __call__(self, x: Tensor) -> Tensor:
        return F.linear(x, self._weight, self._bias)

    def split(self, outputs: Tensor) -> tuple[Tensor, ...]:
        return outputs.split(self._sizes, dim=-1)


class _Norm(nn.Module):
    """A GroupNorm, and SiLU after it."""

    def __init__(self, norm: nn.GroupNorm, *, silu: bool) -> None:
        super().__init__()
        self.norm = norm
        self._silu = silu
        self._narrow = norm.num_channels // norm.num_groups < _NARROW_GROUP

    def forward(self, x: Tensor) -> Tensor:
        turn = self._narrow and int(x.shape[2]) * int(x.shape[3]) < _SMALL_MAP
        h = self.norm(x.contiguous() if turn else x)
        h = F.silu(h, inplace=True) if self._silu else h
        return h.contiguous(memory_format=torch.channels_last) if turn else h


class _Resnet(nn.Module):
    """ResnetBlock2D."""

    number = 0

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.norm1, self.conv1 = _Norm(block.norm1, silu=True), packed(block.conv1)
        self.norm2, self.conv2 = _Norm(block.norm2, silu=True), packed(block.conv2)
        self.time: nn.Linear = block.time_emb_proj
        self.shortcut = None if block.conv_shortcut is None else packed(block.conv_shortcut)

    def forward(self, x: Tensor, shifts: tuple[Tensor, ...]) -> Tensor:
        shift = shifts[self.number][:, :, None, None]
        h = self.conv1(self.norm1(x)).add_(shift)
        h = self.conv2(self.norm2(h))
        return h.add_(x if self.shortcut is None else self.shortcut(x))


class _Transformer(nn.Module):
    """Transformer2DModel with BasicTransformerBlocks. words: whose outputs are the keys and values of the words."""

    number = 0

    def __init__(self, transformer: Any) -> None:
        super().__init__()
        self.norm = _Norm(transformer.norm, silu=False)
        self.enter, self.leave = packed(transformer.proj_in), packed(transformer.proj_out)
        (block,) = transformer.transformer_blocks
        self.block = block
        self.words = [block.attn2.to_k, block.attn2.to_v]
        own = block.attn1
        self._qkv = _Joined([own.to_q, own.to_k, own.to_v])

    def forward(self, x: Tensor, keys: tuple[Tensor, ...]) -> Tensor:
        batch, height, width = len(x), int(x.shape[2]), int(x.shape[3])
        h = self.enter(self.norm(x)).permute(0, 2, 3, 1).reshape(batch, height * width, -1)
        block = self.block
        q, k, v = self._qkv.split(self._qkv(block.norm1(h)))
        h = _attended(block.attn1, q, k, v).add_(h)
        q = block.attn2.to_q(block.norm2(h))
        h = _attended(block.attn2, q, keys[self.number], keys[self.number + 1]).add_(h)
        wide, _, narrow = block.ff.net
        value, gate = wide.proj(block.norm3(h)).chunk(2, dim=-1)
        h = narrow(F.gelu(gate).mul_(value)).add_(h)
        h = h.reshape(batch, height, width, -1).permute(0, 3, 1, 2)
        return self.leave(h).add_(x)


def _attended(attention: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    q, k, v = (part.unflatten(-1, (attention.heads, -1)).transpose(1, 2) for part in (q, k, v))
    out = F.scaled_dot_product_attention(q, k, v)
    return attention.to_out[0](out.transpose(1, 2).flatten(2))


class _Down(nn.Module):
    def __init__(self, block: Any) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(_Resnet(resnet) for resnet in block.resnets)
        self.attentions = _transformers(block)
        smaller = block.downsamplers
        self.smaller = None if smaller is None else packed(smaller[0].conv)
        self.crosses = len(self.attentions) > 0

    def forward(
        self,
        h: Tensor,
        shifts: tuple[Tensor, ...],
        keys: tuple[Tensor, ...],
        skips: list[Tensor],
        residuals: list[Tensor],
    ) -> Tensor:
        """Appends to `skips`, and takes its residual, where there is one, from the front of `residuals`."""
        last = len(self.resnets) - 1
        for i, resnet in enumerate(self.resnets):
            h = resnet(h, shifts)
            if self.crosses:
                h = self.attentions[i](h, keys)
                if i == last and residuals:
                    h = h + residuals.pop(0)
            skips.append(h)
        if self.smaller is not None:
            h = self.smaller(h)
            skips.append(h)
        if not self.crosses and residuals:
            # As diffusers does it: the block's last output is the skip as well, so both have it.
            h.add_(residuals.pop(0))
        return h


class _Middle(nn.Module):
    def __init__(self, block: Any) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(_Resnet(resnet) for resnet in block.resnets)
        self.attentions = _transformers(block)

    def forward(self, h: Tensor, shifts: tuple[Tensor, ...], keys: tuple[Tensor, ...]) -> Tensor:
        h = self.resnets[0](h, shifts)
        for i, attention in enumerate(self.attentions):
            h = self.resnets[i + 1](attention(h, keys), shifts)
        return h


class _Up(nn.Module):
    def __init__(self, block: Any) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(_Resnet(resnet) for resnet in block.resnets)
        self.attentions = _transformers(block)
        larger = block.upsamplers
        self.larger = None if larger is None else _Larger(larger[0].conv)

    def forward(
        self,
        h: Tensor,
        shifts: tuple[Tensor, ...],
        keys: tuple[Tensor, ...],
        skips: list[Tensor],
    ) -> Tensor:
        for i, resnet in enumerate(self.resnets):
            h = resnet(torch.cat([h, skips.pop()], dim=1), shifts)
            if len(self.attentions):
                h = self.attentions[i](h, keys)
        return h if self.larger is None else self.larger(h)


class _Larger(nn.Module):
    """Upsample2D: nearest neighbours and a 3x3 convolution, as four 2x2 convolutions of what is there."""

    def __init__(self, old: nn.Conv2d) -> None:
        super().__init__()
        # Row i of two reads the old rows h - 1 and h (i = 0) or h and h + 1 (i = 1); the three rows of the
        # kernel fall on those two.
        fold = torch.tensor([[[1.0, 0, 0], [0, 1, 1]], [[1, 1, 0], [0, 0, 1]]])
        weight = torch.einsum("iak,jbl,ockl->ijocab", fold, fold, old.weight.float())
        weight = weight.flatten(0, 2).to(old.weight.dtype)
        assert old.bias is not None
        with torch.device("meta"):
            new = nn.Conv2d(weight.shape[1], weight.shape[0], 2, padding=1)
        new.weight = nn.Parameter(weight.contiguous(memory_format=torch.channels_last), False)
        new.bias = nn.Parameter(old.bias.repeat(4), False)
        self.conv = packed(new)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x).permute(0, 2, 3, 1).contiguous()
        batch, height, width = len(x), int(x.shape[2]), int(x.shape[3])
        four = int(y.shape[3])
        channels, row = four // 4, (width + 1) * four
        # New pixel (2 h + i, 2 w + j) is output (i, j) at (h + i, w + j).
        size = (batch, height, 2, width, 2, channels)
        steps = ((height + 1) * row, row, row + 2 * channels, four, four + channels, 1)
        y = y.as_strided(size, steps).reshape(batch, 2 * height, 2 * width, channels)
        return y.permute(0, 3, 1, 2)


def _transformers(block: Any) -> nn.ModuleList:
    return nn.ModuleList(_Transformer(item) for item in getattr(block, "attentions", ()))


def _known(unet: Any) -> bool:
    config = unet.config
    plain = (
        not config.center_input_sample
        and unet.class_embedding is None
        and unet.encoder_hid_proj is None
        and unet.time_embed_act is None
        and config.addition_embed_type in (None, "text")
        and config.attention_type == "default"
        and unet.mid_block is not None
        and unet.conv_norm_out is not None
        and isinstance(unet.conv_act, nn.SiLU)
    )
    blocks = [*unet.down_blocks, unet.mid_block, *unet.up_blocks]
    return (
        plain
        and all(type(block).__name__ in _BLOCKS for block in blocks)
        and all(_known_part(part) for block in blocks for part in block.modules())
    )


def _known_part(part: Any) -> bool:
    """Whether a part of a block does only what is done above."""
    name = type(part).__name__
    if name == "ResnetBlock2D":
        return (
            part.time_embedding_norm == "default"
            and type(part.time_emb_proj) is nn.Linear
            and not part.skip_time_act
            and part.upsample is None
            and part.downsample is None
            and part.output_scale_factor == 1.0
            and isinstance(part.nonlinearity, nn.SiLU)
            and part.conv1.bias is not None
        )
    if name == "Transformer2DModel":
        one = len(part.transformer_blocks) == 1
        return one and part.is_input_continuous and not part.use_linear_projection
    if name == "BasicTransformerBlock":
        return (
            part.norm_type == "layer_norm"
            and part.attn2 is not None
            and not (part.only_cross_attention or part.double_self_attention)
            and part.pos_embed is None
            and type(part.ff.net[0]).__name__ == "GEGLU"
            and len(part.ff.net) == 3
        )
    if name == "Attention":
        return (
            type(part.processor).__name__ == "AttnProcessor2_0"
            and all(type(x) is nn.Linear for x in (part.to_q, part.to_k, part.to_v, part.to_out[0]))
            and part.group_norm is None
            and part.spatial_norm is None
            and part.norm_q is None
            and part.norm_k is None
            and not part.norm_cross
            and not part.residual_connection
            and part.rescale_output_factor == 1.0
        )
    if name in ("Downsample2D", "Upsample2D"):
        return part.use_conv and part.norm is None and type(part.conv) is nn.Conv2d
    return True
