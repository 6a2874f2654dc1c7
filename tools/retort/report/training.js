// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of the page of `retort report` that shows how models were trained: a chart of each run, with the loss of its
// steps and of what was held out. Stands in one script with page.js, whose functions it calls.
"use strict";

/// A run measures what was held out before its first step, too.
function heldOutOf(run) {
  const start = isNumber(run.held_out_before) ? [{ step: 0, held_out: run.held_out_before }] : [];
  return [...start, ...run.curve].filter((point) => isNumber(point.held_out));
}

function curveTrace(name, points, key, color, mode) {
  return { type: "scatter", mode, name, x: points.map((p) => p.step), y: points.map((p) => p[key]),
    line: { color: colour(color), width: 1.5 }, marker: { color: colour(color), size: 5 }, customdata: points.map((p) => digits(p.rate, 3) || "none"),
    hovertemplate: `step %{x}: ${name} %{y:.4g}<br>rate %{customdata}<extra></extra>` };
}

function drawRun(id, run) {
  const losses = run.curve.filter((point) => isNumber(point.loss)), heldOut = heldOutOf(run);
  const isKept = run.best_step > 0 && isNumber(run.held_out_after);
  const best = isKept ? [{ type: "scatter", mode: "markers", name: "kept", x: [run.best_step], y: [run.held_out_after],
    marker: { color: "rgba(0,0,0,0)", size: 13, line: { color: colour("peer"), width: 2 } }, hoverinfo: "skip" }] : [];
  draw(id, [curveTrace("loss of steps", losses, "loss", "accent", "lines"), curveTrace("held out", heldOut, "held_out", "peer", "lines+markers"), ...best], {
    xaxis: axis("step", { rangemode: "tozero", tickformat: ",d" }), yaxis: axis("loss, in nats a token"),
    showlegend: true, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" }, margin: { l: 64, r: 26, t: 34, b: 52 },
  });
}

function describeRun(run) {
  const counts = [[run.steps, "steps"], [run.tokens, "tokens"], [run.seconds, "seconds"]].filter(([value]) => isNumber(value));
  const before = `Held out ${digits(run.held_out_before)} before`;
  const after = run.best_step > 0 ? `${before}, ${digits(run.held_out_after)} after step ${run.best_step}, which was kept.` : `${before}; no step was better, and none was kept.`;
  return `${counts.map(([value, unit]) => `${digits(value)} ${unit}`).join(", ")}. ${after}${run.note ? ` ${run.note}.` : ""}`;
}

/// One chart for each run, below each other; the ledger before had others.
function showTraining(ledger) {
  const runs = ledger.training ?? [], list = element("runs");
  list.replaceChildren();
  element("training").hidden = !runs.length;
  runs.forEach((run, i) => {
    const add = (kind, style, text) => {
      const made = list.appendChild(document.createElement(kind));
      made.className = style;
      made.append(text);
      return made;
    };
    add("h3", "", (run.method ?? "").replace(/^compress-/, ""));
    add("p", "note", describeRun(run));
    add("div", "plot run", "").id = `run-${i}`;
    drawRun(`run-${i}`, run);
  });
}
