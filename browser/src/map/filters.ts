/** Which ties are shown, and with them which actors. */

import { year, type Actor, type Model, type Tie } from "./model.js";

export interface Filters {
  /** What is left out, by name: what is not named is shown. */
  readonly kinds: readonly string[];
  readonly relations: readonly string[];
  readonly statuses: readonly string[];
  /** What alone is shown; an empty text is everything. */
  readonly theme: string;
  readonly region: string;
  readonly report: string;
  readonly from: number | null;
  readonly to: number | null;
  /** Whether ties are shown of which no date is said. */
  readonly undated: boolean;
}

export const NO_FILTERS: Filters = {
  kinds: [],
  relations: [],
  statuses: [],
  theme: "",
  region: "",
  report: "",
  from: null,
  to: null,
  undated: true,
};

export interface Shown {
  readonly actors: ReadonlySet<Actor>;
  readonly ties: readonly Tie[];
  readonly tieSet: ReadonlySet<Tie>;
}

export function isFiltered(filters: Filters): boolean {
  return JSON.stringify({ ...NO_FILTERS, ...filters }) !== JSON.stringify(NO_FILTERS);
}

export function shown(model: Model, filters: Filters): Shown {
  const ties = model.ties.filter((tie) => passes(model, tie, filters));
  const actors = new Set<Actor>();
  ties.forEach((tie) => {
    actors.add(tie.source);
    actors.add(tie.target);
  });
  if (!isFiltered(filters)) model.actors.forEach((actor) => actors.add(actor));
  return { actors, ties, tieSet: new Set(ties) };
}

function passes(model: Model, tie: Tie, filters: Filters): boolean {
  const ends = [tie.source, tie.target];
  if (ends.some((actor) => filters.kinds.includes(actor.look.name))) return false;
  if (filters.relations.includes(tie.relation.name)) return false;
  if (filters.statuses.includes(tie.status)) return false;
  if (filters.theme && !tie.themes.includes(filters.theme)) return false;
  if (filters.report && !tie.reports.has(filters.report)) return false;
  if (filters.region) {
    const region = model.payload.regions.indexOf(filters.region);
    if (!ends.some((actor) => actor.region === region)) return false;
  }
  return inTime(tie, filters);
}

/** A tie with a first date alone counts from then on, one with a last date alone until then. */
function inTime(tie: Tie, { from, to, undated }: Filters): boolean {
  const first = year(tie.start);
  const last = year(tie.end);
  if (first === null && last === null) return undated;
  if (to !== null && first !== null && first > to) return false;
  return !(from !== null && last !== null && last < from);
}
