/** What the reader sets: legend and filters in one, search, and the question how two are connected. */

import { button, element, name, svg } from "./dom.js";
import { isFiltered, NO_FILTERS, type Filters, type Shown } from "./filters.js";
import { figure, type Actor, type Model, type Tie } from "./model.js";
import type { KindRecord } from "./payload.js";
import { a, colourOn, corners, counted, NOT_A_FACT, TIE, type Theme } from "./scene.js";
import { USUAL_BOUND } from "./ways.js";

type ListName = "kinds" | "relations" | "statuses";

export class FilterBox {
  readonly element = element("section", { class: "cg-card cg-filters", "aria-label": "Legend and filters" });
  private readonly boxes: { list: ListName; value: string; input: HTMLInputElement }[] = [];
  private readonly selects: { field: "theme" | "region" | "report"; input: HTMLSelectElement }[] = [];
  private readonly swatches: { draw: (theme: Theme) => void }[] = [];
  private readonly reset: HTMLButtonElement;
  private readonly years: { from: HTMLInputElement; to: HTMLInputElement; words: HTMLElement } | null = null;
  private readonly undated: HTMLInputElement | null = null;
  private filters: Filters = NO_FILTERS;

  constructor(
    private readonly model: Model,
    private readonly change: (filters: Filters) => void,
  ) {
    const { payload } = model;
    const used = new Set(model.actors.map((actor) => actor.look));
    const size = this.size();
    this.element.append(
      this.group(payload.nouns.one === "actor" ? "Who" : "Who and what", "kinds", payload.kinds.filter((kind) => used.has(kind)).map((kind) => ({
        value: kind.name,
        words: kind.name,
        count: model.actors.filter((actor) => actor.look === kind).length,
        swatch: this.mark(kind),
      }))),
      size,
      this.group("Ties", "relations", payload.relations.map((relation) => ({
        value: relation.name,
        words: relation.words,
        count: model.ties.filter((tie) => tie.relation === relation).length,
        swatch: this.line(relation.colour, false),
      }))),
      this.group("How firmly it is said", "statuses", payload.statuses.map((status) => ({
        value: status.name,
        words: status.asserts ? status.name : `${status.name}: ${NOT_A_FACT}`,
        count: model.ties.filter((tie) => tie.status === status.name).length,
        swatch: this.line("#6b7280", !status.asserts),
      }))),
    );
    const narrow = element("fieldset", {}, element("legend", {}, "Only"));
    this.choice(narrow, "theme", "on the theme", "any theme", payload.themes, (tie, value) => tie.themes.includes(value));
    this.choice(narrow, "region", "with an actor in", "any region", payload.regions, (tie, value) =>
      [tie.source, tie.target].some((actor) => payload.regions[actor.region] === value));
    this.choice(narrow, "report", "said in", "any report", payload.reports.length > 1 ? payload.reports : [],
      (tie, value) => tie.reports.has(value));
    if (narrow.childElementCount > 1) this.element.append(narrow);
    const dated = model.ties.filter((tie) => tie.dates);
    if (model.years) {
      const [first, last] = model.years;
      const slider = (id: string, words: string) =>
        element("input", { type: "range", min: first, max: last, step: 1, "aria-label": words,
          value: id === "from" ? first : last, class: `cg-${id}`, input: () => this.setYears() });
      const words = element("output", {});
      this.years = { from: slider("from", "From year"), to: slider("to", "To year"), words };
      this.undated = element("input", { type: "checkbox", checked: true, change: () => this.set({ undated: this.undated!.checked }) });
      this.element.append(
        element("fieldset", {}, element("legend", {}, "When"),
          first === last ? null : element("div", { class: "cg-years" }, this.years.from, this.years.to),
          element("p", { class: "cg-small" }, `${dated.length} of ${counted(model.ties.length, TIE)} ${dated.length === 1 ? "has" : "have"} a date: `, words),
          element("label", { class: "cg-check" }, this.undated,
            element("span", {}, "also where no date is said"),
            element("span", { class: "cg-count" }, String(model.ties.length - dated.length)))),
      );
    } else {
      this.element.append(element("p", { class: "cg-small" }, "No date is said of any tie."));
    }
    this.reset = button("Show all again", () => this.change(NO_FILTERS), { class: "cg-quiet" });
    this.element.append(element("p", { class: "cg-actions" }, this.reset));
  }

