/** The evidence drawer: what the link behind a line leads to, beside the line. */

import { showSentences } from "./report";

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
    void show(link.href);
  });

  async function show(address: string): Promise<void> {
    try {
      const url = new URL(address);
      url.searchParams.set("part", "drawer");
      const response = await fetch(url, { headers: { Accept: "text/html" } });
      if (!response.ok) throw new Error(`the page answered ${response.status}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      content.replaceChildren(...page.body.childNodes);
    } catch {
      window.location.assign(address); // the page itself tells what is wrong
      return;
    }
    showSentences(content);
    if (!drawer.open) drawer.showModal();
    drawer.scrollTop = 0;
  }
}
