// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The page of `retort report`: draws the JSON of the element "data", which retort writes. Texts of models reach the page as
// text nodes, or escaped where Plotly reads markup.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
const isNumber = (value) => typeof value === "number" && isFinite(value);
const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

function digits(value, count = 4) {
  return isNumber(value) ? Number(value.toPrecision(count)).toLocaleString("en", { maximumSignificantDigits: count }) : "";
}

function bytes(value) {
  if (!isNumber(value)) return "";
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]])
    if (value >= size) return (value / size).toFixed(value < 10 * size ? 2 : value < 100 * size ? 1 : 0) + " " + unit;
  return value + " bytes";
}

const axisBytes = (value) => bytes(value).replace(/\.0+ |(\.\d*?)0+ /, "$1 ");

/// As short as it can be in a plot.
const brief = (name, most) => {
  const text = name.replace(/compress-/g, "");
  return text.length > most ? text.slice(0, most - 1) + "…" : text;
};

// ---- Tables -----------------------------------------------------------------------------------------------------------------

/// Columns are [title, cell of a row, class]; those without a cell are left out. Without rows, `empty` is said.
function fillTable(id, rows, all, empty) {
  const columns = all.filter(([, cell]) => rows.some((row) => (cell(row) ?? "") !== ""));
  const table = element(id);
  table.replaceChildren();
  const add = (parent, kind, text, style) => {
    const cell = parent.appendChild(document.createElement(kind));
    if (style) cell.className = style;
    cell.append(text ?? "");
  };
  const head = table.createTHead().insertRow();
  if (rows.length) for (const [title, , style] of columns) add(head, "th", title, style);
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const [, cell, style] of columns) add(line, "td", cell(row), style);
  }
  if (!rows.length) add(body.insertRow(), "td", empty);
}

function fillSelect(id, options, chosen, changed) {
  const select = element(id);
  select.replaceChildren();
  options.forEach(([value, title]) => select.add(new Option(title, value)));
  select.value = chosen;
  select.onchange = () => changed(select.value);
}

// ---- Plots ------------------------------------------------------------------------------------------------------------------

function axis(title, more = {}) {
  return { title: { text: title, standoff: 8, font: { size: 13 } }, gridcolor: colour("line"), linecolor: colour("line"), zerolinecolor: colour("line"),
    automargin: true, exponentformat: "none", ...more };
}

function draw(id, traces, layout) {
  const base = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: "inherit", size: 13, color: colour("text") },
    margin: { l: 56, r: 16, t: 12, b: 48 }, showlegend: false, hovermode: "closest",
    hoverlabel: { bgcolor: colour("card"), bordercolor: colour("line"), font: { color: colour("text") }, align: "left" } };
  return Plotly.react(element(id), traces, { ...base, ...layout }, { displayModeBar: false, responsive: true });
}

const scale = () => [[0, colour("low")], [0.5, colour("middle")], [1, colour("high")]];

/// Round numbers within the range of a logarithmic axis: of the finest steps that give no more than `most` of them.
function logTicks([begin, end], most, show) {
  let values = [];
  for (const steps of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7], [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9]]) {
    const found = [];
    for (let power = Math.floor(begin); power <= end; ++power)
      for (const step of steps) if (Math.log10(step) + power >= begin && Math.log10(step) + power <= end) found.push(Number(`${step}e${power}`));
    if (found.length <= most || !values.length) values = found;
  }
  return { tickmode: "array", tickvals: values, ticktext: values.map(show) };
}

// ---- Size and quality -------------------------------------------------------------------------------------------------------

const points = (data.sweep?.points ?? []).map((p) => ({ ...p, name: p.recipe, isPeer: false }));
const peers = (data.peers ?? []).map((p) => ({ ...p, kl_mean: p.kl_mean ?? p.kl, isPeer: true }));
const measures = { kl_mean: "KL from the original, in nats a token", perplexity: "perplexity" };

/// Those that no other one is both smaller and better than, from small to large.
function front(list, measure) {
  const sorted = [...list].sort((a, b) => a.bytes - b.bytes || a[measure] - b[measure]);
  let best = Infinity;
  return sorted.filter((p) => p[measure] < best && ((best = p[measure]), true));
}