  show(filters: Filters, theme: Theme): void {
    this.filters = filters;
    this.boxes.forEach(({ list, value, input }) => (input.checked = !filters[list].includes(value)));
    this.selects.forEach(({ field, input }) => (input.value = filters[field]));
    if (this.years && this.model.years) {
      const [first, last] = this.model.years;
      this.years.from.value = String(filters.from ?? first);
      this.years.to.value = String(filters.to ?? last);
      const [from, to] = [this.years.from.value, this.years.to.value];
      this.years.words.textContent = from === to ? from : `${from} to ${to}`;
    }
    if (this.undated) this.undated.checked = filters.undated;
    this.reset.disabled = !isFiltered(filters);
    this.swatches.forEach(({ draw }) => draw(theme));
  }

  private set(part: Partial<Filters>): void {
    this.change({ ...this.filters, ...part });
  }

  private setYears(): void {
    const [first, last] = this.model.years!;
    const from = Number(this.years!.from.value);
    const to = Math.max(from, Number(this.years!.to.value));
    this.set({ from: from > first ? from : null, to: to < last ? to : null });
  }

  private group(
    title: string,
    list: ListName,
    entries: readonly { value: string; words: string; count: number; swatch: SVGElement }[],
  ): HTMLElement {
    const group = element("fieldset", {}, element("legend", {}, title));
    entries.forEach(({ value, words, count, swatch }) => {
      const input = element("input", { type: "checkbox", checked: true, change: () => {
        const others = this.filters[list].filter((each) => each !== value);
        this.set({ [list]: input.checked ? others : [...others, value] });
      } });
      this.boxes.push({ list, value, input });
      group.append(element("label", { class: "cg-check" }, input, swatch,
        element("span", {}, name(words)), element("span", { class: "cg-count" }, String(count))));
    });
    return group;
  }

  private choice(
    into: HTMLElement,
    field: "theme" | "region" | "report",
    title: string,
    any: string,
    values: readonly string[],
    holds: (tie: Tie, value: string) => boolean,
  ): void {
    if (!values.length) return;
    const input = element("select", { change: () => this.set({ [field]: input.value }) },
      element("option", { value: "" }, any));
    [...values].sort((a, b) => a.localeCompare(b, "en")).forEach((value) => {
      const count = this.model.ties.filter((tie) => holds(tie, value)).length;
      if (count) input.append(element("option", { value }, `${value} (${count})`));
    });
    this.selects.push({ field, input });
    into.append(element("label", { class: "cg-field" }, title, input));
  }

  private mark(kind: KindRecord): SVGElement {
    const points = corners(kind.shape).map(({ x, y }) => `${10 + 6.5 * x},${10 + 6.5 * y}`);
    const shape = points.length
      ? svg("polygon", { points: points.join(" ") })
      : svg("circle", { cx: 10, cy: 10, r: 6.5 });
    this.swatches.push({ draw: (theme) => shape.setAttribute("fill", colourOn(theme, kind.colour)) });
    const picture = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", class: "cg-swatch" });
    picture.append(shape);
    return picture;
  }

  /** The least and the greatest value of the measure, as large as they are drawn. */
  private size(): HTMLElement {
    const ordered = [...this.model.actors].sort((a, b) => a.value - b.value);
    const ends = [ordered[0], ordered.at(-1)].flatMap((actor) => (actor ? [actor] : []));
    const { measure } = this.model.payload;
    const row = element("p", { class: "cg-size" }, element("span", { class: "cg-small" }, `Size: ${measure.words}`));
    const most = ends.at(-1)?.radius ?? 1;
    ends.forEach((actor) => {
      const circle = svg("circle", { cx: 10, cy: 10, r: (9 * actor.radius) / most });
      this.swatches.push({ draw: (theme) => circle.setAttribute("fill", theme.soft) });
      const picture = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", class: "cg-swatch" });
      picture.append(circle);
      row.append(element("span", { class: "cg-size-end" }, picture, figure(actor.value)));
    });
    return row;
  }

  private line(colour: string, isPlan: boolean): SVGElement {
    const line = svg("path", { d: "M1 10H27", "stroke-width": 3, ...(isPlan ? { "stroke-dasharray": "5 4" } : {}) });
    this.swatches.push({ draw: (theme) => line.setAttribute("stroke", colourOn(theme, colour)) });
    const picture = svg("svg", { viewBox: "0 0 28 20", "aria-hidden": "true", class: "cg-swatch" });
    picture.append(line);
    return picture;
  }
}

