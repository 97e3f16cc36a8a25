"""A request under construction, in the bytes that cross to a worker; and arrays out of what comes back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.outcome import Raised
from spec.contracts.contract import Arrays, Case, Contract
from spec.narrow import NARROW, halves
from spec.rounding import Array

Layouts = str | Mapping[str, str]


class Packed:
    """A request under construction: arrays are named by their index.

    Edges:   a layout is one for all, or one by name for inputs, keywords and cotangents, the last as "grad <output>";
             cotangents are contiguous unless named.
    """

    def __init__(self, contract: Contract, case: Case, turned: Mapping[str, bool]) -> None:
        self._turned, self._contract = turned, contract
        self.buffers: list[bytes] = []
        self.request: dict[str, Any] = {
            "op": "run", "item": contract.item, "arguments": list(case.arguments), "dtype": case.dtype,
            "returns": contract.returns, "as_tuple": contract.as_tuple, "prints": contract.prints,
            "spare": contract.spare, "optional": sorted(contract.optional), "prefixes": list(contract.prefixes),
            "arrays": [], "calls": [],
        }  # fmt: skip
        self.request["parameters"] = {name: self._add(a, case.dtype) for name, a in case.parameters.items()}

    def call(
        self,
        case: Case,
        layouts: Layouts,
        *,
        train: bool,
        grad: bool,
        cotangents: Arrays | None,
        wrt: Sequence[str] | None,
    ) -> None:
        """Add a call; `wrt` names the inputs that need a gradient, None all of them that are not tokens."""
        names = [*case.inputs, *case.keywords]
        of = layouts if isinstance(layouts, Mapping) else dict.fromkeys(names, layouts)
        pulled = None
        if cotangents is not None:
            pulled = [self._cotangent(name, cotangents.get(name), case, of) for name in self._contract.outputs(case)]
        arrays = {name: value for name, value in case.keywords.items() if isinstance(value, np.ndarray)}
        self.request["calls"].append({
            "outputs": list(self._contract.outputs(case)),
            "inputs": [self._add(a, case.dtype if a.dtype.kind == "f" else a.dtype.name) for a in case.inputs.values()],
            "extra": list(case.extra),
            "layouts": [of.get(name, "contiguous") for name in case.inputs],
            "named": {name: [self._add(a, a.dtype.name), of.get(name, "contiguous")] for name, a in arrays.items()},
            "keywords": {name: value for name, value in case.keywords.items() if name not in arrays},
            "train": train, "grad": grad, "cotangents": pulled,
            "wrt": [list(case.inputs).index(name) for name in (case.learned if wrt is None else wrt)],
        })  # fmt: skip

    def _cotangent(self, name: str, cotangent: Array | None, case: Case, of: Mapping[str, str]) -> list[Any] | None:
        if cotangent is None:
            return None
        turns = any(form.turned for form in self._contract.outputs(case)[name])
        turned = cotangent.swapaxes(-1, -2) if turns and self._turned.get(name) else cotangent
        return [self._add(turned, case.dtype), of.get(f"grad {name}", "contiguous")]

    def _add(self, array: NDArray[Any], dtype: str) -> int:
        stored = halves(array, dtype) if dtype in NARROW else array.astype(dtype)
        self.buffers.append(np.ascontiguousarray(stored, dtype=stored.dtype.newbyteorder("<")).tobytes())
        self.request["arrays"].append({"dtype": dtype, "shape": list(array.shape)})
        return len(self.buffers) - 1


def unpacked(about: Any, buffer: bytearray) -> Array:
    """An array that came back, in float64.

    Raises:  Raised if its description fits no array, or not this one.
    """
    dtype = {"bfloat16": "float32"}.get(about["dtype"], about["dtype"])
    if dtype not in ("float16", "float32", "float64", "int64"):
        raise Raised(f"an array came back with dtype {dtype!r}")
    flat = np.frombuffer(buffer, dtype=np.dtype(dtype).newbyteorder("<"))
    if flat.size != math.prod(about["shape"]):
        raise Raised(f"an array came back with {flat.size} numbers for shape {about['shape']}")
    return flat.reshape(about["shape"]).astype(np.float64)
