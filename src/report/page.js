"use strict";
// Draws what the embedded JSON says. All text goes in through textContent: nothing is parsed as HTML.
const SVG = "http://www.w3.org/2000/svg";
const COLOURS = 6;

function element(tag, attributes, ...children) {
  const svg = attributes && attributes.svg;
  const node = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) if (key !== "svg") node.setAttribute(key, value);
  for (const child of children) node.append(child);
  return node;
}
const svg = (tag, attributes, ...children) => element(tag, { svg: true, ...attributes }, ...children);
const colour = (index) => `var(--c${index % COLOURS})`;

function show(value) {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return String(value);
  if (Math.abs(value) < 1e-12) return "0";
  if (Number.isInteger(value)) return value.toLocaleString("en-GB").replaceAll(",", "\u202f");
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

// Round tick positions inside [low, high].
function ticks(low, high, log) {
  const found = [];
  if (log) {
    for (let e = Math.ceil(Math.log10(low) - 1e-9); e <= Math.log10(high) + 1e-9; ++e) found.push(10 ** e);
    if (found.length >= 2) return found;
  }
  const rough = (high - low) / 5 || 1;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * unit).find((s) => s >= rough);
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) found.push(k * step);
  return found;
}

function scale(axis, values, from, to) {
  let shown = values.filter((v) => Number.isFinite(v) && (!axis.log || v > 0));
  if (shown.length === 0) shown = axis.log ? [0.1, 1] : [0, 1];
  let low = axis.low ?? shown.reduce((a, b) => Math.min(a, b));
  let high = axis.high ?? shown.reduce((a, b) => Math.max(a, b));
  if (low === high) { low -= Math.abs(low) / 2 || 0.5; high += Math.abs(high) / 2 || 0.5; }
  const position = axis.log ? (v) => Math.log10(Math.max(v, low)) : (v) => v;
  const map = (v) => from + ((position(v) - position(low)) / (position(high) - position(low))) * (to - from);
  return { map, low, high, ticks: ticks(low, high, axis.log), shows: (v) => Number.isFinite(v) && (!axis.log || v > 0) };
}

const BOX = { width: 560, height: 330, left: 62, right: 14, top: 10, bottom: 44 };

function frame(x, y, labelX, labelY) {
  const picture = svg("svg", { viewBox: `0 0 ${BOX.width} ${BOX.height}`, role: "img" });
  const bottom = BOX.height - BOX.bottom, right = BOX.width - BOX.right;
  for (const t of x.ticks) {
    picture.append(svg("line", { class: "grid", x1: x.map(t), x2: x.map(t), y1: BOX.top, y2: bottom }));
    const anchor = x.map(t) > right - 18 ? "end" : "middle";  // a long number at the edge stays inside
    picture.append(svg("text", { x: Math.min(x.map(t), right + 10), y: bottom + 17, "text-anchor": anchor }, show(t)));
  }
  for (const t of y.ticks) {
    picture.append(svg("line", { class: "grid", x1: BOX.left, x2: right, y1: y.map(t), y2: y.map(t) }));
    picture.append(svg("text", { x: BOX.left - 7, y: y.map(t) + 4, "text-anchor": "end" }, show(t)));
  }
  const middle = (BOX.top + bottom) / 2;
  picture.append(svg("text", { x: (BOX.left + right) / 2, y: BOX.height - 6, "text-anchor": "middle" }, labelX));
  picture.append(svg("text", { x: 13, y: middle, "text-anchor": "middle", transform: `rotate(-90 13 ${middle})` }, labelY));
  return picture;
}

function legend(entries) {
  const box = element("div", { class: "legend" });
  for (const [name, paint, dot] of entries) {
    box.append(element("span", {}, element("i", { style: `background:${paint}`, class: dot ? "dot" : "" }), name));
  }
  return box;
}

function drawLines(item) {
  const all = (key) => item.series.flatMap((s) => s[key] || []);
  const x = scale(item.x, all("x"), BOX.left, BOX.width - BOX.right);
  const y = scale(item.y, [...all("y"), ...all("low"), ...all("high")], BOX.height - BOX.bottom, BOX.top);
  const picture = frame(x, y, item.x.label, item.y.label);
  picture.setAttribute("aria-label", item.title);
  item.series.forEach((series, index) => {
    const points = (values) => values
      .map((v, i) => [series.x[i], v]).filter(([a, b]) => x.shows(a) && y.shows(b))
      .map(([a, b]) => `${x.map(a).toFixed(2)},${y.map(b).toFixed(2)}`);
    if (series.low && series.high) {
      const outline = [...points(series.high), ...points(series.low).reverse()].join(" ");
      picture.append(svg("polygon", { points: outline, fill: colour(index), opacity: 0.18 }));
    }
    const line = points(series.y);
    const attributes = { fill: "none", stroke: colour(index), "stroke-width": 2, "stroke-linejoin": "round" };
    picture.append(svg("polyline", { points: line.join(" "), ...attributes }, svg("title", {}, series.name)));
    if (line.length < 12) {
      for (const point of line) {
        const [cx, cy] = point.split(",");
        picture.append(svg("circle", { cx, cy, r: 3.2, fill: colour(index) }));
      }
    }
  });
  return [legend(item.series.map((s, i) => [s.name, colour(i)])), picture];
}

