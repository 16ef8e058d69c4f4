// The explorer in a notebook. The page holds the selection and nothing else; everything that is shown comes
// from the kernel as messages, so that no saved notebook holds any of it.

const PAGE_ROWS = 25, FEW_VALUES = 8, SEARCH_PAUSE = 150, SLOW = 250, SILENT = 20000, SETTLED = 500, BROAD = 860;
const EMPTY = { filters: {}, first: "", last: "", text: "" };
const TABLES = ["deviations", "episodes", "measurements"];

class Page {
  constructor(model, host) {
    this.model = model;
    this.words = new Words(model.get("labels"), model.get("language"));
    this.view = Math.random().toString(36).slice(2);
    this.asked = 0;
    this.waiting = new Map();
    this.selection = { table: model.get("table"), ...EMPTY };
    this.open = new Set();
    this.wide = new Set();
    this.from = 0;
    this.root = make("div", { class: "explorer", lang: model.get("language"), role: "region",
      "aria-label": this.words.text("explorer") });
    this.guard = (event) => this.root.toggleAttribute("data-lm-suppress-shortcuts", !(event.ctrlKey || event.metaKey));
    window.addEventListener("keydown", this.guard, true);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.hearing = (message) => this.hear(message);
    model.on("msg:custom", this.hearing);
    this.build();
    host.append(this.root);
    this.ask("summary", {});
  }

  close() {
    this.model.off("msg:custom", this.hearing);
    window.removeEventListener("keydown", this.guard, true);
    clearTimeout(this.slow);
    clearTimeout(this.pause);
    clearTimeout(this.silent);
    clearTimeout(this.shown);
  }

  // Messages: the answer to the latest question of each kind counts; one summary at a time is on its way.

  ask(kind, more) {
    const id = `${this.view}:${(this.asked += 1)}`;
    this.waiting.set(kind, id);
    this.model.send({ kind, id, ...more });
    clearTimeout(this.slow);
    clearTimeout(this.silent);
    this.slow = setTimeout(() => this.say(this.words.text("busy")), SLOW);
    this.silent = setTimeout(() => this.say(this.words.text("silent")), SILENT);
  }

  hear(message) {
    const kind = message.kind === "error" ? message.of : message.kind;
    if (this.waiting.get(kind) !== message.id) return;
    this.waiting.delete(kind);
    if (!this.waiting.size) this.quiet();
    if (message.kind === "error") this.fail(message.text, kind);
    else this[`hear_${kind}`](message);
  }

  quiet() {
    clearTimeout(this.slow);
    clearTimeout(this.silent);
    if (!this.status.classList.contains("xp-error")) this.say("");
  }

  say(text, isError = false) {
    this.status.textContent = text;
    this.status.classList.toggle("xp-error", isError);
  }

  fail(text, kind) {
    const key = { open: "fail_open", summary: "fail_summary" }[kind] ?? "fail";
    this.say(`${this.words.text(key)} ${text}`, true);
    this.again = false;
    if (kind === "summary" && this.answered) this.selection = this.answered;
    this.root.dataset.failed = String(Number(this.root.dataset.failed ?? 0) + 1);
  }

  change(part) {
    this.selection = { ...this.selection, ...part };
    this.from = 0;
    this.say("");
    if (this.waiting.has("summary")) this.again = true;
    else this.ask("summary", { selection: this.selection });
  }

  hear_summary({ payload, selection, bookmark, code, has_texts: hasTexts }) {
    if (this.again) {
      this.again = false;
      this.ask("summary", { selection: this.selection });
      return;
    }
    this.answered = this.selection = selection;
    this.payload = payload;
    this.hasTexts = hasTexts;
    this.fields.bookmark.value = bookmark;
    this.fields.code.value = code;
    if (this.focused() !== this.fields.text) this.fields.text.value = selection.text;
    this.themes.replaceChildren();
    this.shut();
    this.redraw();
    this.root.dataset.answered = String(Number(this.root.dataset.answered ?? 0) + 1);
    this.ask("rows", { offset: this.from, limit: PAGE_ROWS, sort: this.fields.sort.value });
  }