/// Places names beside their points where they cover neither each other, nor points, nor the line through `path`: tries eight
/// sides, keeps the first that is free.
function placeNames(list, path, x, y, width, height) {
  const sides = ["top center", "middle right", "bottom center", "middle left", "top right", "bottom right", "top left", "bottom left"];
  const taken = list.map((p) => ({ left: x(p) - 7, right: x(p) + 7, top: y(p) - 7, bottom: y(p) + 7 }));
  for (let i = 1; i < path.length; ++i)
    for (let t = 0; t <= 1; t += 0.02) {
      const [left, top] = [x, y].map((of) => of(path[i - 1]) * (1 - t) + of(path[i]) * t);
      taken.push({ left, right: left, top, bottom: top });
    }
  return list.map((p) => {
    const size = 7.6 * brief(p.name, 30).length;
    const boxOf = (side) => {
      const left = side.endsWith("right") ? x(p) + 9 : side.endsWith("left") ? x(p) - 9 - size : x(p) - size / 2;
      const top = side.startsWith("top") ? y(p) - 27 : side.startsWith("bottom") ? y(p) + 9 : y(p) - 9;
      return { left, right: left + size, top, bottom: top + 18 };
    };
    const isFree = (box) => box.left > 0 && box.right < width && box.top > 0 && box.bottom < height &&
      taken.every((other) => box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom);
    const side = sides.find((each) => isFree(boxOf(each)));
    if (side) taken.push(boxOf(side));
    return side ? { text: escaped(brief(p.name, 30)), side } : { text: "", side: sides[0] }; // the pointer tells it
  });
}

function spread(values, share) {
  const logs = values.map(Math.log10), least = Math.min(...logs), most = Math.max(...logs), margin = Math.max(most - least, 0.2) * share;
  return [least - margin, most + margin];
}

function drawPareto(measure) {
  const all = [...points, ...peers].filter((p) => isNumber(p.bytes) && p[measure] > 0);
  const plot = element("pareto");
  plot.hidden = all.length === 0;
  if (!all.length) return;
  const before = data.sweep?.baseline?.[measure];
  const xs = spread(all.map((p) => p.bytes), 0.09), ys = spread([...all.map((p) => p[measure]), ...(before > 0 ? [before] : [])], 0.09);
  const width = plot.clientWidth - 90, height = plot.clientHeight - 70;
  const at = (value, [least, most], size) => ((Math.log10(value) - least) / (most - least)) * size;
  const best = front(all, measure);
  const names = placeNames(all, best, (p) => at(p.bytes, xs, width), (p) => height - at(p[measure], ys, height), width, height);
  const trace = (chosen, name, color, symbol) => {
    const some = all.filter(chosen), labels = names.filter((_, i) => chosen(all[i]));
    return { type: "scatter", mode: "markers+text", name, x: some.map((p) => p.bytes), y: some.map((p) => p[measure]),
      text: labels.map((l) => l.text), textposition: labels.map((l) => l.side), textfont: { color: colour("text") },
      marker: { size: 11, color: colour(color), symbol, line: { width: 1.5, color: colour("card") } }, cliponaxis: false,
      customdata: some.map((p) => `<b>${escaped(p.name)}</b><br>${bytes(p.bytes)}${isNumber(p.bits_per_weight) ? `, ${digits(p.bits_per_weight)} bits a weight` : ""}` +
        `${isNumber(p.perplexity) ? `<br>perplexity ${digits(p.perplexity)}` : ""}${isNumber(p.kl_mean) ? `<br>KL ${digits(p.kl_mean)}` : ""}`),
      hovertemplate: "%{customdata}<extra></extra>" };
  };
  const line = { type: "scatter", mode: "lines", name: "not beaten", x: best.map((p) => p.bytes), y: best.map((p) => p[measure]),
    line: { color: colour("accent"), width: 1.5, dash: "dot" }, hoverinfo: "skip" };
  const shapes = before > 0 ? [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: before, y1: before, line: { color: colour("faint"), width: 1, dash: "dash" } }] : [];
  const annotations = before > 0 ? [{ xref: "paper", x: 1, xanchor: "right", yanchor: "bottom", y: Math.log10(before), showarrow: false,
    text: `original, ${bytes(data.sweep.baseline.bytes)}`, font: { color: colour("faint"), size: 12 } }] : [];
  draw("pareto", [line, trace((p) => !p.isPeer, "Retort", "accent", "circle"), trace((p) => p.isPeer, "others", "peer", "diamond")], {
    xaxis: axis("size of the file", { type: "log", range: xs, ...logTicks(xs, width / 80, axisBytes) }),
    yaxis: axis(measures[measure], { type: "log", range: ys, ...logTicks(ys, height / 40, (v) => digits(v, 2)) }),
    shapes, annotations, showlegend: peers.length > 0, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    margin: { l: 64, r: 26, t: peers.length ? 34 : 12, b: 52 },
  });
}

