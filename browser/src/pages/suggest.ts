/** Suggestions under a search box, by the ARIA combobox pattern: keyboard all the way. */

import { type Hit, newest, search } from "./search";

export function suggestWhileTyping(): void {
  const boxes = document.querySelectorAll<HTMLInputElement>("input[data-suggest]");
  boxes.forEach(equip);
  const first = boxes[0];
  document.addEventListener("keydown", (event) => {
    const typing = (event.target as Element).closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && first && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      first.focus();
      first.select();
    }
  });
}

function equip(box: HTMLInputElement, place: number): void {
  const form = box.form;
  if (!form) return;
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `suggestions-${place}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Names that fit");
  list.hidden = true;
  form.append(list);
  const told = document.createElement("span");
  told.className = "hidden";
  told.setAttribute("role", "status");
  form.append(told);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");
  let active = -1;
  let hits: Hit[] = [];

  const close = (): void => {
    list.hidden = true;
    active = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (number: number): void => {
    active = number;
    [...list.children].forEach((option, n) => {
      option.setAttribute("aria-selected", String(n === number));
      if (n === number) option.scrollIntoView({ block: "nearest" });
    });
    if (number >= 0) box.setAttribute("aria-activedescendant", `${list.id}-${number}`);
    else box.removeAttribute("aria-activedescendant");
  };
  const ask = newest(
    (words, signal) => search(words, kindOf(form), signal),
    (found) => {
      if (document.activeElement !== box) return;
      hits = found.hits;
      list.replaceChildren(...hits.map((hit, n) => option(hit, `${list.id}-${n}`)));
      list.hidden = hits.length === 0;
      box.setAttribute("aria-expanded", String(hits.length > 0));
      choose(-1);
      told.textContent = hits.length ? `${hits.length} names` : "No name";
    },
  );
  box.addEventListener("input", () => {
    if (box.value.trim()) ask(box.value.trim());
    else close();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (list.hidden || hits.length === 0) return;
    if (event.key === "ArrowDown") choose(active + 1 < hits.length ? active + 1 : -1);
    else if (event.key === "ArrowUp") choose(active < 0 ? hits.length - 1 : active - 1);
    else if (event.key === "Enter" && active >= 0) {
      const hit = hits[active];
      if (hit) window.location.assign(hit.address);
    } else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = (event.target as Element).closest("li");
    const hit = option ? hits[[...list.children].indexOf(option)] : undefined;
    if (hit) window.location.assign(hit.address);
  });
  box.addEventListener("blur", close);
}

function option(hit: Hit, id: string): HTMLLIElement {
  const line = document.createElement("li");
  line.id = id;
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", "false");
  const name = document.createElement("span");
  name.textContent = hit.label;
  const kind = document.createElement("small");
  kind.textContent = hit.otherName ? `${hit.otherName} · ${hit.kind}` : hit.kind;
  line.append(name, " ", kind);
  return line;
}

function kindOf(form: HTMLFormElement): string {
  return form.querySelector<HTMLSelectElement>("select[name=kind]")?.value ?? "";
}
