# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: replayed.py LEDGER COUNT BLOCKS METRIC: so many weights of so many blocks were replayed, in order, with this metric."""
import json
import sys

path, count, blocks, metric = sys.argv[1:]
records = json.load(open(path))["records"]
passed = [r for r in records if r["outcome"] == "passed"]
assert len(passed) == int(count), f"{len(passed)} weights"
assert all(metric in r for r in passed), f"not all have '{metric}'"
places = [r["block"] for r in passed]
assert places == sorted(places) and len(set(places)) == int(blocks), places
assert all(r["correction"] in (0, 0.25, 0.5) for r in passed)
# What nothing precedes is not corrected.
first = [r for r in passed if "kl_so_far" not in r]
assert first and {(r["block"], r["correction"]) for r in first} == {(places[0], 0)}, first
kls = [r["kl_so_far"] for r in passed if "kl_so_far" in r]
assert kls and all(0 < kl < 20 for kl in kls), kls
(summary,) = [r for r in records if r["outcome"] == "analysis"]
assert summary["replayed"] == len(passed) and summary["kl_so_far"] == kls[-1], summary
