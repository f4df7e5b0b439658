"""Graphs for ONNX Runtime, written node by node, and a session that runs one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from analysis.arrays import FloatArray

OPSET, IR_VERSION = 20, 10
CONTRIB = "com.microsoft"
Shape = Sequence[int | str]


class Graph:
    """Builder of an ONNX graph; the output of a node has the name of the node."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def node(self, kind: str, inputs: Sequence[str], name: str, domain: str = "", **attributes: Any) -> str:
        """Add a node; return its name."""
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def constant(self, name: str, values: NDArray[np.generic] | np.generic) -> str:
        """Add a constant; return its name."""
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values).reshape(np.shape(values)), name))
        return name

    def model(self, taken: Mapping[str, tuple[int, Shape]], shown: Mapping[str, Shape]) -> bytes:
        """Return the serialised model: ``taken`` are its inputs, their types and shapes, ``shown`` float outputs."""
        graph = helper.make_graph(
            self._nodes,
            "sentence vectors",
            [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in taken.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shown.items()],
            self._constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString())


def open_session(model: bytes) -> Any:
    """Return an onnxruntime.InferenceSession that runs the model on the thread that calls it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # The next level fuses additions and norms into an operator ten times as slow as the two.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # blocks of memory planned for each shape of batch: 70 MB after 3,000 titles
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def product(graph: Graph, x: str, name: str, weight: FloatArray, *, int8: bool) -> str:
    """Add x (..., k) @ weight (k, n); with ``int8`` each row of x is rounded to 8 bits by its own largest value.

    With 8 bits the product of a row has the same bits whatever rows are beside it; with float32 it need not.
    """
    if not int8:
        return graph.node("MatMul", [x, graph.constant(f"{name}.weight", weight)], name)
    scales = np.maximum(np.abs(weight).max(axis=0) / np.float32(127), np.float32(1e-12)).astype(np.float32)
    whole = graph.constant(f"{name}.weight", np.rint(weight / scales).astype(np.int8))
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
    summed = node("MatMulInteger", [number, whole, given["zero"]], "summed")
    real = graph.node("Cast", [summed], f"{name}.real", to=TensorProto.FLOAT)
    by_row = graph.node("Mul", [real, step], f"{name}.rows")
    return graph.node("Mul", [by_row, graph.constant(f"{name}.scales", scales)], name)