  hear_open(message) {
    this.again = false;
    this.fields.sort.value = "newest";
    this.hear_summary(message);
  }

  // What stays the same: the tools above, and empty places for what each answer fills.

  build() {
    const { words } = this, field = (key, extra) => make("input", { type: "text", "aria-label": words.text(key), spellcheck: "false", ...extra });
    this.count = make("p", { class: "xp-count", "aria-live": "polite" });
    this.status = make("p", { class: "xp-status", role: "status" });
    this.fields = {
      text: field("search", { type: "search", placeholder: words.text("search"), "data-key": "search", oninput: () => this.search() }),
      first: make("select", { "aria-label": words.text("from"), "data-key": "first", onchange: (e) => this.change({ first: e.target.value }) }),
      last: make("select", { "aria-label": words.text("to"), "data-key": "last", onchange: (e) => this.change({ last: e.target.value }) }),
      bookmark: field("bookmark", { "data-key": "bookmark", onkeydown: (e) => e.key === "Enter" && this.openBookmark() }),
      code: make("textarea", { rows: "1", "aria-label": words.text("code"), "data-key": "code", readonly: true, spellcheck: "false" }),
      sort: make("select", { "aria-label": words.text("sort"), "data-key": "sort", onchange: () => this.turn(0) },
        make("option", { value: "newest" }, words.text("newest"))),
    };
    for (const name of ["tables", "chips", "filters", "pictures", "list", "opened", "themes"]) this[name] = make("div", { class: `xp-${name}` });
    this.opened.setAttribute("hidden", "");
    this.root.append(this.top(), this.tools(), this.chips, this.status,
      make("div", { class: "xp-body" }, this.filters, make("div", { class: "xp-middle" }, this.pictures, this.below())));
  }

  top() {
    const { words } = this;
    this.tables.setAttribute("role", "group");
    this.tables.setAttribute("aria-label", words.text("tables"));
    return make("div", { class: "xp-top" }, this.tables, this.count, make("p", { class: "xp-zone" }, words.text("zone")));
  }

  tools() {
    const { words, fields } = this;
    const labelled = (key, ...parts) => make("div", { class: `xp-tool xp-tool-${key}` }, make("span", { class: "xp-caption", "aria-hidden": "true" }, words.text(key)), make("div", {}, parts));
    return make("div", { class: "xp-tools" },
      labelled("search", fields.text), labelled("from", fields.first), labelled("to", fields.last),
      labelled("bookmark", fields.bookmark, this.button("open", "open_bookmark", () => this.openBookmark()), this.copier("bookmark")),
      labelled("code", fields.code, this.copier("code")));
  }

  below() {
    const { words } = this;
    this.themesButton = this.button("themes", "themes", () => this.askThemes());
    const head = make("div", { class: "xp-head" }, make("h3", { tabindex: "-1", "data-key": "list" }, words.text("list")), this.fields.sort, this.themesButton);
    return make("section", { class: "xp-panel xp-below", "aria-label": words.text("list") }, head, this.themes,
      make("div", { class: "xp-pair" }, this.list, this.opened));
  }

  button(key, name, action, more = {}) {
    return make("button", { type: "button", class: "xp-button", "data-key": key, onclick: action, ...more }, this.words.text(name));
  }

  copier(name) {
    return this.button(`copy:${name}`, "copy", async (event) => {
      const button = event.currentTarget;
      this.fields[name].select();
      try {
        await navigator.clipboard.writeText(this.fields[name].value);
      } catch {
        document.execCommand("copy");
      }
      button.textContent = this.words.text("copied");
      setTimeout(() => { button.textContent = this.words.text("copy"); }, 1500);
    }, { "aria-label": this.words.text(`copy_${name}`) });
  }

  // What an answer fills.

