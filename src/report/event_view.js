"use strict";
// One bunch crossing: its tokens in η and φ and seen along the beam, with a window in time where the
// event has times. Pile-up is grey by truth; what the window leaves out disappears.
const TRANSVERSE = { size: 330, centre: 165, beam: 14, edge: 150 };

const tokenRadius = (pt) => 1.6 + 1.5 * Math.sqrt(pt / 4);

function tokenLabel(tokens, i) {
  const time = tokens.time_ps && tokens.time_ps[i] !== null ? `, ${show(Math.round(tokens.time_ps[i]))} ps` : "";
  return `${tokens.kind[i]}, ${show(tokens.pt_gev[i])} GeV${time}${tokens.is_pileup[i] ? ", pile-up" : ""}`;
}

// Pile-up first, so that the hard collision lies on top.
function drawingOrder(tokens) {
  return tokens.pt_gev.map((_, i) => i).sort((a, b) => tokens.is_pileup[b] - tokens.is_pileup[a]);
}

// Each view returns its picture and one mark a token, by token.
function drawEtaPhi(item, paint) {
  const x = scale({ low: -5, high: 5 }, [], BOX.left, BOX.width - BOX.right);
  const y = scale({ low: -3.1416, high: 3.1416 }, [], BOX.height - BOX.bottom, BOX.top);
  const picture = frame(x, y, "pseudorapidity η", "azimuth φ (rad)");
  picture.setAttribute("aria-label", `${item.title}: η and φ`);
  const tokens = item.tokens, marks = [];
  for (const i of drawingOrder(tokens)) {
    marks[i] = svg("circle", {
      cx: x.map(tokens.eta[i]).toFixed(1), cy: y.map(tokens.phi[i]).toFixed(1),
      r: tokenRadius(tokens.pt_gev[i]).toFixed(1), fill: paint(i), opacity: 0.75,
    }, svg("title", {}, tokenLabel(tokens, i)));
    picture.append(marks[i]);
  }
  return [picture, marks];
}

// Spokes at φ, as long as the transverse momentum is large (logarithmic from 1 to 200 GeV).
function drawTransverse(item, paint) {
  const { size, centre, beam, edge } = TRANSVERSE;
  const picture = svg("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", class: "transverse" });
  picture.setAttribute("aria-label", `${item.title}: along the beam`);
  const radius = (pt) => beam + (edge - beam) * Math.min(1, Math.max(0.03, Math.log(Math.max(pt, 1)) / Math.log(200)));
  for (const pt of [10, 100]) {
    picture.append(svg("circle", { cx: centre, cy: centre, r: radius(pt), class: "ring" }));
  }
  picture.append(svg("circle", { cx: centre, cy: centre, r: beam, class: "ring" }));
  const tokens = item.tokens, marks = [];
  for (const i of drawingOrder(tokens)) {
    const [dx, dy] = [Math.cos(tokens.phi[i]), -Math.sin(tokens.phi[i])], end = radius(tokens.pt_gev[i]);
    marks[i] = svg("line", {
      x1: (centre + beam * dx).toFixed(1), y1: (centre + beam * dy).toFixed(1),
      x2: (centre + end * dx).toFixed(1), y2: (centre + end * dy).toFixed(1),
      stroke: paint(i), "stroke-width": tokens.is_pileup[i] ? 1.2 : 2.6, "stroke-linecap": "round", opacity: 0.85,
    }, svg("title", {}, tokenLabel(tokens, i)));
    picture.append(marks[i]);
  }
  for (const pt of [10, 100]) {
    picture.append(svg("text", { x: centre + 3, y: centre - radius(pt) - 3 }, `${pt} GeV`));
  }
  return [picture, marks];
}

// Moves from 30 ps to everything; says how much of the crossing and of its pile-up is left.
function timeWindow(item, views) {
  const tokens = item.tokens;
  const timed = tokens.time_ps.map((t, i) => (t === null ? -1 : i)).filter((i) => i >= 0);
  const slider = element("input", { type: "range", min: 30, max: 600, step: 10, value: 600, "aria-label": "time window" });
  const text = element("output", { class: "soft" });
  const apply = () => {
    const limit = Number(slider.value) >= 600 ? Infinity : Number(slider.value);
    const inside = timed.filter((i) => Math.abs(tokens.time_ps[i]) <= limit);
    for (const i of timed) {
      for (const marks of views) marks[i].style.display = Math.abs(tokens.time_ps[i]) <= limit ? "" : "none";
    }
    const pileup = (list) => list.filter((i) => tokens.is_pileup[i]).length;
    const window = limit === Infinity ? "no cut in time" : `within ±${limit} ps`;
    text.textContent = `${window}: ${inside.length} of ${timed.length} tracks, ${pileup(inside)} of ` +
      `${pileup(timed)} pile-up tracks, ${inside.length - pileup(inside)} of ${timed.length - pileup(timed)} others`;
  };
  slider.addEventListener("input", apply);
  const cut = element("button", { type: "button" }, "90 ps"), all = element("button", { type: "button" }, "all");
  for (const [button, value] of [[cut, 90], [all, 600]]) {
    button.addEventListener("click", () => { slider.value = value; apply(); });
  }
  apply();
  return element("div", { class: "window" }, element("label", {}, "time window ", slider), cut, all, text);
}

function drawEvent(item) {
  const tokens = item.tokens;
  const kinds = [...new Set(tokens.kind)];
  const paint = (i) => (tokens.is_pileup[i] ? "var(--pileup)" : colour(kinds.indexOf(tokens.kind[i])));
  const [plane, planeMarks] = drawEtaPhi(item, paint);
  const [across, acrossMarks] = drawTransverse(item, paint);
  const entries = kinds.map((k, i) => [k, colour(i), true]);
  const parts = [
    legend([...entries, ["pile-up (by truth)", "var(--pileup)", true]]),
    element("div", { class: "views" }, plane, across),
  ];
  if (tokens.time_ps) parts.push(timeWindow(item, [planeMarks, acrossMarks]));
  return parts;
}

// Dots of several kinds in one plane.
function drawPoints(item) {
  const all = (key) => item.series.flatMap((s) => s[key]);
  const x = scale(item.x, all("x"), BOX.left, BOX.width - BOX.right);
  const y = scale(item.y, all("y"), BOX.height - BOX.bottom, BOX.top);
  const picture = frame(x, y, item.x.label, item.y.label);
  picture.setAttribute("aria-label", item.title);
  // By turns, so that no series hides another.
  const longest = Math.max(0, ...item.series.map((s) => s.x.length));
  for (let i = 0; i < longest; ++i) {
    item.series.forEach((series, index) => {
      if (i >= series.x.length || !x.shows(series.x[i]) || !y.shows(series.y[i])) return;
      picture.append(svg("circle", {
        cx: x.map(series.x[i]).toFixed(1), cy: y.map(series.y[i]).toFixed(1), r: 2.2, fill: colour(index), opacity: 0.6,
      }));
    });
  }
  return [legend(item.series.map((s, i) => [s.name, colour(i), true])), picture];
}
