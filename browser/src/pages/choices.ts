/** Fills the choices of a form while one types, where there are too many to be listed at once. */

import { newest, search } from "./search";

export function fillChoices(): void {
  document.querySelectorAll<HTMLInputElement>("input[data-kinds]").forEach((box) => {
    const list = box.list;
    if (!list || list.children.length > 0) return;
    const ask = newest(
      (words, signal) => search(words, box.dataset["kinds"] ?? "", signal),
      (found) => {
        list.replaceChildren(
          ...found.hits.map((hit) => {
            const option = document.createElement("option");
            option.value = hit.label;
            return option;
          }),
        );
      },
    );
    box.addEventListener("input", () => ask(box.value.trim()));
  });
}
