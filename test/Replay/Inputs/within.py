# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: within.py LEDGER LIMIT: at most six measurements, of which the smallest within the limit is what was assembled."""
import json
import sys

path, limit = sys.argv[1], float(sys.argv[2])
records = json.load(open(path))["records"]
analyses = [r for r in records if r["outcome"] == "analysis"]
measured = [r for r in analyses if "measurement" in r]
assert [r["measurement"] for r in measured] == list(range(1, len(measured) + 1)) and 1 <= len(measured) <= 6, measured
(chosen,) = [r for r in analyses if "measurement" not in r]
within = [r for r in measured if r["measured_kl"] <= limit]
assert within and chosen["budget_bytes"] == min(r["budget_bytes"] for r in within), (chosen, measured)
best = max(r["measured_kl"] for r in within)
assert best > limit / 2, f"{best} is far within the limit"
