"""Networks of BlazePose's shapes, written here, that really look at what they are given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.blazepose import FINDER, READER

Found = tuple[float, float, float, float]
"""Where the hips are, and how far it is from there to what a person reaches, in pixels of the finder's page."""


class Graph:
    """A LiteRT file, operation by operation."""

    def __init__(self, side: int) -> None:
        from ai_edge_litert import schema_py_generated

        self.kinds: Any = schema_py_generated
        self.model = self.kinds.ModelT()
        self.model.version = 3
        self.model.buffers = [self.kinds.BufferT()]
        self.model.operatorCodes = []
        self.graph = self.kinds.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]
        self.graph.inputs = [self.tensor((1, side, side, 3))]

    def tensor(
        self, shape: Sequence[int], value: NDArray[Any] | None = None, kind: str = ""
    ) -> int:
        made = self.kinds.TensorT()
        made.shape = list(shape)
        kind = kind or ("INT32" if value is not None and value.dtype == np.int32 else "FLOAT32")
        made.type = getattr(self.kinds.TensorType, kind)
        made.name = f"t{len(self.graph.tensors)}".encode()
        if value is not None:
            buffer = self.kinds.BufferT()
            buffer.data = np.frombuffer(value.tobytes(), np.uint8)
            made.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(made)
        return len(self.graph.tensors) - 1

    def constant(self, value: Any, dtype: Any = np.float32) -> int:
        array = np.ascontiguousarray(value, dtype)
        return self.tensor(array.shape, array)

    def do(
        self, name: str, inputs: Sequence[int], shape: Sequence[int], kind: str = "", **options: Any
    ) -> int:
        code = self.kinds.OperatorCodeT()
        code.builtinCode = getattr(self.kinds.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = 1
        self.model.operatorCodes.append(code)
        made = self.kinds.OperatorT()
        made.opcodeIndex = len(self.model.operatorCodes) - 1
        made.inputs = list(inputs)
        out = self.tensor(shape, kind=kind)
        made.outputs = [out]
        title = {"REDUCE_MAX": "Reducer", "ARG_MAX": "ArgMax"}.get(name, name.title()) + "Options"
        made.builtinOptionsType = getattr(self.kinds.BuiltinOptions, title)
        chosen = getattr(self.kinds, title + "T")()
        for key, value in options.items():
            setattr(chosen, key, value)
        made.builtinOptions = chosen
        self.graph.operators.append(made)
        return out

    def save(self, path: Path, outputs: Sequence[int]) -> None:
        import flatbuffers

        self.graph.outputs = list(outputs)
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(builder.Output()))


def write_finder(folder: Path, people: Sequence[Found], side: int = 224) -> None:
    """These people, the surest first, whatever is in the picture."""
    graph = Graph(side)
    rows, scores = np.zeros((1, 2254, 12), np.float32), np.full((1, 2254, 1), -9, np.float32)
    for number, (x, y, across, down) in enumerate(people):
        column, row = x - (number // 2 + 0.5) * 8, y - 4
        reach = column + across, row + down
        rows[0, number, :8] = (column, row, 30, 60, column, row, *reach)
        scores[0, number] = 3 - number / 10
    graph.save(folder / FINDER, [graph.constant(rows), graph.constant(scores)])


def write_reader(folder: Path, side: int = 256) -> None:
    """Every landmark is the lightest place of the square; nobody is in a dark one."""
    graph = Graph(side)
    (square,) = graph.graph.inputs
    marks = graph.constant(np.tile([0, 0, 0, 9, 9], 39))
    for axis, place in ((1, 1), (2, 0)):  # the rows' lightest says y, the columns' x
        others = graph.constant([3 - axis, 3], np.int32)
        lightest = graph.do("REDUCE_MAX", [square, others], (1, side))
        last = graph.constant([1], np.int32)
        at = graph.do("ARG_MAX", [lightest, last], (1,), "INT32", outputType=2)
        number = graph.do("CAST", [at], (1,), inDataType=2, outDataType=0)
        pattern = np.tile(np.eye(5)[place], 39)
        spread = graph.do("MUL", [number, graph.constant(pattern)], (195,))
        marks = graph.do("ADD", [marks, spread], (195,))
    marks = graph.do("MUL", [marks, graph.constant(np.ones((1, 195)))], (1, 195))
    every = graph.constant([1, 2, 3], np.int32)
    sure = graph.do("REDUCE_MAX", [square, every], (1, 1), keepDims=False)
    heat = graph.constant(np.full((1, 64, 64, 39), -9))
    graph.save(folder / READER, [marks, sure, heat])
