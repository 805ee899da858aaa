/** The same facts as tables: every tie and every actor that the filters leave, sorted as asked. */

import { button, element, name } from "./dom.js";
import type { Shown } from "./filters.js";
import { compare, figure, type Actor, type Model, type Tie } from "./model.js";
import type { Nouns } from "./payload.js";
import { capital, counted, statusWords, TIE } from "./scene.js";
import type { Selection, State } from "./state.js";

interface Column<T> {
  readonly id: string;
  readonly title: string;
  text(record: T): string;
  number?(record: T): number;
}

const PAGE = 250;

export class Tables {
  readonly element = element("section", { class: "cg-tables", "aria-label": "The same facts as a table" });
  private readonly summary = element("p", { class: "cg-small", role: "status" });
  private readonly body = element("div", { class: "cg-scroll", tabindex: 0, role: "region", "aria-label": "Table" });
  private readonly switches: Record<State["table"], HTMLButtonElement>;
  private most = PAGE;
  private lastShown: Shown | null = null;

  constructor(
    private readonly model: Model,
    private readonly choose: (selection: Selection) => void,
    private readonly change: (part: Pick<State, "table"> | Pick<State, "sort">) => void,
  ) {
    const toggle = (table: State["table"], text: string) =>
      button(text, () => this.change({ table }), { class: "cg-switch", "aria-pressed": "false" });
    this.switches = { ties: toggle("ties", "Ties"), actors: toggle("actors", capital(model.payload.nouns.many)) };
    this.element.append(
      element("div", { class: "cg-tables-head" }, element("h2", {}, "The same facts as a table"),
        element("div", { class: "cg-switches", role: "group", "aria-label": "Which table" },
          this.switches.ties, this.switches.actors),
        this.summary),
      this.body,
    );
  }

  show(state: State, shown: Shown): void {
    if (shown !== this.lastShown) this.most = PAGE;
    this.lastShown = shown;
    const focused = this.focusKey();
    for (const [table, toggle] of Object.entries(this.switches)) {
      toggle.setAttribute("aria-pressed", String(table === state.table));
    }
    if (state.table === "ties") {
      this.fill(state, TIES, shown.ties, this.model.ties.length, TIE, (tie) => ({
        selection: { what: "tie", id: tie.id } as const,
        label: `Evidence: ${tie.source.name} ${tie.relation.name} ${tie.target.name}`,
        text: "Evidence",
      }));
    } else {
      const { measure } = this.model.payload;
      const columns = [...ACTORS(this.model), measureColumn(measure.name)];
      this.fill(state, columns, [...shown.actors], this.model.actors.length, this.model.payload.nouns, (actor) => ({
        selection: { what: "actor", id: actor.id } as const,
        label: `Ties of ${actor.name}`,
        text: "Ties",
      }));
    }
    if (focused) {
      const again = [...this.body.querySelectorAll<HTMLElement>("[data-key]")];
      again.find((found) => found.dataset["key"] === focused)?.focus();
    }
  }

  private focusKey(): string | null {
    const active = document.activeElement;
    return active instanceof HTMLElement && this.body.contains(active)
      ? (active.dataset["key"] ?? null)
      : null;
  }

  private fill<T extends Actor | Tie>(
    state: State,
    columns: readonly Column<T>[],
    records: readonly T[],
    all: number,
    nouns: Nouns,
    open: (record: T) => { selection: Selection; label: string; text: string },
  ): void {
    const column = columns.find(({ id }) => id === state.sort?.column);
    const sign = state.sort?.down ? -1 : 1;
    const rows = [...records];
    if (column) {
      rows.sort((a, b) => {
        const number = column.number;
        const order = number ? number(a) - number(b) : compare(column.text(a), column.text(b));
        return sign * order || compare(a.id, b.id);
      });
    }
    const chosen = state.selection.what === "tie" || state.selection.what === "actor" ? state.selection.id : null;
    // The roles hold where a narrow page shows each row as a block.
    const head = element("tr", { role: "row" });
    columns.forEach((each) => {
      const isSorted = each === column;
      const order = isSorted ? (state.sort?.down ? "descending" : "ascending") : "none";
      head.append(
        element("th", { scope: "col", role: "columnheader", "aria-sort": order },
          button(`${each.title}${isSorted ? (state.sort?.down ? " ↓" : " ↑") : ""}`,
            () => this.change({ sort: { column: each.id, down: isSorted && !state.sort?.down } }),
            { class: "cg-sort", "data-key": `sort ${each.id}` })),
      );
    });
    head.append(element("th", { scope: "col", role: "columnheader" }, element("span", { class: "cg-hidden" }, "Open")));
    const body = element("tbody", { role: "rowgroup" });
    rows.slice(0, this.most).forEach((record) => {
      const { selection, label, text } = open(record);
      const row = element("tr", { role: "row", ...(record.id === chosen ? { class: "cg-chosen" } : {}) });
      columns.forEach((each) => {
        const isPlan = each.id === "status" && "asserts" in record && !record.asserts;
        const said = each.text(record);
        row.append(element("td", { role: "cell", "data-label": each.title, ...(isPlan ? { class: "cg-plan" } : {}) },
          ...(said ? [name(said)] : [])));
      });
      row.append(element("td", { role: "cell" }, button(text, () => this.choose(selection), {
        class: "cg-open", "aria-label": label, "data-key": `open ${record.id}`, "data-open": record.id })));
      body.append(row);
    });
    const table = element("table", { role: "table" },
      element("caption", { class: "cg-hidden" }, `The ${nouns.many} shown`),
      element("thead", { role: "rowgroup" }, head), body);
    this.body.replaceChildren(table);
    if (rows.length > this.most) {
      this.body.append(button(`Show ${Math.min(PAGE, rows.length - this.most)} more of ${rows.length}`, () => {
        this.most += PAGE;
        this.show(state, this.lastShown!);
      }, { class: "cg-quiet" }));
    }
    const words = records.length === all ? counted(all, nouns) : `${records.length} of ${counted(all, nouns)}; the filters hide the others`;
    if (this.summary.textContent !== words) this.summary.textContent = words;
  }
}

const TIES: readonly Column<Tie>[] = [
  { id: "from", title: "From", text: (tie) => tie.source.name },
  { id: "tie", title: "Tie", text: (tie) => tie.relation.name },
  { id: "to", title: "To", text: (tie) => tie.target.name },
  { id: "status", title: "Status", text: statusWords },
  { id: "dates", title: "Dates", text: (tie) => tie.dates },
  { id: "on", title: "On", text: (tie) => tie.themes.join("; ") },
  { id: "paragraph", title: "Paragraph", text: (tie) => tie.paragraphs },
];

const ACTORS = (model: Model): readonly Column<Actor>[] => [
  { id: "name", title: "Name", text: (actor) => actor.name },
  { id: "kind", title: "Kind", text: (actor) => actor.kind },
  ...(model.payload.regions.length
    ? [{ id: "region", title: "Region", text: (actor: Actor) => model.payload.regions[actor.region] ?? "" }]
    : []),
  {
    id: "ties",
    title: "Ties",
    text: (actor) => String(actor.ties.length),
    number: (actor) => actor.ties.length,
  },
];

const measureColumn = (measure: string): Column<Actor> => ({
  id: "measure",
  title: measure,
  text: (actor) => figure(actor.value),
  number: (actor) => actor.value,
});