function drawTable(item) {
  const numeric = item.columns.map((_, c) => item.rows.length > 0 && item.rows.every((r) => typeof r[c] === "number" || r[c] === null));
  const table = element("table");
  table.append(element("tr", {}, ...item.columns.map((name, c) =>
    element("th", numeric[c] ? { class: "number" } : {}, name))));
  for (const row of item.rows) {
    table.append(element("tr", {}, ...row.map((cell, c) => {
      const kind = typeof cell === "boolean" ? (cell ? "yes" : "no") : numeric[c] ? "number" : "";
      return element("td", kind ? { class: kind } : {}, show(cell));
    })));
  }
  return [element("div", { class: "scroll" }, table)];
}

function drawFacts(item) {
  const list = element("dl");
  for (const row of item.rows) {
    const value = element("dd", {}, show(row.value));
    if (row.unit) value.append(" ", element("small", {}, row.unit));
    const box = element("div", {}, element("dt", {}, row.name), value);
    if (row.meaning) box.append(element("p", {}, row.meaning));
    list.append(box);
  }
  return [list];
}

// One row a stage: its name and length above its bar; the limit as a dashed line through all rows.
function drawWaterfall(item) {
  const ROW = 34, top = 6, bottom = 34, left = 8, right = BOX.width - 8;
  const height = top + item.stages.length * ROW + bottom, base = height - bottom;
  const ends = item.stages.map((s) => s.end);
  const x = scale({ low: 0 }, [...ends, item.limit], left, right);
  const picture = svg("svg", { viewBox: `0 0 ${BOX.width} ${height}`, role: "img", "aria-label": item.title });
  for (const t of x.ticks) {
    picture.append(svg("line", { class: "grid", x1: x.map(t), x2: x.map(t), y1: top, y2: base }));
    const anchor = x.map(t) < left + 20 ? "start" : x.map(t) > right - 20 ? "end" : "middle";
    picture.append(svg("text", { x: x.map(t), y: base + 16, "text-anchor": anchor }, show(t)));
  }
  picture.append(svg("text", { x: right, y: base + 30, "text-anchor": "end" }, item.unit));
  item.stages.forEach((stage, i) => {
    const y = top + i * ROW, from = x.map(stage.start), width = Math.max(1.5, x.map(stage.end) - from);
    const length = `${stage.name}: ${show(Number((stage.end - stage.start).toFixed(1)))} ${item.unit}`;
    const late = from > BOX.width * 0.45;  // the name stays inside the picture
    picture.append(svg("text", { x: late ? x.map(stage.end) : from, y: y + 13, "text-anchor": late ? "end" : "start" }, length));
    const bar = { x: from, y: y + 17, width, height: 10, rx: 2, fill: colour(i) };
    if (!stage.confirmed) Object.assign(bar, { opacity: 0.4, stroke: colour(i), "stroke-dasharray": "3 2" });
    picture.append(svg("rect", bar, svg("title", {}, stage.why)));
  });
  const limit = { class: "limit", x1: x.map(item.limit), x2: x.map(item.limit), y1: top, y2: base };
  picture.append(svg("line", limit, svg("title", {}, `${show(item.limit)} ${item.unit}`)));
  return [picture];
}

// Boxes from top to bottom, what flows between them beside the arrows.
function drawChain(item) {
  const box = element("div", { class: "chain" });
  const bar = (name, fraction) => element("span", { class: "fill" }, name,
    element("i", {}, element("b", { style: `width:${Math.min(100, fraction * 100)}%` })), `${show(Number((fraction * 100).toFixed(1)))} %`);
  item.links.forEach((link, i) => {
    box.append(element("p", { class: "link" }, `↓ ${link.text}`, bar("", link.use)));
    if (i < item.boxes.length) {
      const { name, text, fills } = item.boxes[i];
      box.append(element("div", { class: "box" }, element("strong", {}, name), element("p", {}, text),
        ...fills.map((f) => bar(f.name, f.fraction))));
    }
  });
  return [box];
}

const DRAW = {
  lines: drawLines, event: drawEvent, points: drawPoints, table: drawTable, facts: drawFacts, waterfall: drawWaterfall, chain: drawChain,
};

function drawItem(item) {
  const wide = item.type === "facts" || item.type === "event" || (item.type === "table" && item.columns.length > 5);
  const box = element("section", { class: wide ? "item wide" : "item" }, element("h3", {}, item.title));
  box.append(...DRAW[item.type](item), element("p", { class: "meaning" }, item.meaning));
  box.append(element("div", { class: "command" }, item.command));
  return box;
}

function drawPage(documents) {
  const main = document.querySelector("main");
  const nav = element("nav");
  main.append(element("h1", {}, documents[0].title), nav);
  let number = 0;
  for (const results of documents) {
    for (const section of results.sections) {
      const id = `section-${++number}`;
      nav.append(element("a", { href: `#${id}` }, section.title));
      main.append(element("h2", { id }, section.title));
      if (section.text) main.append(element("p", { class: "soft" }, section.text));
      main.append(element("div", { class: "items" }, ...section.items.map(drawItem)));
    }
  }
  main.append(element("footer", {}, document.querySelector("meta[name=generator]").content));
}

drawPage(JSON.parse(document.getElementById("results").textContent));
