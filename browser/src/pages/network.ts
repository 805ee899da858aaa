/** The live network: what the map module draws stands in place of the table that says the same. */

import type {} from "../map/engine";
import type {} from "../map/live";
import type { Payload } from "../map/payload";
import type { Selection } from "../map/state";
import { root } from "./search";

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
    await window.copGraphNetwork!.mountInSteps(stage, payload, {
      later: async () => {
        await loadScript(place.dataset["engine"]!);
        return window.copGraphEngine!;
      },
      address: isAlone,
      tables: isAlone,
      fileName: "network",
      linkOf: pageOf,
      ...(isAlone ? {} : { chosen: (selection) => markRows(payload, selection) }),
    });
    place.dataset["drawn"] = "";
  } catch {
    place.querySelector(".map-stage")?.remove();
    place.dataset["failed"] = ""; // the table stands there and says the same
  }
}

/** Marks the rows of the table above that are about what is chosen in the picture. */
function markRows(payload: Payload, selection: Selection): void {
  const wanted: string[] = [];
  if (selection.what === "actor") wanted.push(selection.id);
  if (selection.what === "tie") {
    const tie = payload.edges.find((edge) => edge.id === selection.id);
    if (tie) wanted.push(payload.nodes[tie.source]!.id, payload.nodes[tie.target]!.id);
  }
  const asked = new Set(payload.nodes.map((node) => node.id));
  document.querySelectorAll<HTMLElement>("tr[data-things]").forEach((row) => {
    const things = new Set((row.dataset["things"] ?? "").split(" "));
    // One end may be what was asked for, which no row repeats.
    const held = wanted.filter((id) => things.has(id)).length;
    const isHub = wanted.some((id) => asked.has(id) && !isInAnyRow(id));
    row.classList.toggle("is-chosen", wanted.length > 0 && held + Number(isHub) >= wanted.length);
  });
}

function isInAnyRow(id: string): boolean {
  return [...document.querySelectorAll<HTMLElement>("tr[data-things]")].some((row) =>
    (row.dataset["things"] ?? "").split(" ").includes(id));
}

/** The page about what a CURIE of ours names. */
export function pageOf(id: string): string {
  const [prefix, name] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
  return `${root}/${prefix === "cop" ? "ontology" : "id"}/${encodeURIComponent(name)}`;
}
