/** How two actors are connected: the shortest way over the ties shown, and others that share no actor. */

import { compare, type Actor, type Tie } from "./model.js";

export interface Step {
  readonly from: Actor;
  readonly to: Actor;
  readonly ties: readonly Tie[];
}

export interface Ways {
  readonly ways: readonly (readonly Step[])[];
  /** Actors that were not gone through because they are tied to more than `bound` others. */
  readonly avoided: readonly Actor[];
}

export const MOST_WAYS = 3;
export const USUAL_BOUND = 50;

/**
 * Find a few ways, the shortest first. Each further way shares no actor with those before, but for
 * the two ends; a direct tie is a way of its own.
 */
export function findWays(ties: readonly Tie[], from: Actor, to: Actor, bound: number): Ways {
  const between = new Map<Actor, Map<Actor, Tie[]>>();
  const note = (a: Actor, b: Actor, tie: Tie) => {
    const others = between.get(a) ?? new Map<Actor, Tie[]>();
    between.set(a, others);
    others.set(b, [...(others.get(b) ?? []), tie]);
  };
  ties.forEach((tie) => {
    note(tie.source, tie.target, tie);
    note(tie.target, tie.source, tie);
  });
  const avoided = [...between]
    .filter(([actor, others]) => actor !== from && actor !== to && others.size > bound)
    .map(([actor]) => actor)
    .sort((a, b) => compare(a.name, b.name));
  const closed = new Set<Actor>(avoided);
  let direct = true;
  const ways: Step[][] = [];
  while (ways.length < MOST_WAYS) {
    const way = shortest(between, from, to, closed, direct);
    if (!way) break;
    ways.push(
      way.slice(1).map((actor, index) => ({
        from: way[index]!,
        to: actor,
        ties: between.get(way[index]!)!.get(actor)!,
      })),
    );
    if (way.length === 2) direct = false;
    way.slice(1, -1).forEach((actor) => closed.add(actor));
  }
  return { ways, avoided };
}

function shortest(
  between: Map<Actor, Map<Actor, Tie[]>>,
  from: Actor,
  to: Actor,
  closed: ReadonlySet<Actor>,
  direct: boolean,
): Actor[] | null {
  const before = new Map<Actor, Actor | null>([[from, null]]);
  let edge: Actor[] = [from];
  while (edge.length && !before.has(to)) {
    const next: Actor[] = [];
    for (const actor of edge) {
      for (const other of [...(between.get(actor)?.keys() ?? [])].sort((a, b) => a.index - b.index)) {
        if (before.has(other) || closed.has(other)) continue;
        if (!direct && actor === from && other === to) continue;
        before.set(other, actor);
        next.push(other);
      }
    }
    edge = next;
  }
  if (from === to || !before.has(to)) return null;
  const way: Actor[] = [];
  for (let at: Actor | null = to; at; at = before.get(at) ?? null) way.unshift(at);
  return way;
}
