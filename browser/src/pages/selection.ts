/**
 * What is chosen, as one value: a thing, some claims or some years. It stands in the address, so
 * that it can be shared and the Back button works; the views in other tabs are told of it; what
 * belongs to it is told by the server, the same to every view.
 */

import { root } from "./search";

/** `actor=copd:…`, `claims=claim-…,claim-…` or `years=2024-2025`; empty where nothing is chosen. */
export type Selection = string;

export interface Thing {
  readonly curie: string;
  readonly label: string;
  readonly address: string;
}

/** What `/selection.json` tells. */
export interface Meaning {
  readonly words: string;
  readonly kind: string;
  readonly doubt: string;
  readonly address: string;
  /** CURIEs of all claims and remarks that belong to it. */
  readonly claims: readonly string[];
  readonly things: readonly Thing[];
}

/** Who changed it: the reader on this page, the address (as by the Back button), another tab. */
export type Cause = "here" | "address" | "tab";

const NAMES = ["actor", "claims", "years"] as const;
/** More claims than this stand in no address. */
export const MOST_CLAIMS = 200;

let chosen: Selection = "";
const listeners: ((selection: Selection, cause: Cause) => void)[] = [];
let keeper: ((selection: Selection) => void) | null = null;
let others: BroadcastChannel | null = null;

export const current = (): Selection => chosen;

/** Reads what an address names; everything else in it is left to whoever understands it. */
export function selectionIn(hash: string): Selection {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  for (const name of NAMES) {
    const value = fields.get(name);
    // One and the same selection is one and the same text, whoever has written it.
    if (value) return name === "claims" ? joined(value.split(",")) : `${name}=${value}`;
  }
  return "";
}

/** The same as a part of an address, without its `#`. */
export function hashOf(selection: Selection): string {
  const at = selection.indexOf("=");
  return selection ? String(new URLSearchParams({ [selection.slice(0, at)]: selection.slice(at + 1) })) : "";
}

/** Names claims (CURIEs) as one selection; empty where there are none, or too many. */
export function ofClaims(claims: Iterable<string>): Selection {
  const names = new Set([...claims].map((claim) => claim.replace(/^copd:/, "")));
  return names.size && names.size <= MOST_CLAIMS ? joined(names) : "";
}

const joined = (names: Iterable<string>): Selection => `claims=${[...new Set(names)].sort().join(",")}`;

/** The claims that a selection itself names, as CURIEs. */
export function claimsIn(selection: Selection): string[] {
  if (!selection.startsWith("claims=")) return [];
  return selection.slice("claims=".length).split(",").map((name) => `copd:${name}`);
}

export function onChange(listener: (selection: Selection, cause: Cause) => void): void {
  listeners.push(listener);
}

/** Lets a map that keeps the address of the page itself write what is chosen. */
export function keepAddressBy(write: (selection: Selection) => void): void {
  keeper = write;
}

export function choose(selection: Selection, cause: Cause = "here"): void {
  if (selection === chosen) return;
  chosen = selection;
  if (cause !== "address") write(selection, cause);
  if (cause !== "tab") others?.postMessage(selection);
  listeners.forEach((listener) => listener(selection, cause));
}

function write(selection: Selection, cause: Cause): void {
  if (keeper) return keeper(selection);
  const hash = hashOf(selection);
  if (hashOf(selectionIn(location.hash)) === hash) return;
  const address = `${location.pathname}${location.search}${hash ? `#${hash}` : ""}`;
  // What another tab did is no step that this one could go back from.
  if (cause === "tab") history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

/** Takes what the address names, now and whenever it changes; a view also listens to other tabs. */
export function followAddress(isView: boolean): void {
  const follow = () => {
    if (!keeper) choose(selectionIn(location.hash), "address"); // else the map tells
  };
  window.addEventListener("hashchange", follow);
  window.addEventListener("popstate", follow);
  if (isView) {
    try {
      others = new BroadcastChannel(`cop-graph-selection ${root}`);
      others.addEventListener("message", ({ data }) => {
        if (typeof data === "string") choose(selectionIn(hashOf(data)), "tab");
      });
    } catch {
      others = null; // a browser without it keeps to one tab
    }
  }
  follow();
}

const known = new Map<Selection, Promise<Meaning | null>>();

/** Asks the server what a selection means; `null` where nothing here has that name. */
export function meaningOf(selection: Selection): Promise<Meaning | null> {
  let found = known.get(selection);
  if (!found) {
    found = ask(selection);
    known.set(selection, found);
    found.catch(() => known.delete(selection)); // it may answer the next time
  }
  return found;
}

async function ask(selection: Selection): Promise<Meaning | null> {
  const response = await fetch(`${root}/selection.json?${hashOf(selection)}`, {
    headers: { Accept: "application/json" },
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return (await response.json()) as Meaning;
}
