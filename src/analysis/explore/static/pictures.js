// Pictures and tables of the explorer: each takes a piece of the kernel's answer and gives an element.
// Whatever comes from the data is set as text or as an attribute, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function make(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

// The words and numbers of the reader's language.
class Words {
  constructor(labels, language) {
    const locale = language === "sv" ? "sv-SE" : "en-GB";
    this.labels = labels;
    this.whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.exact = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    this.fine = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });
    const fixed = (n) => new Intl.NumberFormat(locale, { minimumFractionDigits: n, maximumFractionDigits: n });
    this.rates = { few: fixed(2), many: fixed(1) };
    this.share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  }
  text(key, values = {}) {
    return (this.labels[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }
  number(value) {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    return (size >= 100 || Number.isInteger(value) ? this.whole : size >= 1 ? this.exact : this.fine).format(value);
  }
  // Numbers a month stand under each other, so they have as many decimals.
  rate(value, most = value) {
    return value === null || value === undefined ? "–" : this.rates[most < 10 ? "few" : "many"].format(value);
  }
  percent(value) {
    return value === null || value === undefined ? "–" : this.share.format(value);
  }
}

// A long name may break after its slashes.
function breakable(label) {
  return label.split(/(?<=\/)/).flatMap((part, n) => (n ? [make("wbr"), part] : [part]));
}

function table(caption, headings, rows) {
  const head = headings.map((heading, n) => make("th", { scope: "col", class: n ? "xp-number" : "" }, heading));
  const body = rows.map(([first, ...rest]) =>
    make("tr", {}, make("th", { scope: "row" }, first), rest.map((cell) => make("td", { class: "xp-number" }, cell))));
  return make("table", { class: "xp-table" }, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, head)), make("tbody", {}, body));
}

function numbersBehind(words, caption, headings, rows, key) {
  return make("details", { class: "xp-behind", "data-open": key },
    make("summary", { "data-key": `behind:${key}` }, words.text("numbers")),
    make("div", { class: "xp-scroll", tabindex: "0", role: "group", "aria-label": caption },
      table(caption, headings, rows)));
}

// A scale from zero, with few round marks.
function scaleOf(values, height) {
  const most = Math.max(0, ...values.filter((value) => value !== null && value !== undefined)) || 1;
  const rough = most / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const top = Math.ceil(most / step - 1e-9) * step;
  const marks = Array.from({ length: Math.round(top / step) + 1 }, (_, n) => n * step);
  return { marks, at: (value) => height - (value / top) * height };
}

const LEFT = 46, RIGHT = 14, TOP = 44, FOOT = 24, WIDE = 860, NARROW = 440, HIGH = 180;

// A series by month: grey circles before the start, blue diamonds after it, the medians as lines.
// Months that are not fully reported are hollow; the time of change is a band. What the lines come to stands
// above the picture, where no month lies.
function series(words, { labels, values, whole, start, settled, before, after, title,
  width = WIDE, level = "median", told = (value) => words.number(value) }) {
  const scale = scaleOf([...values, before, after], HIGH), inner = width - LEFT - RIGHT;
  const x = (n) => LEFT + (labels.length > 1 ? (n / (labels.length - 1)) * inner : inner / 2);
  const y = (value) => TOP + scale.at(value);
  const from = start ? labels.findIndex((label) => label >= start) : -1;
  const to = settled ? labels.findIndex((label) => label >= settled) : -1;
  const edge = (n) => (n > 0 ? (x(n - 1) + x(n)) / 2 : n === 0 ? x(0) : width - RIGHT);
  const middle = edge(from), end = to < 0 && from >= 0 && settled ? width - RIGHT : Math.max(middle, edge(to));
  const band = from >= 0 && end > middle ? [draw("path", { d: `M${middle} ${TOP}H${end}V${TOP + HIGH}H${middle}z`, class: "xp-change" })] : [];
  const parts = scale.marks.flatMap((mark) => [
    draw("path", { d: `M${LEFT} ${y(mark)}H${width - RIGHT}`, class: "xp-grid" }),
    draw("text", { x: LEFT - 7, y: y(mark) + 4, "text-anchor": "end" }, told(mark)),
  ]);
  parts.unshift(...band);
  parts.push(...years(labels, x), ...line(labels, values, x, y));
  if (from >= 0) {
    parts.push(draw("path", { d: `M${middle} ${TOP - 12}V${TOP + HIGH}`, class: "xp-start" }));
    const isLate = middle > width * 0.7;
    parts.push(draw("text", { x: middle + (isLate ? -6 : 6), y: TOP - 14, class: "xp-strong",
      "text-anchor": isLate ? "end" : "start" }, words.text("start", { month: start })));
  }
  parts.push(...values.map((value, n) => (value === null ? null
    : point(x(n), y(value), `${labels[n]}: ${told(value)}`, from >= 0 && n >= from, whole?.[n] ?? true))));
  const said = (side, value) => `${words.text(side)}: ${words.text(level, { n: told(value) })}`;
  parts.push(levelLine(before, LEFT, middle, y, { x: LEFT, "text-anchor": "start" }, said("before", before), "before"));
  if (from >= 0) parts.push(levelLine(after, end, width - RIGHT, y, { x: width - RIGHT, "text-anchor": "end" }, said("after", after), "after"));
  return draw("svg", { viewBox: `0 0 ${width} ${TOP + HIGH + FOOT}`, role: "img", "aria-label": title, class: "xp-svg" },
    parts.filter(Boolean));
}

