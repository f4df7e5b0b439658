"""Graphs for ONNX Runtime, written node by node."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from analysis.arrays import FloatArray
from analysis.encoder_graphs.session import with_weights
from analysis.parallel.machine import has_int8_instructions

OPSET, IR_VERSION = 20, 10
CONTRIB = "com.microsoft"
LARGE = 4096  # bytes of a constant that stands outside the model
Shape = Sequence[int | str]


class Graph:
    """Builder of an ONNX graph; the output of a node has the name of the node."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []
        self._large: dict[str, NDArray[np.generic]] = {}

    def node(self, kind: str, inputs: Sequence[str], name: str, domain: str = "", **attributes: Any) -> str:
        """Add a node; return its name."""
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def constant(self, name: str, values: NDArray[np.generic] | np.generic) -> str:
        """Add a constant; return its name."""
        plain = np.ascontiguousarray(values).reshape(np.shape(values))
        if plain.nbytes < LARGE:
            self._constants.append(numpy_helper.from_array(plain, name))
        else:
            self._constants.append(_elsewhere(plain, name))
            self._large[name] = plain
        return name

    def int8_weight(self, name: str, weight: FloatArray) -> tuple[str, str, str]:
        """Add a weight (k, n), each column rounded to 8 bits by its largest value.

        Returns the names of the integers, of the scale of each column, (n,), and of the zero, a single number.
        On processors whose products of signed weights overflow the integers have no sign: 128 is added to them and to
        their zero, and ONNX Runtime has an exact product for that, of the same sums.
        """
        scales = np.maximum(np.abs(weight).max(axis=0) / np.float32(127), np.float32(1e-12)).astype(np.float32)
        values = np.rint(weight / scales).astype(np.int8)
        whole, zero = f"{name}.weight", f"{name}.zero_weight"
        scale = self.constant(f"{name}.scales", scales)
        if has_int8_instructions():
            return self.constant(whole, values), scale, self.constant(zero, np.int8(0))
        unsigned = (values.astype(np.int16) + 128).astype(np.uint8)
        return self.constant(whole, unsigned), scale, self.constant(zero, np.uint8(128))

    def model(self, taken: Mapping[str, tuple[int, Shape]], shown: Mapping[str, Shape]) -> bytes:
        """Return the model as ``session.open_session`` takes it.

        ``taken`` are its inputs, their types and shapes, ``shown`` its outputs, of float32.
        """
        graph = helper.make_graph(
            self._nodes,
            "sentence vectors",
            [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in taken.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shown.items()],
            self._constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        return with_weights(bytes(model.SerializeToString()), self._large)


def _elsewhere(values: NDArray[np.generic], name: str) -> TensorProto:
    """Return a constant whose values stand outside the model."""
    made = TensorProto(name=name, dims=values.shape, data_type=helper.np_dtype_to_tensor_dtype(values.dtype))
    made.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "given to the session"), ("offset", "0"), ("length", str(values.nbytes))):
        made.external_data.add(key=key, value=value)
    return made


def product(graph: Graph, x: str, name: str, weight: FloatArray, *, int8: bool) -> str:
    """Add x (..., k) @ weight (k, n); with ``int8`` each row of x is rounded to 8 bits by its own largest value.

    With 8 bits the product of a row has the same bits whatever rows are beside it; with float32 it need not.
    """
    if not int8:
        return graph.node("MatMul", [x, graph.constant(f"{name}.weight", weight)], name)
    whole, scales, whole_zero = graph.int8_weight(name, weight)
    constants: dict[str, NDArray[np.generic] | np.generic] = {
        "axis": np.array([-1]),
        "least": np.float32(1e-12),
        "part": np.float32(1 / 127),
        "middle": np.float32(128),
        "zero": np.uint8(128),
    }
    given = {key: graph.constant(f"{name}.{key}", value) for key, value in constants.items()}

    def node(kind: str, inputs: Sequence[str], part: str, **attributes: Any) -> str:
        return graph.node(kind, inputs, f"{name}.{part}", **attributes)

    largest = node("ReduceMax", [node("Abs", [x], "sizes"), given["axis"]], "largest")
    step = node("Mul", [node("Max", [largest, given["least"]], "range"), given["part"]], "step")
    rounded = node("Round", [node("Div", [x, step], "divided")], "rounded")
    number = node("Cast", [node("Add", [rounded, given["middle"]], "shifted")], "number", to=TensorProto.UINT8)
    summed = node("MatMulInteger", [number, whole, given["zero"], whole_zero], "summed")
    real = graph.node("Cast", [summed], f"{name}.real", to=TensorProto.FLOAT)
    by_row = graph.node("Mul", [real, step], f"{name}.rows")
    return graph.node("Mul", [by_row, scales], name)


def graph_of_product(weight: FloatArray, x: str, name: str, *, int8: bool) -> bytes:
    """Return the model that maps the input ``x`` (texts, k) to its product with ``weight`` (k, n)."""
    graph = Graph()
    made = product(graph, x, name, weight, int8=int8)
    taken = {x: (TensorProto.FLOAT, ("texts", len(weight)))}
    return graph.model(taken, {made: ("texts", weight.shape[1])})