function showSizes() {
  const rows = [...points, ...peers];
  if (!rows.length) return;
  element("sizes").hidden = false;
  const known = Object.keys(measures).filter((m) => rows.some((p) => isNumber(p[m])));
  element("quality").parentElement.hidden = known.length < 2;
  fillSelect("quality", known.map((m) => [m, measures[m]]), known[0] ?? "", drawPareto);
  const before = data.sweep?.baseline;
  const original = before ? [{ name: "original", bytes: before.bytes, bits_per_weight: before.bits_per_weight, perplexity: before.perplexity, kl_mean: 0 }] : [];
  const nameOf = (p) => {
    if (!p.error) return p.name;
    const cell = document.createElement("div"), why = document.createElement("div");
    why.className = "bad";
    why.append("failed: " + p.error);
    cell.append(p.name, why);
    return cell;
  };
  fillTable("points", [...original, ...[...rows].sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0))], [
    ["Model", nameOf, "name"],
    ["Size", (p) => bytes(p.bytes), "number"],
    ["Times smaller", (p) => (before && p.bytes ? (before.bytes / p.bytes).toFixed(2) : ""), "number"],
    ["Bits a weight", (p) => digits(p.bits_per_weight), "number"],
    ["Perplexity", (p) => digits(p.perplexity, 5), "number"],
    ["KL", (p) => digits(p.kl_mean, 3), "number"],
    ["Same top token", (p) => (isNumber(p.top1_agreement) ? (100 * p.top1_agreement).toFixed(1) + " %" : ""), "number"],
    ["Time", (p) => (isNumber(p.seconds) ? digits(p.seconds, 3) + " s" : ""), "number"],
  ]);
  if (known.length) drawPareto(element("quality").value);
  else element("pareto").hidden = true;
}

// ---- Weights ----------------------------------------------------------------------------------------------------------------

/// What the records of a ledger come to for each weight: the last error counts, the first record saw the weight as it was.
function weightsOf(ledger) {
  const found = new Map();
  for (const record of ledger.records) {
    if (record.outcome !== "passed" || !isNumber(record.bytes_before)) continue;
    const weight = found.get(record.weight) ?? { name: record.weight, before: record.bytes_before, methods: [], numbers: record.numbers,
      largest: record.largest, typical: record.typical, magnitudes: record.magnitudes };
    weight.methods.push(record.method.replace(/^compress-/, ""));
    weight.after = record.bytes_after;
    for (const key of ["output_error", "output_error_rtn", "output_error_magnitude", "weight_error", "reason", "bits", "rank"])
      if (record[key] !== undefined && record[key] !== null) weight[key] = record[key];
    found.set(record.weight, weight);
  }
  const list = [...found.values()];
  for (const weight of list) {
    weight.average = weight.numbers > 0 ? (8 * weight.after) / weight.numbers : (32 * weight.after) / weight.before;
    weight.outlier = weight.typical > 0 ? weight.largest / weight.typical : undefined;
  }
  return list;
}

/// The layer is the first number in a name. Where names have none, sizes that repeat tell the layers.
function arrange(weights) {
  for (const weight of weights) {
    const match = /^(.*?)(?:^|(?<=[./_:]))(\d+)(?=[./_:])(.*)$/.exec(weight.name);
    [weight.layer, weight.kind] = match ? [Number(match[2]), match[1] + "#" + match[3]] : [undefined, weight.name];
  }
  if (weights.every((w) => w.layer === undefined)) arrangeByRepetition(weights);
  const kinds = [...new Set(weights.filter((w) => w.layer !== undefined).map((w) => w.kind))];
  for (const weight of weights) weight.row ??= weight.layer === undefined ? weight.name : shortened(weight.kind, kinds);
}