function years(labels, x) {
  const short = labels.length <= 14;
  return labels.flatMap((label, n) => {
    const isYear = label.endsWith("-01");
    if (!isYear && n !== 0 && !short) return [];
    if (n === 0 && !short && labels.slice(1, 6).some((next) => next.endsWith("-01"))) return [];
    return [draw("path", { d: `M${x(n)} ${TOP + HIGH}v4`, class: "xp-tick" }),
      draw("text", { x: x(n), y: TOP + HIGH + 18, "text-anchor": "middle" }, isYear && !short ? label.slice(0, 4) : label)];
  });
}

function line(labels, values, x, y) {
  const pieces = [];
  values.forEach((value, n) => {
    if (value !== null) pieces.push(`${n === 0 || values[n - 1] === null ? "M" : "L"}${x(n).toFixed(1)} ${y(value).toFixed(1)}`);
  });
  return pieces.length ? [draw("path", { d: pieces.join(""), class: "xp-line" })] : [];
}

function levelLine(value, from, to, y, place, told, which) {
  if (value === null || value === undefined || to - from < 1) return null;
  return draw("g", { class: `xp-median xp-${which}` },
    draw("path", { d: `M${from} ${y(value)}H${to}` }),
    draw("text", { y: 12, ...place }, told));
}

function point(x, y, told, isAfter, isWhole) {
  const look = `xp-${isAfter ? "after" : "before"}${isWhole ? "" : " xp-hollow"}`;
  const shape = isAfter
    ? draw("path", { d: `M${x} ${y - 4.4}l4.4 4.4l-4.4 4.4l-4.4 -4.4z`, class: look })
    : draw("circle", { cx: x, cy: y, r: 3.4, class: look });
  shape.append(draw("title", {}, told));
  return shape;
}

// Who reports about whom: every cell that has reports is a button that chooses both.
function matrix(words, { rows, row_ids, columns, column_ids, n }, isChosen, choose) {
  const most = Math.max(1, ...n.flat());
  const cells = (row, at) => columns.map((column, to) => {
    const by = row_ids[at], about = column_ids[to];
    const count = n[at][to];
    if (!count) return make("td", { class: "xp-number xp-none" }, "0");
    const told = words.text("cell", { by: row, about: column, n: words.number(count) });
    const chosen = isChosen(by, about);
    return make("td", { style: `background: rgba(11, 95, 165, ${(0.04 + 0.4 * (count / most)).toFixed(3)})` },
      make("button", { type: "button", class: "xp-cell", "data-key": `matrix:${by}:${about}`, title: told,
        "aria-label": told, "aria-pressed": String(chosen), onclick: () => choose(by, about) }, words.number(count)));
  });
  const head = columns.map((column) => make("th", { scope: "col" }, breakable(column)));
  return make("table", { class: "xp-table xp-matrix" }, make("caption", {}, words.text("matrix_note")),
    make("thead", {}, make("tr", {}, make("td", {}, words.text("by_about")), head)),
    make("tbody", { "data-roving": true }, rows.map((row, at) => make("tr", {}, make("th", { scope: "row" }, breakable(row)), cells(row, at)))));
}

// Most common first, with the share of all that the rows so far make up.
function pareto(words, { dim, bars }, selected, toggle) {
  const most = Math.max(1, ...bars.map((bar) => bar.n));
  return make("ol", { class: "xp-bars", "data-roving": true }, bars.map((bar) => make("li", {},
    make("button", { type: "button", class: "xp-bar", "data-key": `pareto:${dim}:${bar.id}`,
      "aria-pressed": String(selected.includes(bar.id)), onclick: () => toggle(dim, bar.id) },
    make("span", { class: "xp-label" }, bar.label),
    make("span", { class: "xp-track" }, make("span", { class: "xp-fill", style: `width: ${(100 * bar.n) / most}%` })),
    make("span", { class: "xp-number" }, words.number(bar.n)),
    make("span", { class: "xp-number xp-muted" }, words.percent(bar.share_cum))))));
}

// The pairs of parties as values, of which each has its counts a month before and after the start.
function pairsOf(words, { rows, row_ids, columns, column_ids, n, before, after }) {
  return row_ids.flatMap((by, at) => column_ids.map((about, to) => ({ id: `${by}|${about}`, n: n[at][to],
    label: words.text("pair", { by: rows[at], about: columns[to] }), before: before[at][to], after: after[at][to] })));
}

