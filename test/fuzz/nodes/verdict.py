# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether what Retort did with a case is right."""

import dataclasses
import fnmatch
import pathlib

import numpy as np

# Relative bounds; the absolute one is relative to the largest number of the result.
BOUNDS = {"float64": 1e-3, "float32": 1e-3, "float16": 1e-2}
# What is not compiled at all is no finding.
UNSUPPORTED = ("unknown operator", "has no lowering", "cannot be compiled", "and its condition 'cond' is not known", "is not compiled", "whose last size is known", "of known length", "has no element type", "operator '")


# An oracle that answers so has no opinion.
NO_VERDICT = ("NotImplemented", "NOT_IMPLEMENTED", "TypeError", "RuntimeImplementationError", "died", "AttributeError")


@dataclasses.dataclass
class Run:
    """What a process of Retort ended with."""

    code: int
    errors: str

    @property
    def refused(self):
        return self.code == 1


def load_differences():
    """Operation (a pattern) and a part of what is found -> why it is none."""
    lines = [line.strip() for line in pathlib.Path(__file__).with_name("differences.txt").read_text().splitlines()]
    return [tuple(part.strip() for part in line.split("|")) for line in lines if line and not line.startswith("#")]


def is_known(case, finding, differences):
    return any(fnmatch.fnmatch(case.operation, pattern) and part in finding for pattern, part, _ in differences)


def ending(run, case):
    """What is wrong with how the process ended, whatever the result."""
    if run.code not in (0, 1):
        return f"exit {run.code}: {run.errors[-200:]}"
    lines = [line for line in run.errors.splitlines() if line.startswith("error:")]
    if run.refused and (len(lines) != 1 or len(lines[0]) >= 200):
        return f"no single short error line: {run.errors[:300]}"
    # An error of a graph inside names an operation of that.
    if run.refused and not case.outside and case.operation.lower() not in run.errors.lower():
        return f"the error does not name the operation: {lines[0]}"
    return ""


def difference(got, want, case):
    """How two results differ; empty where they do not."""
    if got.shape != want.shape:
        return f"shape {list(got.shape)}, expected {list(want.shape)}"
    if got.dtype != want.dtype:
        return f"type {got.dtype}, expected {want.dtype}"
    if want.size == 0:
        return ""
    if want.dtype.name not in BOUNDS:
        off = got != want
        if case.operation in ("QuantizeLinear", "DynamicQuantizeLinear"):  # where a code ends is a matter of rounding
            off = np.abs(got.astype(np.int64) - want.astype(np.int64)) > 1
    else:
        bound = BOUNDS[want.dtype.name]
        finite = np.abs(want[np.isfinite(want)]).astype(np.float64)
        largest = finite.max() if finite.size else 0
        off = ~np.isclose(got.astype(np.float64), want.astype(np.float64), rtol=bound, atol=bound * min(largest, 1) * 0.1 + 1e-6, equal_nan=True)
    if not off.any():
        return ""
    at = tuple(int(i) for i in np.argwhere(off)[0])
    return f"{int(off.sum())} of {off.size} elements differ, first at {list(at)}: {got[at]}, expected {want[at]}"


NOTHING = "nothing to compare with"


def judge(case, run, got, oracle, want):
    """A finding as text, or nothing. `oracle` is `ok` or why there is no result to compare with."""
    found = ending(run, case)
    if found:
        return found
    if run.refused:
        if oracle == "ok" and not any(part in run.errors for part in UNSUPPORTED):
            return f"refuses what is computed elsewhere: {run.errors.strip()[:250]}"
        return ""
    if oracle != "ok":
        if any(part in oracle for part in NO_VERDICT):
            return NOTHING
        return f"computes what is refused elsewhere: {oracle[:200]}"
    for name in want:
        if name not in got:
            return f"no output {name}"
        text = difference(got[name], want[name], case)
        if text:
            return f"{name}: {text}"
    return ""