function arrangeByRepetition(weights) {
  for (let period = 1; 2 * period <= weights.length; ++period)
    for (let begin = 0; begin < Math.min(4, weights.length - 2 * period + 1); ++begin) {
      const repeats = (w, i) => i < begin + period || w.before === weights[i - period].before;
      let end = begin + period;
      while (end < weights.length && repeats(weights[end], end)) ++end;
      const layers = Math.floor((end - begin) / period);
      if (layers < 2 || layers * period < 0.8 * weights.length) continue;
      weights.slice(begin, begin + layers * period).forEach((weight, i) => {
        weight.layer = Math.floor(i / period);
        weight.row = `matrix ${(i % period) + 1} of ${period}`;
      });
      return;
    }
}

/// Without the beginning and the end that all kinds share.
function shortened(kind, kinds) {
  if (kinds.length < 2) return kind.replace(/^.*#[./_:]?/, "") || kind;
  let head = 0, tail = 0;
  const longest = Math.min(...kinds.map((k) => k.length));
  while (head < longest && kinds.every((k) => k[head] === kinds[0][head])) ++head;
  while (tail < longest - head && kinds.every((k) => k.at(-1 - tail) === kinds[0].at(-1 - tail))) ++tail;
  while (head > 0 && !/[./_: #]/.test(kinds[0][head - 1])) --head;
  while (tail > 0 && !/[./_:]/.test(kinds[0].at(-tail))) --tail;
  return kind.slice(head, kind.length - tail) || kind;
}

const metrics = {
  output_error: ["error of outputs", (w) => w.output_error, "Error of what a matrix multiplies held-back text to, as a share of its norm."],
  weight_error: ["error of weights", (w) => w.weight_error, "Difference of a matrix from the original, as a share of its norm."],
  average: ["bits a weight", (w) => w.average, "Bytes of the compressed matrix, for each of its weights."],
  outlier: ["largest weight", (w) => w.outlier, "Largest weight of a matrix, in units of the root of its mean square."],
};
let weights = [];

const layersOf = (list) => [...new Set(list.filter((w) => w.layer !== undefined).map((w) => w.layer))].sort((a, b) => a - b);

function drawHeat(metric) {
  const [title, value, note] = metrics[metric];
  element("metric-note").textContent = note + " Choose a matrix to see its weights.";
  const shown = weights.filter((w) => isNumber(value(w)));
  const layers = layersOf(shown), inLayers = shown.filter((w) => w.layer !== undefined);
  const rows = [...new Set(inLayers.map((w) => w.row))], others = shown.filter((w) => w.layer === undefined);
  const columns = layers.length ? layers : [0];
  const cells = rows.map((row) => columns.map((layer) => inLayers.find((w) => w.row === row && w.layer === layer)));
  for (const other of others) cells.push([other, ...Array(columns.length - 1).fill(undefined)]);
  const labels = [...rows, ...others.map((w) => w.name)].map((name) => (name.length > 26 ? name.slice(0, 12) + "…" + name.slice(-13) : name));
  const plot = element("heat");
  plot.style.height = Math.max(160, 84 + 26 * labels.length) + "px";
  const at = labels.map((_, i) => i);
  draw("heat", [{ type: "heatmap", x: columns, y: at, z: cells.map((row) => row.map((w) => (w && isNumber(value(w)) ? value(w) : null))),
    colorscale: scale(), xgap: 2, ygap: 2, hoverongaps: false,
    colorbar: { thickness: 10, outlinewidth: 0, title: { text: title, side: "right" }, tickfont: { size: 11 } },
    customdata: cells.map((row) => row.map((w) => (w ? `<b>${escaped(w.name)}</b><br>${title}: ${digits(value(w))}<br>${escaped(w.methods.join(", "))}` : ""))),
    hovertemplate: "%{customdata}<extra></extra>" }], {
    xaxis: axis(layers.length ? "layer" : "", { showgrid: false, dtick: Math.ceil(columns.length / Math.max(4, plot.clientWidth / 50)), visible: layers.length > 0 }),
    yaxis: axis("", { showgrid: false, autorange: "reversed", tickmode: "array", tickvals: at, ticktext: labels.map(escaped), zeroline: false }),
    margin: { l: 20, r: 10, t: 8, b: 44 },
  });
  plot.removeAllListeners?.("plotly_click");
  plot.on("plotly_click", (event) => {
    const [i, j] = event.points[0].pointIndex;
    if (cells[i][j]) chooseMatrix(cells[i][j].name);
  });
}

function drawBits() {
  const groups = layersOf(weights).map((layer) => [String(layer), weights.filter((w) => w.layer === layer)]);
  for (const weight of weights.filter((w) => w.layer === undefined)) groups.push([weight.name, [weight]]);
  const numbers = (w) => w.numbers ?? w.before / 4;
  const sum = (list, of) => list.reduce((total, w) => total + of(w), 0);
  const labels = groups.map(([name]) => (name.length > 14 ? name.slice(0, 13) + "…" : name));
  const values = groups.map(([, list]) => (8 * sum(list, (w) => w.after)) / sum(list, numbers));
  const step = Math.ceil(groups.length / 12);
  draw("bits", [{ type: "bar", x: groups.map((_, i) => i), y: values, marker: { color: colour("accent") },
    customdata: groups.map(([name, list]) => `<b>${escaped(name)}</b><br>${list.length} ${list.length > 1 ? "matrices" : "matrix"}, ${bytes(sum(list, (w) => w.after))}`),
    hovertemplate: "%{customdata}<br>%{y:.2f} bits a weight<extra></extra>" }], {
    xaxis: axis("layer", { tickmode: "array", showgrid: false, zeroline: false, tickangle: groups.some(([, list]) => list[0].layer === undefined) ? -35 : 0, tickvals: groups.map((_, i) => i).filter((i) => i % step === 0 || groups[i][1][0].layer === undefined),
      ticktext: labels.filter((_, i) => i % step === 0 || groups[i][1][0].layer === undefined).map(escaped) }),
    yaxis: axis("bits a weight", { rangemode: "tozero" }), bargap: 0.25,
  });
}

/// Bins of the ledger as densities over |w| / typical.
function drawSpread(name) {
  const weight = weights.find((w) => w.name === name), plot = element("spread");
  const [first, ...counts] = weight?.magnitudes ?? [];
  plot.hidden = !counts.length;
  if (!counts.length) return void (element("spread-note").textContent = "The ledger says nothing about its weights.");
  const edge = (bin) => (2 ** Math.floor(bin / 4) * (1 + (((bin % 4) + 4) % 4) / 4)) / weight.typical;
  element("spread-note").textContent = `The largest of ${weight.numbers.toLocaleString("en")} is ${digits(weight.outlier, 3)} times the root of their mean square, which is ${digits(weight.typical, 3)}.`;
  const edges = counts.map((_, i) => edge(first + i)), ends = counts.map((_, i) => edge(first + i + 1));
  const density = counts.map((count, i) => count / weight.numbers / (ends[i] - edges[i]));
  const normal = ends.map((end, i) => Math.sqrt(2 / Math.PI) * Math.exp(-(((edges[i] + end) / 2) ** 2) / 2));
  const shown = density.map((d, i) => i).filter((i) => ends[i] > 0.05);
  const floor = Math.min(...shown.map((i) => density[i]).filter((d) => d > 0));
  draw("spread", [
    { type: "bar", x: shown.map((i) => (edges[i] + ends[i]) / 2), width: shown.map((i) => ends[i] - edges[i]), y: shown.map((i) => density[i]),
      marker: { color: colour("middle"), line: { width: 0.5, color: colour("card") } }, customdata: shown.map((i) => counts[i].toLocaleString("en")),
      hovertemplate: "%{customdata} weights of about %{x:.2f}<extra></extra>" },
    { type: "scatter", mode: "lines", x: shown.map((i) => (edges[i] + ends[i]) / 2), y: shown.map((i) => normal[i]), line: { color: colour("peer"), width: 1.5, dash: "dot" },
      name: "normal", hoverinfo: "skip" }], {
    xaxis: axis("magnitude, in units of the root of the mean square", { showgrid: false, range: [0, Math.max(...ends) * 1.02] }),
    yaxis: axis("density", { type: "log", range: [Math.log10(floor) - 0.3, 0.3], dtick: 1, tickformat: ".0e" }), bargap: 0,
    annotations: [{ x: 1, y: 1, xref: "paper", yref: "paper", xanchor: "right", yanchor: "top", showarrow: false, text: "dotted: a normal distribution", bgcolor: colour("card"), font: { color: colour("faint"), size: 12 } }],
  });
}

function chooseMatrix(name) {
  element("matrix").value = name;
  drawSpread(name);
}

/// Weights of one reason share a line.
function showLeft(ledger) {
  const groups = new Map();
  for (const record of ledger.records.filter((r) => r.outcome === "left"))
    groups.set(record.reason, [...(groups.get(record.reason) ?? []), record]);
  const size = (list) => list.reduce((total, r) => total + (r.bytes ?? 0), 0);
  const rows = [...groups].sort((a, b) => size(b[1]) - size(a[1]));
  const names = ([, list]) => {
    if (list.length < 4) return list.map((r) => r.weight || "(without a name)").join(", ");
    const details = document.createElement("details");
    details.appendChild(document.createElement("summary")).append(`${list.length} weights`);
    details.append(list.map((r) => r.weight || "(without a name)").join(", "));
    return details;
  };
  element("left-note").textContent = rows.length ? "Constants of more than 1,024 numbers that stayed as they were." : "";
  fillTable("left", rows, [["Reason", ([reason]) => reason, "name"], ["Weights", names, "name"], ["Bytes", ([, list]) => bytes(size(list)), "number"]], "Nothing.");
  const declined = (ledger.declined ?? []).filter((r) => r.reason);
  element("declined-part").hidden = !declined.length;
  const counts = new Map();
  for (const { method, reason } of declined) counts.set(method + "\n" + reason, { method, reason, count: (counts.get(method + "\n" + reason)?.count ?? 0) + 1 });
  fillTable("declined", [...counts.values()], [["What", (r) => r.method, "name"], ["Reason", (r) => r.reason, "name"], ["Times", (r) => r.count, "number"]]);
}

function showWorst() {
  const key = weights.some((w) => isNumber(w.output_error)) ? "output_error" : "weight_error";
  const sorted = weights.filter((w) => isNumber(w[key])).sort((a, b) => b[key] - a[key]).slice(0, 12);
  const plain = (w) => w.output_error_rtn ?? w.output_error_magnitude;
  fillTable("worst", sorted, [
    ["Weight", (w) => w.name, "name"],
    ["Method", (w) => [...new Set(w.methods)].join(", "), "name"],
    ["Error of outputs", (w) => digits(w.output_error, 3), "number"],
    ["Without fitting", (w) => digits(plain(w), 3), "number"],
    ["Error of weights", (w) => digits(w.weight_error, 3), "number"],
    ["Bits a weight", (w) => digits(w.average, 3), "number"],
    ["Note", (w) => w.reason, "name"],
  ], "No method changed a weight.");
}

function showLedger(index) {
  const ledger = data.ledgers[index];
  weights = weightsOf(ledger);
  arrange(weights);
  const known = Object.keys(metrics).filter((m) => weights.some((w) => isNumber(metrics[m][1](w))));
  const metric = known.includes(element("metric").value) ? element("metric").value : known[0];
  fillSelect("metric", known.map((m) => [m, metrics[m][0]]), metric, drawHeat);
  for (const id of ["heat", "bits", "spread"]) element(id).hidden = !weights.length;
  const chosen = [...weights].sort((a, b) => (b.outlier ?? 0) - (a.outlier ?? 0))[0]?.name ?? "";
  fillSelect("matrix", weights.map((w) => [w.name, w.name]), chosen, drawSpread);
  if (weights.length) {
    drawHeat(metric);
    drawBits();
    drawSpread(chosen);
  }
  showWorst();
  showLeft(ledger);
  showTraining(ledger);
}

// ---- The page ---------------------------------------------------------------------------------------------------------------

function show() {
  showSizes();
  if (!data.ledgers.length) return;
  element("weights").hidden = false;
  const smallest = front(points.filter((p) => isNumber(p.kl_mean)), "kl_mean")[0]?.name;
  const chosen = element("ledger").value || String(Math.max(0, data.ledgers.findIndex((l) => l.name === smallest)));
  fillSelect("ledger", data.ledgers.map((l, i) => [i, brief(l.name, 60)]), chosen, showLedger);
  element("ledger-label").hidden = data.ledgers.length < 2;
  showLedger(chosen);
}

document.title = data.title + " - Retort";
element("title").textContent = data.title;
element("subtitle").textContent = data.subtitle;
show();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== width) ((width = innerWidth), show());
});