// What a part of the selection came to a month before and after the start; the largest change stands first,
// and what grew most is said above, since it may come after larger falls.
function growth(words, { id, values }, chosen, toggle) {
  const change = (value) => (value.after ?? 0) - (value.before ?? 0);
  const known = values.filter((value) => value.before !== null && value.after !== null && (value.before || value.after));
  const ranked = [...known].sort((one, other) => Math.abs(change(other)) - Math.abs(change(one)));
  const grown = [...known].sort((one, other) => change(other) - change(one)).find((value) => change(value) > 0);
  const kept = ranked.filter((value, n) => n < 12 || value === grown);
  const most = Math.max(...kept.flatMap((value) => [value.before, value.after]));
  const sign = (value) => (change(value) > 0 ? "▲ +" : change(value) < 0 ? "▼ −" : "");
  const told = grown ? words.text("growth_most", { what: grown.label, n: words.rate(change(grown), most) }) : words.text("growth_none");
  const rows = kept.map((value) => make("tr", {}, make("th", { scope: "row" },
    make("button", { type: "button", class: "xp-link", "data-key": `growth:${id}:${value.id}`, "aria-pressed": String(chosen.includes(value.id)),
      onclick: () => toggle(id, value.id) }, value.label)),
  [words.rate(value.before, most), words.rate(value.after, most), sign(value) + words.rate(Math.abs(change(value)), most)].map((cell) => make("td", { class: "xp-number" }, cell))));
  const head = ["value", "before", "after", "change"].map((key) => make("th", { scope: "col", class: key === "value" ? "" : "xp-number" }, words.text(key)));
  if (!known.length) return make("p", { class: "xp-note" }, words.text("growth_nothing"));
  return make("div", {}, make("p", { class: "xp-finding" }, told),
    make("table", { class: "xp-table" }, make("caption", {}, words.text("growth_note")), make("thead", {}, make("tr", {}, head)),
      make("tbody", { "data-roving": true }, rows)));
}

function timeline(words, steps) {
  const most = Math.max(1e-9, ...steps.map((step) => step.median_days ?? 0));
  const hasShare = steps.some((step) => "within_30_share" in step);
  const headings = ["step", "median_days", "", hasShare ? "within_30" : "", "number"].filter((key, n) => key || n === 2);
  const rows = steps.map((step) => make("tr", {}, make("th", { scope: "row" }, step.label),
    make("td", { class: "xp-number" }, words.number(step.median_days)),
    make("td", { class: "xp-wide", "aria-hidden": "true" },
      make("span", { class: "xp-track" }, make("span", { class: "xp-fill", style: `width: ${(100 * (step.median_days ?? 0)) / most}%` }))),
    hasShare ? make("td", { class: "xp-number" }, words.percent(step.within_30_share)) : null,
    make("td", { class: "xp-number" }, words.number(step.n))));
  return make("table", { class: "xp-table" }, make("caption", { class: "xp-hidden" }, words.text("timeline")),
    make("thead", {}, make("tr", {}, headings.map((key) => key
      ? make("th", { scope: "col", class: key === "step" ? "" : "xp-number" }, words.text(key)) : make("td", {})))),
    make("tbody", {}, rows));
}

// The same selection before and after: two rates, and their ratio as a line around 1.
function beforeAfter(words, { before, after, ratio, low, high, text, note }) {
  const side = (which, name) => [words.text(name), words.number(which.months), words.number(which.n), words.rate(which.per_month)];
  const rows = [before ? side(before, "before") : null, after ? side(after, "after") : null].filter(Boolean);
  const headings = ["period", "months_n", "number", "per_month"].map((key) => words.text(key));
  return make("div", { class: "xp-answer" }, make("p", { class: "xp-finding" }, text),
    low !== null && low !== undefined ? interval(words, ratio, low, high) : null,
    rows.length ? table(words.text("before_after_table"), headings, rows) : null,
    make("p", { class: "xp-note" }, note));
}

function interval(words, ratio, low, high) {
  const reach = Math.max(Math.abs(Math.log(low || 1e-3)), Math.abs(Math.log(high)), Math.log(1.5)) * 1.1;
  const x = (value) => 160 + (Math.log(Math.max(value, 1e-3)) / reach) * 140;
  const told = words.text("interval", { n: words.number(ratio), low: words.number(low), high: words.number(high) });
  return draw("svg", { viewBox: "0 0 320 54", role: "img", "aria-label": told, class: "xp-svg xp-interval" },
    draw("path", { d: "M160 6V34", class: "xp-start" }),
    draw("path", { d: `M${x(low)} 20H${x(high)}`, class: "xp-reach" }),
    draw("path", { d: `M${x(ratio)} 14.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z`, class: "xp-after" }),
    draw("text", { x: 160, y: 48, "text-anchor": "middle" }, words.text("same")),
    draw("text", { x: 20, y: 48 }, `← ${words.text("fewer")}`),
    draw("text", { x: 300, y: 48, "text-anchor": "end" }, `${words.text("more")} →`));
}