const MOST_FOUND = 8;

export class SearchBox {
  readonly element = element("section", { class: "cg-card cg-search", "aria-label": "Search" });
  private readonly input: HTMLInputElement;
  private readonly count = element("p", { class: "cg-small", role: "status" });
  private readonly list = element("ul", { class: "cg-ties" });

  constructor(
    private readonly model: Model,
    search: (words: string) => void,
    private readonly choose: (actor: Actor) => void,
  ) {
    this.input = element("input", { type: "search", autocomplete: "off", spellcheck: "false", id: "cg-search",
      input: () => search(this.input.value),
      keydown: (event) => {
        if ((event as KeyboardEvent).key !== "Enter") return;
        const first = this.model.search(this.input.value)[0];
        if (first) this.choose(first);
      } });
    this.element.append(element("label", { class: "cg-field" }, `Find ${a(model.payload.nouns.one)}`, this.input), this.count, this.list);
  }

  /** Show what the words find, and give it. */
  show(words: string, shown: Shown): readonly Actor[] {
    if (this.input.value !== words) this.input.value = words;
    const found = this.model.search(words);
    const count = words.trim() ? `${found.length} found` : "";
    if (this.count.textContent !== count) this.count.textContent = count;
    this.list.replaceChildren(...found.slice(0, MOST_FOUND).map((actor) =>
      element("li", {}, button(name(actor.name), () => this.choose(actor), { class: "cg-row" }),
        shown.actors.has(actor) ? null : element("span", { class: "cg-small" }, " hidden by the filters"))));
    return found;
  }
}

export class ConnectBox {
  readonly element = element("details", { class: "cg-card cg-connect" });
  private readonly from: HTMLInputElement;
  private readonly to: HTMLInputElement;
  private readonly bound: HTMLInputElement;
  private readonly fault = element("p", { class: "cg-small cg-plan", role: "alert" });

  constructor(
    private readonly model: Model,
    private readonly ask: (from: Actor, to: Actor, bound: number) => void,
  ) {
    const names = element("datalist", { id: "cg-names" });
    [...model.actors].map((actor) => actor.name).sort().forEach((each) => names.append(element("option", { value: each })));
    const field = () => element("input", { type: "text", list: "cg-names", autocomplete: "off", spellcheck: "false" });
    this.from = field();
    this.to = field();
    this.bound = element("input", { type: "number", min: 1, max: 100000, step: 1, value: USUAL_BOUND });
    const form = element("form", { submit: (event) => { event.preventDefault(); this.submit(); } },
      element("label", { class: "cg-field" }, "From", this.from),
      element("label", { class: "cg-field" }, "To", this.to),
      element("label", { class: "cg-field" }, `Not through ${model.payload.nouns.many} tied to more than … others`, this.bound),
      element("p", { class: "cg-actions" }, element("button", { type: "submit", class: "cg-main" }, "Find the ways")),
      this.fault, names);
    this.element.append(element("summary", {}, "How are two connected?"), form);
  }

  show(from: Actor | undefined, to: Actor | undefined, bound: number): void {
    if (from) this.from.value = from.name;
    if (to) this.to.value = to.name;
    this.bound.value = String(bound);
    this.element.open = false; // the answer needs the room
  }

  start(from: Actor): void {
    this.from.value = from.name;
    this.to.value = "";
    this.element.open = true;
    this.to.focus();
  }

  private submit(): void {
    const { one, many } = this.model.payload.nouns;
    const ends = [this.from, this.to].map((input) => {
      const exact = this.model.actorNamed(input.value);
      const found = exact ? [exact] : this.model.search(input.value);
      const fault = found.length === 1 ? "" : `${found.length ? `${found.length} ${many} are called` : `No ${one} is called`} “${input.value}”; choose one of the list.`;
      return { actor: found.length === 1 ? found[0] : undefined, fault };
    });
    this.fault.textContent = ends.find(({ fault }) => fault)?.fault ?? "";
    const [from, to] = ends.map(({ actor }) => actor);
    const bound = Math.max(1, Math.round(Number(this.bound.value)) || USUAL_BOUND);
    if (from && to) this.ask(from, to, bound);
  }
}
