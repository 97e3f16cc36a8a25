"""The first call of a kernel in a process that has done nothing yet: `python -m benchmarks.first_call KERNEL CASE`.

Prints the seconds of loading the kernel and calling it once, compilation among them; torch is loaded before that.
"""

from __future__ import annotations

import os
import sys

NO_CACHES = {"TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1", "TRITON_ALWAYS_COMPILE": "1"}


def main(kernel: str, case_id: str) -> float:
    """Seconds from before the kernel's import to after its first call.

    Raises:  KeyError where there is no such kernel or case.
    """
    os.environ.update(NO_CACHES)
    import impl.attention
    from benchmarks import clock, measure
    from benchmarks.cases import cases

    case = {case.id: case for case in cases(case_id.partition("/")[0])}[case_id]
    one = measure.inputs(case, seed=0)

    def load_and_call() -> None:
        measure.call_of(case, impl.attention.kernel(kernel), one)()

    return clock.whole_step_s(load_and_call, device=case.device)


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{main(*sys.argv[1:])}\n")
    except (NotImplementedError, ImportError) as declined:
        sys.exit(f"declined: {declined}")