  show(payload) {
    const { words, selection } = this;
    this.count.replaceChildren(make("strong", {}, words.number(payload.n)), ` ${words.text("of", { of: words.number(payload.of) })}`);
    this.tables.replaceChildren(...TABLES.map((name) => this.button(`table:${name}`, `table_${name}`,
      () => this.changeTable(name), { "aria-pressed": String(selection.table === name) })));
    this.fields.text.disabled = !this.hasTexts;
    this.fields.text.placeholder = words.text(this.hasTexts ? "search" : "no_texts");
    this.themesButton.hidden = !this.hasTexts && selection.table !== "deviations";
    this.chips.replaceChildren(...this.chipsOf(payload));
    this.filters.replaceChildren(this.button("to-list", "to_list", () => this.root.querySelector("h3[data-key=list]").focus(), { class: "xp-button xp-jump" }),
      ...payload.dims.filter((dim) => dim.id !== "month").map((dim) => this.group(dim)));
    this.monthChoices(payload.months.labels);
    this.pictures.replaceChildren(...this.panels(payload));
  }

  chipsOf({ dims }) {
    const { words, selection } = this, chips = [];
    const chip = (key, told, action) => chips.push(make("button", { type: "button", class: "xp-chip", "data-key": `chip:${key}`,
      "aria-label": words.text("remove", { what: told }), onclick: action }, told, make("span", { "aria-hidden": "true" }, " ×")));
    for (const [id, values] of Object.entries(selection.filters)) {
      const dim = dims.find((one) => one.id === id);
      for (const value of values) {
        const label = dim?.values.find((one) => one.id === value)?.label ?? value;
        chip(`${id}:${value}`, `${dim?.label ?? id}: ${label}`, () => this.toggle(id, value));
      }
    }
    for (const key of ["first", "last", "text"]) {
      const name = { first: "from", last: "to", text: "search" }[key];
      if (selection[key]) chip(key, `${words.text(name)}: ${selection[key]}`, () => this.change({ [key]: "" }));
    }
    if (!chips.length) return [make("span", { class: "xp-muted" }, words.text("no_filter"))];
    return [...chips, this.button("clear", "clear", () => this.change(EMPTY))];
  }

  group(dim) {
    const { words } = this, chosen = this.selection.filters[dim.id] ?? [], key = `dim:${dim.id}`;
    const most = Math.max(1, ...dim.values.map((value) => value.n)), isWide = this.wide.has(dim.id);
    const shown = dim.values.filter((value, n) => isWide || n < FEW_VALUES || chosen.includes(value.id));
    const rest = dim.values.length - shown.length;
    const list = make("ul", { "data-roving": true }, shown.map((value) => make("li", {}, make("button", {
      type: "button", class: "xp-value", "data-key": `${key}:${value.id}`, "aria-pressed": String(chosen.includes(value.id)),
      onclick: () => this.toggle(dim.id, value.id) },
    make("span", { class: "xp-fill", style: `width: ${(100 * value.n) / most}%` }), make("span", { class: "xp-label" }, value.label), make("span", { class: "xp-number" }, words.number(value.n))))));
    const more = rest > 0 || isWide ? make("button", { type: "button", class: "xp-more", "data-key": `more:${dim.id}`, onclick: () => this.widen(dim.id) },
      isWide ? words.text("fewer_values") : words.text("more_values", { n: rest })) : null;
    const left = dim.more && (isWide || !rest) ? make("p", { class: "xp-note" }, words.text("not_listed", { n: words.number(dim.more) })) : null;
    return this.folding(key, make("summary", { "data-key": key }, dim.label, chosen.length ? make("span", { class: "xp-badge" }, String(chosen.length)) : null), list, more, left);
  }

  folding(key, ...children) {
    return make("details", { "data-open": key, open: this.open.has(key) || !this.hasFolded(key), ontoggle: (event) => {
      if (event.target.open) this.open.add(key);
      else { this.open.delete(key); (this.folded ??= new Set()).add(key); }
      if (event.target.open) this.folded?.delete(key);
    } }, children);
  }

  hasFolded(key) {
    return this.folded?.has(key) ?? false;
  }

  widen(id) {
    if (!this.wide.delete(id)) this.wide.add(id);
    this.redraw();
  }

  redraw() {
    this.keeping(() => this.show(this.payload));
  }

