/**
 * The evidence drawer: what the link behind a line leads to, beside the line. On a wide screen the
 * page stays in use beside it, so that one mark after the other can be read.
 */

import { showSentences } from "./report";
import { root } from "./search";
import { choose, current, ofClaims, onChange } from "./selection";

/** From here on there is room for the page beside the drawer. */
const WIDE = "(min-width: 1360px)";
/** How many claims are shown at once. */
const MOST_SHOWN = 8;

const drawer = document.createElement("dialog");
const content = document.createElement("div");
const pick = document.createElement("button");
let shown: string[] = [];
let opener: Element | null = null;
let turn = 0;

export function openEvidenceInDrawer(): void {
  drawer.className = "drawer";
  drawer.setAttribute("aria-label", "Evidence");
  const acts = document.createElement("p");
  acts.className = "drawer-acts";
  const close = document.createElement("button");
  close.type = pick.type = "button";
  close.className = "close";
  close.textContent = "Close";
  close.autofocus = true;
  pick.className = "pick";
  pick.addEventListener("click", () => {
    choose(isPicked() ? "" : ofClaims(shown));
    if (drawer.matches(":modal") && isPicked()) drawer.close();
  });
  onChange(() => tellPick());
  acts.append(pick, close);
  drawer.append(acts, content);
  document.body.append(drawer);
  close.addEventListener("click", () => drawer.close());
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close();
  });
  drawer.addEventListener("close", () => {
    document.documentElement.classList.remove("has-drawer");
    if (opener instanceof HTMLElement || opener instanceof SVGElement) opener.focus({ preventScroll: true });
    opener = null;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drawer.open || drawer.matches(":modal")) return;
    event.preventDefault();
    drawer.close();
  });

  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-evidence], a[data-claims]");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
    if (!link || elsewhere) return;
    event.preventDefault();
    const claims = link.dataset["claims"]?.split(" ");
    void show(claims ? claims.map(addressOf) : [link.href], link);
  });
  equipPictures();
}

/** Opens the evidence of claims (CURIEs), the first of them at once. */
export function openEvidence(claims: readonly string[]): void {
  void show(claims.map(addressOf), document.activeElement);
}

const addressOf = (claim: string) => `${root}/id/${encodeURIComponent(claim.replace(/^copd:/, ""))}`;

async function show(addresses: readonly string[], from: Element | null): Promise<void> {
  const mine = ++turn;
  const first = addresses.slice(0, MOST_SHOWN);
  if (!from || !drawer.contains(from)) opener = from;
  if (!drawer.open) open();
  let parts: ChildNode[][];
  try {
    parts = await Promise.all(first.map(read));
  } catch {
    if (first[0]) window.location.assign(first[0]); // the page itself tells what is wrong
    return;
  }
  if (mine !== turn) return; // something else was asked for meanwhile
  content.replaceChildren(...parts.flat());
  shown = addresses.map((one) => `copd:${decodeURIComponent(new URL(one, location.href).pathname.split("/id/")[1] ?? "")}`);
  offerMore(addresses.slice(MOST_SHOWN), addresses.length);
  tellPick();
  showSentences(content);
  drawer.scrollTop = 0;
}

/** Opens the drawer while its content is still to come. */
function open(): void {
  const waiting = document.createElement("p");
  waiting.className = "more-claims note";
  waiting.textContent = "Looking up the words …";
  content.replaceChildren(waiting);
  shown = [];
  tellPick();
  if (matchMedia(WIDE).matches) {
    document.documentElement.classList.add("has-drawer");
    drawer.show();
    opener?.scrollIntoView({ block: "nearest" });
  } else drawer.showModal();
}

async function read(address: string): Promise<ChildNode[]> {
  const url = new URL(address, window.location.href);
  url.searchParams.set("part", "drawer");
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(`the page answered ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return [...page.body.childNodes];
}

/** Says how many claims are still to be read, and shows the next of them when asked. */
function offerMore(rest: readonly string[], all: number): void {
  if (!rest.length) return;
  const line = document.createElement("p");
  line.className = "more-claims";
  const next = document.createElement("button");
  next.type = "button";
  next.textContent = `Show the next ${Math.min(rest.length, MOST_SHOWN)}`;
  next.addEventListener("click", () => {
    void Promise.all(rest.slice(0, MOST_SHOWN).map(read)).then(
      (parts) => {
        const nodes = parts.flat();
        line.replaceWith(...nodes);
        offerMore(rest.slice(MOST_SHOWN), all);
        showSentences(content);
        (nodes.find((node) => node instanceof HTMLElement) as HTMLElement | undefined)?.setAttribute("tabindex", "-1");
        (nodes.find((node) => node instanceof HTMLElement) as HTMLElement | undefined)?.focus({ preventScroll: true });
      },
      () => (line.textContent = "The server does not answer. Try again in a moment."),
    );
  });
  line.append(`${all - rest.length} of ${all} claims are shown. `, next);
  content.append(line);
}

const isPicked = () => !!shown.length && ofClaims(shown) === current();

function tellPick(): void {
  pick.hidden = !ofClaims(shown);
  pick.textContent = isPicked() ? "Chosen in all views" : "Choose in all views";
  pick.setAttribute("aria-pressed", String(isPicked()));
}

/** Lets each mark of a picture open the evidence of its claims, by pointer and by keyboard. */
function equipPictures(): void {
  document.querySelectorAll<SVGElement>(".picture [data-claims]").forEach((mark) => {
    const claims = (mark.dataset["claims"] ?? "").split(" ").filter((one) => one.startsWith("copd:"));
    if (claims.length === 0) return;
    mark.setAttribute("tabindex", "0");
    mark.setAttribute("role", "button");
    if (!mark.querySelector("title") && !mark.hasAttribute("aria-label")) {
      mark.setAttribute("aria-label", `${mark.textContent?.trim() ?? ""} evidence`.trim());
    }
    mark.addEventListener("click", () => void show(claims.map(addressOf), mark));
    mark.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      void show(claims.map(addressOf), mark);
    });
  });
}
