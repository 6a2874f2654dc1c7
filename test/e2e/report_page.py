#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""In a browser, the page of `retort report` draws its plots and tables, asks for no other file, and takes names for names."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from harness import SOURCE, run, skip, tool

tool("retort")
browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if not browser:
    skip("no Chromium is installed")
INPUTS = SOURCE / "test" / "tools" / "report" / "Inputs"
BINS = [-8, 3, 5, 9, 20, 30, 12, 4, 1]


def ledger():
    """Two layers of three matrices, whose numbers the ledger knows; the hostile records behind them."""
    records = [{"outcome": "passed", "method": "compress-quantize-gptq", "weight": f"layers.{layer}.{matrix}.weight", "bytes_before": 4000,
                "bytes_after": 500 + 10 * layer, "weight_error": 0.1, "output_error": 0.01 * (layer + 1), "output_error_rtn": 0.05, "numbers": 1000,
                "largest": 2.0, "typical": 0.5, "magnitudes": BINS} for layer in range(2) for matrix in ("query", "key", "value")]
    hostile = json.loads((INPUTS / "hostile.json").read_text())
    trained = json.loads((INPUTS / "trained.json").read_text())
    return {**hostile, "records": records + hostile["records"] + trained["records"]}


def shown(page, profile):
    """The document after its scripts, and what the browser complained about."""
    done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", f"--user-data-dir={profile}",
               "--window-size=1280,1600", "--virtual-time-budget=20000", "--dump-dom", f"file://{page}"], capture_output=True, text=True, errors="replace", timeout=300)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def problems(folder):
    (folder / "sweep").mkdir()
    shutil.copy(INPUTS / "sweep.json", folder / "sweep")
    (folder / "sweep" / "hostile.json").write_text(json.dumps(ledger()))
    (folder / "peers.json").write_text('[{"name": "a <b>peer</b>", "bytes": 250, "kl": 0.05, "perplexity": 12}]')
    written = run("retort", "report", folder / "sweep", f"--peers={folder / 'peers.json'}", "-o", folder / "page.html", code=None)
    if "the page takes 'plotly.min.js'" in written.stderr:
        skip("plotly is not installed")
    if written.returncode:
        return (yield written.stderr)
    document, complaints = shown(folder / "page.html", folder / "profile")
    yield from complaints
    if "<title>m.onnx - Retort</title>" not in document:
        yield f"the title is {re.findall('<title>.*?</title>', document)[:1]}"
    body = re.sub(r"<script.*?</script>", "", document, flags=re.S)
    for plot in ("pareto", "heat", "bits", "spread", "run-0", "run-1"):
        if not re.search(rf'id="{plot}"[^>]*js-plotly-plot|js-plotly-plot[^>]*id="{plot}"', body):
            yield f"'{plot}' is not drawn"
    for text in ("failed: out of &lt;/script&gt; luck", "a &lt;b&gt;peer&lt;/b&gt;", "@SCRIPT@ &lt;b&gt;norm&lt;/b&gt;", "layers.1.query.weight", "8.00 kB",
                 "2.125 after step 2, which was kept", "stopped &lt;i&gt;early&lt;/i&gt;"):
        if text not in body:
            yield f"'{text}' is not shown"
    yield from (f"an element <{name}> came out of a name" for name in ("img", "b", "i") if re.search(rf"<{name}[ >]", body))


with tempfile.TemporaryDirectory() as scratch:
    found = list(problems(pathlib.Path(scratch)))
print("\n".join(found) if found else "the page draws what the JSON says")
sys.exit(len(found) > 0)