  monthChoices(labels) {
    for (const key of ["first", "last"]) {
      const months = this.selection[key] && !labels.includes(this.selection[key]) ? [...labels, this.selection[key]].sort() : labels;
      this.fields[key].replaceChildren(make("option", { value: "" }, this.words.text("any")), ...months.map((label) => make("option", { value: label }, label)));
      this.fields[key].value = this.selection[key];
    }
  }

  panels(payload) {
    const { words } = this, panel = (key, wide, ...parts) => make("section", { class: `xp-panel${wide ? " xp-broad" : ""}`, "aria-label": words.text(key) },
      make("h3", {}, words.text(key)), parts);
    const panels = [this.monthPanel(payload, panel)];
    if (payload.before_after) panels.push(panel("before_after", false, beforeAfter(words, payload.before_after)));
    panels.push(this.growthPanel(payload, panel));
    if (payload.timeline?.length) panels.push(panel("timeline", false, make("p", { class: "xp-note" }, words.text(`timeline_note_${this.selection.table}`)), timeline(words, payload.timeline)));
    if (payload.pareto?.bars.length) panels.push(panel("pareto", false, make("p", { class: "xp-note" }, words.text("pareto_note", { what: payload.pareto.label })),
      pareto(words, payload.pareto, this.selection.filters[payload.pareto.dim] ?? [], (dim, id) => this.toggle(dim, id))));
    if (payload.matrix?.n.flat().some(Boolean)) panels.push(panel("matrix", true, this.scrolling("matrix", matrix(words, payload.matrix, (by, about) => this.isPair(by, about), (by, about) => this.pair(by, about)))));
    for (const outcome of payload.outcomes ?? []) panels.push(this.outcomePanel(payload, outcome));
    return panels.filter(Boolean);
  }

  scrolling(key, ...parts) {
    return make("div", { class: "xp-scroll", tabindex: "0", role: "group", "aria-label": this.words.text(key) }, parts);
  }

  monthPanel({ months, n }, panel) {
    const { words } = this, title = words.text("months_told", { n: words.number(n), first: months.labels[0] ?? "", last: months.labels.at(-1) ?? "" });
    if (!months.labels.length) return panel("months", true, make("p", { class: "xp-note" }, words.text("nothing")));
    const picture = series(words, { labels: months.labels, values: months.n, start: months.start, settled: months.settled, whole: months.whole, width: this.root.clientWidth < BROAD ? NARROW : WIDE, before: months.before_median, after: months.after_median, title });
    const rows = months.labels.map((label, at) => [label, words.number(months.n[at])]);
    return panel("months", true, make("p", { class: "xp-note" }, months.per), picture, months.runs ? make("p", { class: "xp-runs" }, months.runs) : null,
      numbersBehind(words, words.text("months"), [words.text("month"), words.text("number")], rows, "months"));
  }

  outcomePanel({ months }, outcome) {
    const { words } = this, told = (value) => (outcome.kind === "share" ? words.percent(value) : words.number(value));
    const { labels, start, settled, whole } = months, { label, values, text, unit } = outcome;
    const rows = labels.map((month, n) => [month, values[n] === null ? "–" : told(values[n]), words.number(outcome.n[n])]);
    return make("section", { class: "xp-panel", "aria-label": label }, make("h3", {}, label), unit ? make("p", { class: "xp-note" }, unit) : null,
      series(words, { labels, values, start, settled, whole, width: NARROW, level: "mean", before: outcome.before.per_month, after: outcome.after.per_month,
        title: `${label}. ${text}`, told }), make("p", { class: "xp-runs" }, text),
      numbersBehind(words, label, [words.text("month"), label, words.text("number")], rows, `outcome:${outcome.id}`));
  }

  growthPanel({ dims, matrix: pairs }, panel) {
    const all = pairs ? [...dims, { id: "pair", label: this.words.text("matrix"), values: pairsOf(this.words, pairs) }] : dims;
    const able = all.filter((dim) => dim.values.some((value) => (value.before ?? null) !== null));
    if (!able.length) return null;
    const shown = able.find((dim) => dim.id === this.growing) ?? able.find((dim) => dim.id === "process_step") ?? able[0];
    const choice = make("select", { "aria-label": this.words.text("growth_of"), "data-key": "growth", onchange: (event) => {
      this.growing = event.target.value;
      this.redraw();
    } }, able.map((dim) => make("option", { value: dim.id, selected: dim === shown }, dim.label)));
    const chosen = shown.id === "pair" ? shown.values.map((value) => value.id).filter((id) => this.isPair(...id.split("|"))) : this.selection.filters[shown.id];
    return panel("growth", false, choice, growth(this.words, shown, chosen ?? [], (dim, id) => (dim === "pair" ? this.pair(...id.split("|")) : this.toggle(dim, id))));
  }

