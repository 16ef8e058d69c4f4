// The stand-alone page of released figures. It shows what is chosen and calculates nothing of its own:
// every figure is one that a report shows. All texts are set as text, never as markup.
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const [ROW, LEVELS] = [14, 4]; // of the names of starts: their height, and how many stand above each other
  const LOOKS = 8; // colours and shapes of the style sheet and of `SHAPES`
  const SHAPES = [
    (x, y) => `M${x - 3.5} ${y}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0`,
    (x, y) => `M${x - 3.2} ${y - 3.2}h6.4v6.4h-6.4z`,
    (x, y) => `M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`,
    (x, y) => `M${x} ${y - 4.3}l4.5 7.8h-9z`,
    (x, y) => `M${x} ${y + 4.3}l4.5 -7.8h-9z`,
    (x, y) => `M${x - 4} ${y - 1.3}h2.7v-2.7h2.6v2.7h2.7v2.6h-2.7v2.7h-2.6v-2.7h-2.7z`,
    (x, y) => `M${x - 4.5} ${y - 2}h9v4h-9z`,
    (x, y) => `M${x - 2} ${y - 4.5}h4v9h-4z`,
  ];
  const data = JSON.parse(document.getElementById("data").textContent);
  const say = data.said;
  const at = (id) => document.getElementById(id);
  const units = data.units.map((one) => one.id);
  const months = everyMonth();
  let state = everything();

  // Small helpers -------------------------------------------------------------------------------------

  /** A new element with a class, a text and children. */
  function make(name, { text, children = [], ...attributes } = {}) {
    const one = document.createElement(name);
    if (text !== undefined) one.textContent = text;
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    one.append(...children);
    return one;
  }

  function draw(name, attributes, text) {
    const one = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    if (text !== undefined) one.textContent = text;
    return one;
  }

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /** A number as the page's language writes it, with so many decimals. */
  function written(value, decimals) {
    const [whole, rest] = Math.abs(value).toFixed(decimals).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, data.thousands);
    return (value < 0 ? "\u2212" : "") + grouped + (rest ? data.decimal + rest : "");
  }

  /** A value of the measure; a tick of the axis has no more decimals than it needs. */
  function valued(value, kind, decimals = 1) {
    return kind === "share" ? written(100 * value, decimals === 1 ? 0 : decimals) + data.percent : written(value, decimals);
  }

  function monthNumber(month) {
    const [year, number] = month.split("-").map(Number);
    return 12 * year + number - 1;
  }

  function monthName(number) {
    return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, "0")}`;
  }

  function everyMonth() {
    const all = data.series.flatMap((one) => one.points.map((p) => [monthNumber(p[0]), monthNumber(p[0]) + p[1]]));
    const first = Math.min(...all.map((p) => p[0]));
    const after = Math.max(...all.map((p) => p[1]));
    return Array.from({ length: after - first }, (_, n) => monthName(first + n));
  }

  function periodName(point) {
    const last = monthName(monthNumber(point[0]) + point[1] - 1);
    return point[1] === 1 ? point[0] : `${point[0]} \u2013 ${last}`;
  }

  // What is chosen, and its address -------------------------------------------------------------------

  function everything() {
    return { measure: data.measures[0].id, units: [...units], from: months[0], to: months[months.length - 1] };
  }

  /** The first and the last month, whichever was chosen as which: one is on the way to the other. */
  function bounds() {
    return [state.from, state.to].sort();
  }

  function address() {
    const [from, to] = bounds();
    const parts = { m: state.measure, u: state.units.join(","), f: from, t: to };
    return Object.entries(parts).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
  }

  /** What an address chooses; nothing when it is no address of the page's. */
  function chosenBy(text) {
    const found = new Map(text.split("&").map((part) => [part.split("=")[0], plain(part.split("=").slice(1).join("="))]));
    const one = { measure: found.get("m"), units: (found.get("u") ?? "?").split(",").filter((u) => u), from: found.get("f"), to: found.get("t") };
    const fits =
      found.size === 4 &&
      data.measures.some((m) => m.id === one.measure) &&
      one.units.every((u) => units.includes(u)) &&
      months.includes(one.from) && months.includes(one.to) && one.from <= one.to;
    return fits ? { ...one, units: units.filter((u) => one.units.includes(u)) } : null;
  }

  function plain(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return "";
    }
  }

  /** Take over what the address says; a broken one is told of, and shows all. */
  function follow() {
    const text = location.hash.slice(1);
    if (text && at(plain(text))) return; // a link within the page
    const found = text ? chosenBy(text) : everything();
    state = found ?? everything();
    setControls();
    show(found ? "" : say.broken);
  }

  function remember() {
    try {
      history.replaceState(null, "", `#${address()}`);
    } catch {
      // a browser that forbids it: the page works without a bookmark
    }
  }

  // The controls --------------------------------------------------------------------------------------

  function buildControls() {
    for (const group of new Set(data.measures.map((one) => one.report))) {
      const own = data.measures.filter((one) => one.report === group);
      const options = own.map((one) => make("option", { value: one.id, text: one.name }));
      at("measure").append(make("optgroup", { label: group, children: options }));
    }
    for (const one of data.units) {
      const box = make("input", { type: "checkbox", id: `unit-${one.id}`, value: one.id, autocomplete: "off" });
      at("units").append(make("label", { children: [box, ` ${one.name}`], for: box.id }));
    }
    for (const end of ["from", "to"]) at(end).append(...months.map((month) => make("option", { value: month, text: month })));
    at("measure").addEventListener("change", () => change({ measure: at("measure").value }));
    at("units").addEventListener("change", () => change({ units: boxes().filter((b) => b.checked).map((b) => b.value) }));
    for (const end of ["from", "to"]) at(end).addEventListener("change", () => change({ [end]: at(end).value }));
    at("reset").addEventListener("click", () => change({ ...everything(), measure: state.measure }));
    at("copy").addEventListener("click", copy);
    addEventListener("hashchange", follow);
    addEventListener("resize", () => requestAnimationFrame(chart));
  }

  function boxes() {
    return [...at("units").querySelectorAll("input")];
  }

  function change(some) {
    state = { ...state, ...some };
    setControls();
    remember();
    show("");
  }

  function setControls() {
    at("measure").value = state.measure;
    for (const box of boxes()) box.checked = state.units.includes(box.value);
    at("from").value = state.from;
    at("to").value = state.to;
    at("by-hand").hidden = true;
  }

  // What is shown -------------------------------------------------------------------------------------

  function measure() {
    return data.measures.find((one) => one.id === state.measure);
  }

  /** The chosen units' series of the measure, each with the periods that lie wholly within the choice. */
  function chosen() {
    const [first, last] = bounds().map(monthNumber);
    const inside = (p) => monthNumber(p[0]) >= first && monthNumber(p[0]) + p[1] - 1 <= last;
    return state.units
      .map((unit) => data.series.find((one) => one.unit === unit && one.measure === state.measure))
      .filter((one) => one)
      .map((one) => ({ ...one, name: unitName(one.unit), look: units.indexOf(one.unit) % LOOKS, points: one.points.filter(inside) }));
  }

  function unitName(unit) {
    return data.units.find((one) => one.id === unit).name;
  }

  function show(message) {
    const one = measure();
    at("name").textContent = one.name;
    at("about-measure").textContent = say[one.better];
    at("question").textContent = one.question;
    const series = chosen();
    chart();
    answers(series);
    figures(series, one);
    at("status").textContent = [message, told(series)].filter((text) => text).join(" ");
  }

  function told(series) {
    if (!state.units.length) return say.no_units;
    const n = series.reduce((sum, one) => sum + one.points.length, 0); // how many lines, no figure
    const absent = state.units.filter((unit) => !series.some((one) => one.unit === unit)).map(unitName);
    const missing = absent.length ? fill(say.left_out, { units: absent.join(", ") }) : "";
    const shown = n ? fill(say.status, { n, units: series.filter((one) => one.points.length).length }) : say.no_figures;
    return [shown, missing].filter((text) => text).join(" ");
  }

  function answers(series) {
    const lines = series.map((one) => {
      const name = make("th", { scope: "row", text: one.name });
      if (one.older) name.append(make("span", { class: "older", text: ` (${fill(say.older, { first: one.older })})` }));
      const chip = make("span", { class: `verdict verdict-${one.verdict}`, text: one.verdict_name });
      const link = make("a", { href: one.href, text: fill(say.read, { units: one.name }) });
      const start = make("span", { class: "when", text: one.start });
      const told = make("span", { children: [start, one.invented ? ` ${say.invented}` : ""] });
      const cells = [one.verdict ? chip : data.missing, one.change, one.months, told, link];
      return make("tr", { children: [name, ...cells.map((cell) => make("td", { children: [cell] }))] });
    });
    at("answers").tBodies[0].replaceChildren(...lines);
  }

  /** The three cells of a period as readers see them: a hidden count is a mark, what is not told a dash. */
  function cells(point, kind) {
    const [, , numerator, denominator, value, hidden] = point;
    const count = (n, bit) => (n !== null ? written(n, 0) : hidden & bit ? data.hidden : data.missing);
    return [count(numerator, 1), count(denominator, 2), value !== null ? valued(value, kind) : data.missing];
  }

  function figures(series, one) {
    const heads = [data.period, ...one.heads].map((text, n) => make("th", { scope: "col", text, class: n ? "num" : "when" }));
    at("rows").tHead.rows[0].replaceChildren(...heads);
    for (const old of [...at("rows").tBodies]) old.remove();
    at("rows").append(
      ...series.filter((s) => s.points.length).map((s) => {
        const name = make("th", { scope: "rowgroup", colspan: "4", class: "group", text: s.name });
        const lines = s.points.map((p) => {
          const shown = cells(p, one.kind).map((text) => make("td", { class: "num", text }));
          return make("tr", { children: [make("th", { scope: "row", class: "when", text: periodName(p) }), ...shown] });
        });
        return make("tbody", { children: [make("tr", { children: [name] }), ...lines] });
      }),
    );
  }

  // The chart -----------------------------------------------------------------------------------------

  function chart() {
    const one = measure();
    const series = chosen().filter((s) => s.points.some((p) => p[4] !== null));
    const lengths = new Set(series.flatMap((s) => s.points.map((p) => p[1])));
    at("about-chart").textContent = lengths.size > 1 ? say.unlike : "";
    at("chart").replaceChildren(...(series.length ? [drawing(one, series)] : []));
  }

  function drawing(one, series) {
    const width = Math.max(300, Math.min(896, at("chart").clientWidth));
    const isWide = width >= 560;
    const label = isWide ? 24 + 7.8 * Math.max(...series.map((s) => s.name.length)) : 8;
    const [first, last] = [monthNumber(bounds()[0]), monthNumber(bounds()[1]) + 1];
    const starts = startsOf(series, first, last);
    const top = 20 + ROW * Math.min(starts.length, LEVELS);
    const box = { left: 52, right: width - label, top, bottom: top + 282, width, height: top + 316 };
    const most = Math.max(...series.flatMap((s) => s.points.map((p) => p[4] ?? 0)));
    const step = stepOf(most / 5, one.kind);
    const highest = step * Math.max(1, Math.ceil(most / step - 1e-9));
    const x = (month) => round(box.left + ((month - first) / (last - first)) * (box.right - box.left));
    const y = (value) => round(box.bottom - (value / highest) * (box.bottom - box.top));
    const svg = draw("svg", { viewBox: `0 0 ${width} ${box.height}`, role: "img", "aria-label": described(one, series) });
    svg.append(...valueAxis(box, y, highest, step, one.kind), ...timeAxis(box, x, first, last, isWide));
    svg.append(...startLines(box, x, starts));
    const ends = series.map((s) => line(svg, s, one, x, y));
    if (isWide) svg.append(...labels(series, ends, box));
    at("legend").replaceChildren(...(isWide ? [] : series.map(legendLine)));
    return svg;
  }

  function described(one, series) {
    const names = series.map((s) => s.name).join(", ");
    return fill(say.alt, { measure: one.name, units: names, first: bounds()[0], last: bounds()[1] });
  }

  function round(number) {
    return Math.round(10 * number) / 10;
  }

  /** A step of 1, 2 or 5 times a power of ten that is at least so large. */
  function stepOf(least, kind) {
    if (!(least > 0)) return kind === "share" ? 0.01 : 1;
    const power = 10 ** Math.floor(Math.log10(least));
    return power * [1, 2, 5, 10].find((n) => n * power >= least - 1e-12);
  }

  function valueAxis(box, y, top, step, kind) {
    const size = kind === "share" ? 100 * step : step;
    const decimals = size < 1 ? Math.ceil(-Math.log10(size) - 1e-9) : 0;
    return Array.from({ length: Math.round(top / step) + 1 }, (_, n) => n * step).flatMap((value) => [
      draw("path", { class: "grid", d: `M${box.left} ${y(value)}H${box.right}` }),
      draw("text", { class: "tick", x: box.left - 8, y: y(value) + 4, "text-anchor": "end" }, kind === "share" ? written(100 * value, decimals) + data.percent : written(value, decimals)),
    ]);
  }

  function timeAxis(box, x, first, last, isWide) {
    const every = [1, 2, 3, 6, 12, 24, 60].find((n) => (last - first) / n <= (isWide ? 9 : 5)) ?? 120;
    const ticks = Array.from({ length: last - first + 1 }, (_, n) => first + n).filter((month) => month % every === 0 && month < last);
    return [
      draw("path", { class: "axis", d: `M${box.left} ${box.bottom}H${box.right}` }),
      ...ticks.flatMap((month) => [
        draw("path", { class: "axis", d: `M${x(month)} ${box.bottom}v5` }),
        draw("text", { class: "tick", x: x(month), y: box.bottom + 20, "text-anchor": "middle" }, every % 12 ? monthName(month) : String(month / 12)),
      ]),
    ];
  }

  /** The months in which the new way begins for the units, each with its words. */
  function startsOf(series, first, last) {
    const starts = new Map(series.map((s) => [s.start, fill(s.invented ? say.start_invented : say.start, { first: s.start })]));
    return [...starts].map(([month, text]) => [monthNumber(month), text]).filter(([month]) => month >= first && month < last).sort((a, b) => a[0] - b[0]);
  }

  /** A line for each start; the names stand so far up that no line crosses them. */
  function startLines(box, x, starts) {
    const isLate = starts.length && x(starts[0][0]) > (box.left + box.right) / 2;
    return starts.flatMap(([month, text], n) => {
      const level = (isLate ? starts.length - 1 - n : n) % LEVELS;
      const place = x(month);
      const height = box.top - ROW * (Math.min(starts.length, LEVELS) - level);
      return [
        draw("path", { class: "start", d: `M${place} ${height - 10}V${box.bottom}` }),
        draw("text", { class: "start-label", x: place + (isLate ? -6 : 6), y: height, "text-anchor": isLate ? "end" : "start" }, text),
      ];
    });
  }

  /** A unit's line with a mark a period, broken where a value is not told; where it ends. */
  function line(svg, one, asked, x, y) {
    const places = one.points.map((p) => (p[4] === null ? null : [x(monthNumber(p[0]) + p[1] / 2), y(p[4])]));
    const path = places.map((p, n) => (p ? `${n && places[n - 1] ? "L" : "M"}${p[0]} ${p[1]}` : "")).join("");
    svg.append(draw("path", { class: `line look-${one.look}`, d: path }));
    one.points.forEach((point, n) => {
      if (!places[n]) return;
      const mark = draw("path", { class: `mark look-${one.look}`, d: SHAPES[one.look](...places[n]) });
      const shown = { units: one.name, first: periodName(point), n: valued(point[4], asked.kind) };
      mark.append(draw("title", {}, fill(say.point, shown)));
      svg.append(mark);
    });
    return places.filter((p) => p).pop();
  }

  /** The names at the ends of their lines, moved apart where they would lie on each other. */
  function labels(series, ends, box) {
    const order = series.map((s, n) => ({ s, y: ends[n][1] })).sort((a, b) => a.y - b.y);
    order.forEach((one, n) => { if (n) one.y = Math.max(one.y, order[n - 1].y + 16); });
    const over = order[order.length - 1].y - box.bottom;
    order.reverse().forEach((one, n) => { if (over > 0) one.y = Math.min(one.y, box.bottom - 16 * n); });
    return order.flatMap(({ s, y }) => [
      draw("path", { class: `mark look-${s.look}`, d: SHAPES[s.look](box.right + 8, y) }),
      draw("text", { class: `name look-${s.look}`, x: box.right + 17, y: y + 4 }, s.name),
    ]);
  }

  function legendLine(one) {
    const svg = draw("svg", { viewBox: "0 0 14 14", width: "14", height: "14", "aria-hidden": "true" });
    svg.append(draw("path", { class: `mark look-${one.look}`, d: SHAPES[one.look](7, 7) }));
    return make("li", { children: [svg, ` ${one.name}`] });
  }

  // Copying -------------------------------------------------------------------------------------------

  /** The selection as CSV in the form of the set's own files: semicolons and a decimal comma. */
  function csv() {
    const one = measure();
    const bare = (n) => String(n).replace(".", ",");
    const quoted = (text) => (/[";\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = chosen().flatMap((s) => s.points.map((p) => {
      const shown = cells(p, one.kind).map((text, n) => (p[n + 2] !== null ? bare(p[n + 2]) : text));
      return [s.name, one.name, periodName(p), ...shown];
    }));
    const heads = [data.unit, data.measure, data.period, ...one.heads];
    return { n: lines.length, text: [heads, ...lines].map((cells) => cells.map(quoted).join(";")).join("\r\n") + "\r\n" };
  }

  async function copy() {
    const { n, text } = csv();
    try {
      await navigator.clipboard.writeText(text);
      at("status").textContent = fill(say.copied, { n });
    } catch {
      at("csv").value = text;
      at("by-hand").hidden = false;
      at("csv").focus();
      at("csv").select();
      at("status").textContent = say.not_copied;
    }
  }

  buildControls();
  follow();
})();
