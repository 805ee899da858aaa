/** The live network: what the map module draws stands in place of the table that says the same. */

import type {} from "../map/engine";
import type {} from "../map/live";
import type { Payload } from "../map/payload";
import type { Selection } from "../map/state";
import { linkMap } from "./linking";
import { root } from "./search";
import {
  choose,
  claimsIn,
  current,
  keepAddressBy,
  ofClaims,
  onChange,
  selectionIn,
  type Cause,
  type Selection as PageSelection,
} from "./selection";

/** Puts the map into each element that names where its network is to be had: that below a table once it is near. */
export function mountNetworks(): void {
  const near = new IntersectionObserver(
    (entries) =>
      entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => {
        near.unobserve(target);
        void mount(target as HTMLElement);
      }),
    { rootMargin: "150px" },
  );
  document.querySelectorAll<HTMLElement>("[data-map]").forEach((place) => {
    if (place.dataset["mapBelow"] === undefined) void mount(place);
    else near.observe(place);
  });
}

function load(part: HTMLLinkElement | HTMLScriptElement): Promise<unknown> {
  const loaded = new Promise((done, fail) => {
    part.addEventListener("load", done);
    part.addEventListener("error", () => fail(new Error("a part of the map cannot be loaded")));
  });
  document.head.append(part);
  return loaded;
}

function loadScript(address: string): Promise<unknown> {
  const script = document.createElement("script");
  script.src = address;
  return load(script);
}

/** Loads script and style of the map, which no other page needs; the style may be there already. */
async function loadMap({ script, style }: DOMStringMap): Promise<void> {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = style!;
  const isStyled = [...document.styleSheets].some(({ href }) => href === sheet.href);
  await Promise.all([isStyled || load(sheet), loadScript(script!)]);
}

async function mount(place: HTMLElement): Promise<void> {
  try {
    const isAlone = place.dataset["mapBelow"] === undefined;
    const [response] = await Promise.all([fetch(place.dataset["map"]!), loadMap(place.dataset)]);
    if (!response.ok) throw new Error(`the network answered ${response.status}`);
    const payload = (await response.json()) as Payload;
    const around = place.dataset["around"];
    if (isAlone && around && !location.hash) {
      const start = new URLSearchParams({ actor: around, around });
      history.replaceState(null, "", `${location.pathname}${location.search}#${start}`);
    }
    const stage = document.createElement("div");
    stage.className = "map-stage";
    place.append(stage);
    await link(stage, place, payload, isAlone);
    place.dataset["drawn"] = "";
  } catch {
    place.querySelector(".map-stage")?.remove();
    place.dataset["failed"] = ""; // the table stands there and says the same
  }
}

/** Mounts the map, and ties what is chosen in it to what is chosen on the page. */
async function link(stage: HTMLElement, place: HTMLElement, payload: Payload, isAlone: boolean): Promise<void> {
  /** What both last agreed on. */
  let agreed: PageSelection = isAlone ? selectionIn(location.hash) : "";
  const mounted = await window.copGraphNetwork!.mountInSteps(stage, payload, {
    later: async () => {
      await loadScript(place.dataset["engine"]!);
      return window.copGraphEngine!;
    },
    address: isAlone,
    tables: isAlone,
    fileName: "network",
    linkOf: pageOf,
    chosen: (selection, claims) => {
      agreed = ofMap(selection, claims);
      choose(agreed);
    },
  });
  const follow = (selection: PageSelection, cause: Cause) => {
    if (selection === agreed) return;
    agreed = selection;
    mounted.set({ selection: toMap(payload, selection) }, cause !== "tab");
  };
  if (isAlone) {
    keepAddressBy(() => undefined); // `follow` lets the map write it
    const given = mounted.state().selection;
    if (given.what === "marked") mounted.set({ selection: toMap(payload, `${given.field}=${given.value}`) }, false);
    agreed = ofMap(mounted.state().selection, mounted.claims());
    choose(agreed, "address");
  } else follow(current(), "address");
  onChange(follow);
  linkMap({
    isAlone,
    mark: (claims) => ({ held: mounted.mark(claims), all: payload.edges.length, what: "ties", undrawn: 0 }),
  });
}

/** What is chosen in the map, as the page says it: a tie and a way stand for their claims. */
function ofMap(selection: Selection, claims: readonly string[]): PageSelection {
  switch (selection.what) {
    case "actor":
      return `actor=${selection.id}`;
    case "tie":
    case "ways":
      return ofClaims(claims);
    case "marked":
      return selectionIn(String(new URLSearchParams({ [selection.field]: selection.value })));
    default:
      return "";
  }
}

function toMap(payload: Payload, selection: PageSelection): Selection {
  const at = selection.indexOf("=");
  const [field, value] = [selection.slice(0, at), selection.slice(at + 1)];
  if (field === "actor") return { what: "actor", id: value };
  if (field !== "claims" && field !== "years") return { what: "nothing" };
  const wanted = claimsIn(selection).sort().join();
  const tie = wanted && payload.edges.find((edge) => [...edge.claims].sort().join() === wanted);
  return tie ? { what: "tie", id: tie.id } : { what: "marked", field, value };
}

/** The page about what a CURIE of ours names. */
export function pageOf(id: string): string {
  const [prefix, name] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
  return `${root}/${prefix === "cop" ? "ontology" : "id"}/${encodeURIComponent(name)}`;
}
