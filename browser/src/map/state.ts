/** What the reader sees, as one value: it goes into the address and comes back from it. */

import { NO_FILTERS, type Filters } from "./filters.js";
import { USUAL_BOUND } from "./ways.js";

export type Selection =
  | { readonly what: "nothing" }
  | { readonly what: "actor"; readonly id: string }
  | { readonly what: "tie"; readonly id: string }
  | { readonly what: "ways"; readonly from: string; readonly to: string; readonly bound: number }
  /** What only the page around the map understands: a field of the address, and its value. */
  | { readonly what: "marked"; readonly field: Marked; readonly value: string };

export type Marked = "claims" | "years";

/** The middle of the picture in its own units, and how many units its shorter side holds. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly span: number;
}

export interface State {
  readonly selection: Selection;
  readonly filters: Filters;
  readonly words: string;
  readonly table: "ties" | "actors";
  readonly sort: { readonly column: string; readonly down: boolean } | null;
  /** Nothing while all is in view. */
  readonly camera: Camera | null;
}

export const START: State = {
  selection: { what: "nothing" },
  filters: NO_FILTERS,
  words: "",
  table: "ties",
  sort: null,
  camera: null,
};

const LISTS = ["kinds", "relations", "statuses"] as const;
const TEXTS = ["theme", "region", "report"] as const;
const MARKED: readonly Marked[] = ["claims", "years"];

export function writeState(state: State): string {
  const fields = new URLSearchParams();
  const { selection, filters, sort, camera } = state;
  if (selection.what === "actor") fields.set("actor", selection.id);
  if (selection.what === "tie") fields.set("tie", selection.id);
  if (selection.what === "marked") fields.set(selection.field, selection.value);
  if (selection.what === "ways") {
    fields.append("way", selection.from);
    fields.append("way", selection.to);
    if (selection.bound !== USUAL_BOUND) fields.set("bound", String(selection.bound));
  }
  LISTS.forEach((name) => filters[name].forEach((value) => fields.append(`no-${name}`, value)));
  TEXTS.forEach((name) => filters[name] && fields.set(name, filters[name]));
  if (filters.from !== null) fields.set("from", String(filters.from));
  if (filters.to !== null) fields.set("to", String(filters.to));
  if (!filters.undated) fields.set("undated", "no");
  filters.around.forEach((id) => fields.append("around", id));
  if (state.words) fields.set("find", state.words);
  if (state.table !== "ties") fields.set("table", state.table);
  if (sort) fields.set("sort", `${sort.down ? "-" : ""}${sort.column}`);
  if (camera) {
    fields.set("view", [camera.x, camera.y, camera.span].map((n) => n.toFixed(1)).join(","));
  }
  return fields.toString();
}

export function readState(hash: string): State {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const text = (name: string) => fields.get(name) ?? "";
  const whole = (name: string) => (/^-?\d{1,6}$/.test(text(name)) ? Number(text(name)) : null);
  const ways = fields.getAll("way");
  let selection: Selection = { what: "nothing" };
  MARKED.forEach((field) => {
    if (text(field)) selection = { what: "marked", field, value: text(field) };
  });
  if (fields.has("actor")) selection = { what: "actor", id: text("actor") };
  if (fields.has("tie")) selection = { what: "tie", id: text("tie") };
  if (ways.length === 2) {
    selection = { what: "ways", from: ways[0]!, to: ways[1]!, bound: whole("bound") ?? USUAL_BOUND };
  }
  const view = text("view").split(",").map(Number);
  const sort = text("sort");
  return {
    selection,
    filters: {
      kinds: fields.getAll("no-kinds"),
      relations: fields.getAll("no-relations"),
      statuses: fields.getAll("no-statuses"),
      theme: text("theme"),
      region: text("region"),
      report: text("report"),
      from: whole("from"),
      to: whole("to"),
      undated: text("undated") !== "no",
      around: fields.getAll("around"),
    },
    words: text("find"),
    table: text("table") === "actors" ? "actors" : "ties",
    sort: sort ? { column: sort.replace(/^-/, ""), down: sort.startsWith("-") } : null,
    camera:
      view.length === 3 && view.every(Number.isFinite) && view[2]! > 0
        ? { x: view[0]!, y: view[1]!, span: view[2]! }
        : null,
  };
}
