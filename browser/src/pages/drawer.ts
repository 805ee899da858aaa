/** The evidence drawer: what the link behind a line leads to, beside the line. */

import { showSentences } from "./report";
import { root } from "./search";

export function openEvidenceInDrawer(): void {
  const drawer = document.createElement("dialog");
  drawer.className = "drawer";
  drawer.setAttribute("aria-label", "Evidence");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.textContent = "Close";
  const content = document.createElement("div");
  drawer.append(close, content);
  document.body.append(drawer);
  close.addEventListener("click", () => drawer.close());
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close();
  });

  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-evidence]");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
    if (!link || elsewhere) return;
    event.preventDefault();
    void show([link.href]);
  });
  equipPictures((addresses) => void show(addresses));

  async function show(addresses: string[]): Promise<void> {
    try {
      const parts = await Promise.all(addresses.map(read));
      content.replaceChildren(...parts.flat());
    } catch {
      const [first] = addresses;
      if (first) window.location.assign(first); // the page itself tells what is wrong
      return;
    }
    showSentences(content);
    if (!drawer.open) drawer.showModal();
    drawer.scrollTop = 0;
  }
}

async function read(address: string): Promise<ChildNode[]> {
  const url = new URL(address, window.location.href);
  url.searchParams.set("part", "drawer");
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(`the page answered ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return [...page.body.childNodes];
}

/** How many claims behind one mark are shown at once; the table below holds them all. */
const MOST_SHOWN = 8;

/** Lets each mark of a picture open the evidence of its claims, by pointer and by keyboard. */
function equipPictures(show: (addresses: string[]) => void): void {
  document.querySelectorAll<SVGElement>(".picture [data-claims]").forEach((mark) => {
    const claims = (mark.dataset["claims"] ?? "").split(" ").filter((one) => one.startsWith("copd:"));
    if (claims.length === 0) return;
    const addresses = claims
      .slice(0, MOST_SHOWN)
      .map((one) => `${root}/id/${encodeURIComponent(one.slice("copd:".length))}`);
    mark.setAttribute("tabindex", "0");
    mark.setAttribute("role", "button");
    if (!mark.querySelector("title") && !mark.hasAttribute("aria-label")) {
      mark.setAttribute("aria-label", `${mark.textContent?.trim() ?? ""} evidence`.trim());
    }
    mark.addEventListener("click", () => show(addresses));
    mark.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      show(addresses);
    });
  });
}