  // Choosing.

  changeTable(table) {
    this.fields.sort.value = "newest";
    this.change({ ...EMPTY, table });
  }

  toggle(dim, id) {
    const chosen = this.selection.filters[dim] ?? [];
    const next = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
    this.change({ filters: this.without(dim, next) });
  }

  without(dim, next) {
    const filters = { ...this.selection.filters, [dim]: next };
    if (!next.length) delete filters[dim];
    return filters;
  }

  isPair(by, about) {
    const { by: one, about: other } = this.selection.filters;
    return one?.length === 1 && other?.length === 1 && one[0] === by && other[0] === about;
  }

  pair(by, about) {
    const filters = { ...this.selection.filters, by: [by], about: [about] };
    if (this.isPair(by, about)) {
      delete filters.by;
      delete filters.about;
    }
    this.change({ filters });
  }

  search() {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.change({ text: this.fields.text.value.trim() }), SEARCH_PAUSE);
  }

  openBookmark() {
    this.from = 0;
    this.say("");
    this.ask("open", { bookmark: this.fields.bookmark.value });
  }

  // The list and the single report.

  turn(offset) {
    this.from = offset;
    this.ask("rows", { offset, limit: PAGE_ROWS, sort: this.fields.sort.value });
  }

  hear_rows({ rows, columns, offset }) {
    const { words } = this, n = this.payload?.n ?? 0;
    // Running all cells leads the notebook to its last one; the reader wants this.
    if (!this.root.dataset.listed) this.shown = setTimeout(() => this.root.scrollIntoView({ block: "start" }), SETTLED);
    this.root.dataset.listed = String(Number(this.root.dataset.listed ?? 0) + 1);
    this.orders(columns);
    if (!rows.length) {
      this.list.replaceChildren(make("p", { class: "xp-note" }, words.text("nothing")));
      return;
    }
    const hasText = rows.some((row) => row.text);
    const head = [words.text("key"), words.text("month"), ...(hasText ? [words.text("free_text")] : []), ...columns.map(({ label }) => label)]
      .map((label) => make("th", { scope: "col" }, label));
    const body = rows.map((row) => make("tr", { "data-row": row.key },
      make("th", { scope: "row" }, make("button", { type: "button", class: "xp-link", "data-key": `row:${row.key}`, onclick: () => this.ask("row", { key: row.key }) }, row.key)),
      make("td", {}, row.month), hasText ? make("td", { class: "xp-snippet" }, row.text) : null, row.cells.map((cell) => make("td", {}, cell))));
    const last = Math.min(offset + rows.length, n), at = { first: words.number(offset + 1), last: words.number(last), n: words.number(n) };
    const turner = (name, to, isOff) => this.button(name, name, () => this.turn(to), { disabled: isOff });
    this.keeping(() => this.list.replaceChildren(
      this.scrolling("list", make("table", { class: "xp-table xp-rows" }, make("caption", { class: "xp-hidden" }, words.text("list_help")), make("thead", {}, make("tr", {}, head)), make("tbody", { "data-roving": true }, body))),
      make("div", { class: "xp-pager" }, turner("previous", Math.max(0, offset - PAGE_ROWS), offset === 0), make("span", {}, words.text("page", at)), turner("next", offset + PAGE_ROWS, last >= n))));
  }

  orders(columns) {
    const names = [["newest", this.words.text("newest")], ["oldest", this.words.text("oldest")], ...columns.map(({ id, label }) => [id, label])];
    const before = this.fields.sort.value;
    this.fields.sort.replaceChildren(...names.map(([value, label]) => make("option", { value }, label)));
    this.fields.sort.value = names.some(([value]) => value === before) ? before : "newest";
  }

  hear_row({ row }) {
    const { words } = this;
    this.cameFrom = this.focused()?.dataset?.key ?? `row:${row.key}`;
    const fields = row.fields.map(({ label, value }) => make("div", {}, make("dt", {}, label), make("dd", {}, value === "" ? "–" : value)));
    const texts = row.texts.flatMap(({ label, text }) => [make("h4", {}, label), make("p", { class: "xp-text" }, text)]);
    this.opened.replaceChildren(make("div", { class: "xp-head" }, make("h3", { tabindex: "-1", "data-key": "opened" }, row.key),
      this.button("close", "close", () => this.shut(true))), ...texts, make("dl", {}, fields),
    row.versions ? make("p", { class: "xp-note" }, words.text("versions", { n: words.number(row.versions) })) : "");
    this.opened.removeAttribute("hidden");
    for (const line of this.root.querySelectorAll("[data-row]")) line.classList.toggle("xp-current", line.dataset.row === row.key);
    this.opened.querySelector("h3").focus();
  }

  shut(isByHand = false) {
    this.opened.setAttribute("hidden", "");
    this.opened.replaceChildren();
    for (const line of this.root.querySelectorAll(".xp-current")) line.classList.remove("xp-current");
    if (isByHand) this.focus(this.cameFrom);
  }

  askThemes() {
    this.themes.replaceChildren(make("p", { class: "xp-note" }, this.words.text("busy")));
    this.ask("themes", {});
  }

  hear_themes({ themes, text }) {
    const { words } = this;
    const card = (theme) => make("li", {}, make("h4", {}, theme.label, make("span", { class: "xp-muted" }, ` ${words.text("theme_share", { share: words.percent(theme.share), n: words.number(theme.n) })}`)),
      make("ul", {}, theme.typical.map((one) => make("li", {}, make("button", { type: "button", class: "xp-link", "data-key": `theme:${one.key}`, onclick: () => this.ask("row", { key: one.key }) }, one.text)))));
    this.themes.replaceChildren(make("p", { class: "xp-note" }, text), make("ol", { class: "xp-themes-list" }, themes.map(card)));
    this.root.dataset.themed = String(themes.length);
  }

  // The keyboard: arrows move within a list, Escape closes the opened report. No single key reaches the
  // notebook, whose shortcuts would fire; Ctrl and Cmd do, so that saving works.

  key(event) {
    if (event.ctrlKey || event.metaKey) return;
    event.stopPropagation();
    if (event.key === "Escape" && !this.opened.hasAttribute("hidden")) {
      event.preventDefault();
      this.shut(true);
      return;
    }
    const list = event.target.closest?.("[data-roving]");
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -1e6, End: 1e6 }[event.key];
    if (!list || !step || !event.target.matches("button")) return;
    event.preventDefault();
    const buttons = [...list.querySelectorAll("button")], at = buttons.indexOf(event.target);
    this.rove(list, buttons[Math.max(0, Math.min(buttons.length - 1, at + step))]).focus();
  }

  rove(list, chosen) {
    for (const button of list.querySelectorAll("button")) button.tabIndex = button === chosen ? 0 : -1;
    return chosen;
  }

  focused() {
    const active = this.root.getRootNode().activeElement;
    return active && this.root.contains(active) ? active : null;
  }

  focus(key) {
    const found = key && [...this.root.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
    found?.focus({ preventScroll: true });
    return found;
  }

  // Draw anew, and leave the focus and every list's place as they were.
  keeping(drawing) {
    const key = this.focused()?.dataset?.key;
    drawing();
    for (const list of this.root.querySelectorAll("[data-roving]")) {
      const buttons = [...list.querySelectorAll("button")];
      this.rove(list, buttons.find((one) => one.dataset.key === key) ?? buttons[0]);
    }
    if (key && this.focused()?.dataset?.key !== key && !this.focus(key)) this.focus("search");
  }
}

export default {
  render({ model, el }) {
    const page = new Page(model, el);
    return () => page.close();
  },
};
