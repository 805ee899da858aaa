/** The network in memory: the records of the payload, joined and indexed. */

import type { ClaimRecord, KindRecord, NodeRecord, Payload, RelationRecord } from "./payload.js";

export interface Actor extends NodeRecord {
  readonly index: number;
  readonly style: number;
  readonly look: KindRecord;
  /** A name that no other actor of this map has. */
  readonly name: string;
  readonly ties: Tie[];
  readonly neighbours: Set<number>;
  readonly radius: number;
}

export interface Tie {
  readonly index: number;
  readonly id: string;
  readonly source: Actor;
  readonly target: Actor;
  readonly relation: RelationRecord;
  readonly status: string;
  readonly asserts: boolean;
  readonly start: string;
  readonly end: string;
  readonly dates: string;
  readonly within: string;
  readonly themes: readonly string[];
  readonly paragraphs: string;
  readonly reports: ReadonlySet<string>;
  readonly claims: readonly { readonly id: string; readonly said: ClaimRecord | undefined }[];
  readonly width: number;
  /** How far the line is bent from a straight one, as a share of its length; 0 is straight. */
  readonly bend: number;
}

/** In units of the picture; of thousands each is smaller, because they stand nearer. */
const RADII = [13, 38] as const;
const DENSE = 300;

export class Model {
  readonly actors: readonly Actor[];
  readonly ties: readonly Tie[];
  readonly years: readonly [number, number] | null;
  private readonly actorOf = new Map<string, Actor>();
  private readonly tieOf = new Map<string, Tie>();
  private readonly named = new Map<string, Actor>();

  constructor(readonly payload: Payload) {
    const most = payload.nodes.reduce((found, node) => Math.max(found, node.value), 0) || 1;
    const names = uniqueNames(payload.nodes);
    const shrink = payload.nodes.length > DENSE ? 0.42 : 1;
    this.actors = payload.nodes.map((node, index) => ({
      ...node,
      index,
      look: payload.kinds[node.style]!,
      name: names[index]!,
      ties: [],
      neighbours: new Set<number>(),
      radius: shrink * (RADII[0] + (RADII[1] - RADII[0]) * Math.sqrt(node.value / most)),
    }));
    const pairs = new Map<string, number>();
    this.ties = payload.edges.map((edge, index) => {
      const source = this.actors[edge.source]!;
      const target = this.actors[edge.target]!;
      const low = Math.min(edge.source, edge.target);
      const pair = `${low} ${Math.max(edge.source, edge.target)}`;
      const number = pairs.get(pair) ?? 0;
      pairs.set(pair, number + 1);
      const side = (number % 2 === 1) === (edge.source === low) ? 1 : -1;
      const status = payload.statuses[edge.status]!;
      const claims = edge.claims.map((id) => ({
        id,
        said: Object.hasOwn(payload.claims, id) ? payload.claims[id] : undefined,
      }));
      const tie: Tie = {
        index,
        id: edge.id,
        source,
        target,
        relation: payload.relations[edge.relation]!,
        status: status.name,
        asserts: status.asserts,
        start: edge.start,
        end: edge.end,
        dates: [edge.start, edge.end].filter((date) => date).join(" to "),
        within: edge.within,
        themes: edge.themes.map((theme) => payload.themes[theme]!),
        paragraphs: edge.paragraphs,
        reports: new Set(
          claims.flatMap(({ said }) => (said ? [payload.reports[said.report]!] : [])),
        ),
        claims,
        width: shrink * (3 + Math.min(Math.max(edge.claims.length - 1, 0), 4)),
        bend: number === 0 ? 0 : side * 0.18 * Math.ceil(number / 2),
      };
      source.ties.push(tie);
      target.ties.push(tie);
      source.neighbours.add(target.index);
      target.neighbours.add(source.index);
      return tie;
    });
    this.actors.forEach((actor) => {
      this.actorOf.set(actor.id, actor);
      this.named.set(fold(actor.name), actor);
    });
    this.ties.forEach((tie) => this.tieOf.set(tie.id, tie));
    const years = this.ties.flatMap((tie) => [year(tie.start), year(tie.end)]);
    const known = years.filter((found): found is number => found !== null);
    this.years = known.length ? [Math.min(...known), Math.max(...known)] : null;
  }

  actor(id: string): Actor | undefined {
    return this.actorOf.get(id);
  }

  tie(id: string): Tie | undefined {
    return this.tieOf.get(id);
  }

  actorNamed(name: string): Actor | undefined {
    return this.named.get(fold(name));
  }

  /** Actors whose name holds all words, those that begin with them first. */
  search(words: string): Actor[] {
    const wanted = fold(words).split(" ").filter((word) => word);
    if (!wanted.length) return [];
    const found = this.actors.filter((actor) => {
      const name = fold(actor.name);
      return wanted.every((word) => name.includes(word));
    });
    const begins = (actor: Actor) => (fold(actor.name).startsWith(wanted.join(" ")) ? 0 : 1);
    return found.sort(
      (a, b) => begins(a) - begins(b) || b.value - a.value || compare(a.name, b.name),
    );
  }
}

/** The year of a date of any precision. */
export function year(date: string): number | null {
  const found = /^-?\d{4}/.exec(date);
  return found ? Number(found[0]) : null;
}

/** Lower case without accents and with single spaces, for search. */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase()
    .replace(/\s+/g, " ")
    .trim();
}

const collator = new Intl.Collator("en", { numeric: true });

export function compare(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** A measure as people write it: whole numbers whole, shares with three digits. */
export function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}

function uniqueNames(nodes: readonly NodeRecord[]): string[] {
  const count = (names: string[]) => {
    const counted = new Map<string, number>();
    names.forEach((name) => counted.set(fold(name), (counted.get(fold(name)) ?? 0) + 1));
    return counted;
  };
  const labels = nodes.map((node) => node.label.trim() || node.id);
  const once = count(labels);
  const withKinds = labels.map((label, index) =>
    once.get(fold(label))! > 1 ? `${label} (${nodes[index]!.kind})` : label,
  );
  const twice = count(withKinds);
  return withKinds.map((name, index) =>
    twice.get(fold(name))! > 1 ? `${labels[index]!} (${nodes[index]!.id})` : name,
  );
}
