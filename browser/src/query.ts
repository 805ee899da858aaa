/** The query editor: grows over the plain form of the page, and shows answers with labels. */

import "@zazuko/yasgui/build/yasgui.min.css";
import Yasgui from "@zazuko/yasgui";

interface Term {
  type: string;
  value: string;
}

interface Answer {
  head: { vars?: string[] };
  boolean?: boolean;
  results?: { bindings: Record<string, Term>[] };
}

const OURS = "https://w3id.org/cop-graph/";
const CLAIM = /^https:\/\/w3id\.org\/cop-graph\/id\/(?:claim|remark)-[\w.-]+$/;
/** How many rows are shown, and how many names are looked up for them. */
const MOST_ROWS = 1000;

const form = document.querySelector<HTMLFormElement>("form[data-query-editor]");
const plain = form?.querySelector<HTMLTextAreaElement>("textarea");
if (form && plain) equip(form, plain);

function equip(form: HTMLFormElement, plain: HTMLTextAreaElement): void {
  const root = document.body.dataset["root"] ?? "";
  const prefixes = JSON.parse(form.dataset["prefixes"] ?? "{}") as Record<string, string>;
  const place = document.createElement("div");
  const result = document.createElement("div");
  result.setAttribute("aria-live", "polite");
  plain.hidden = true;
  plain.after(place);
  form.after(result);
  // Completing prefixes and properties would ask other hosts; what asks nobody stays.
  Yasgui.Yasqe.defaults.autocompleters = ["variables"];
  const editor = new Yasgui.Yasqe(place, {
    persistenceId: null,
    showQueryButton: false,
    resizeable: false,
    createShareableLink: () => "",
  });
  editor.setValue(plain.value);
  place.querySelectorAll("textarea").forEach((box) => box.setAttribute("aria-label", "Query"));
  place.querySelector(".yasqe_buttons")?.remove();
  place.querySelector(".CodeMirror-scroll")?.setAttribute("tabindex", "0");

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void run(editor.getValue());
  });
  document.querySelectorAll<HTMLAnchorElement>("a[data-example]").forEach((link) => {
    link.addEventListener("click", (event) => {
      const text = link.closest("details")?.querySelector("code")?.textContent;
      if (!text || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      editor.setValue(text);
      form.scrollIntoView({ block: "start" });
    });
  });

  async function ask(query: string, accept: string): Promise<Response> {
    return fetch(form.action, {
      method: "POST",
      headers: { Accept: accept },
      body: new URLSearchParams({ query }),
    });
  }

  async function run(query: string): Promise<void> {
    result.replaceChildren(words("p", "Asking …", "note"));
    try {
      const response = await ask(query, "application/sparql-results+json, text/turtle;q=0.9");
      const text = await response.text();
      if (!response.ok) result.replaceChildren(words("pre", text.trim()));
      else if (!response.headers.get("Content-Type")?.includes("json")) {
        result.replaceChildren(words("pre", text));
      } else await show(JSON.parse(text) as Answer);
    } catch (error) {
      result.replaceChildren(words("p", `No answer came: ${String(error)}`, "warn"));
    }
  }

  async function show(answer: Answer): Promise<void> {
    if (answer.boolean !== undefined) {
      result.replaceChildren(words("p", answer.boolean ? "Yes." : "No.", "lead"));
      return;
    }
    const names = answer.head.vars ?? [];
    const rows = answer.results?.bindings ?? [];
    const shown = rows.slice(0, MOST_ROWS);
    const labels = await labelsOf(shown);
    const cut = rows.length > MOST_ROWS ? `; the first ${MOST_ROWS} are shown` : "";
    const table = document.createElement("table");
    table.className = "answer";
    const head = table.createTHead().insertRow();
    names.forEach((name) => {
      const cell = words("th", name);
      cell.setAttribute("scope", "col");
      head.append(cell);
    });
    const body = table.createTBody();
    shown.forEach((row) => {
      const line = body.insertRow();
      names.forEach((name) => {
        const cell = line.insertCell();
        cell.dataset["label"] = name;
        const term = row[name];
        if (term) cell.append(written(term, labels));
      });
    });
    const around = document.createElement("div");
    around.className = "scroll";
    around.tabIndex = 0;
    around.setAttribute("role", "region");
    around.setAttribute("aria-label", "Answer");
    around.append(table);
    const count = rows.length === 1 ? "1 solution" : `${rows.length} solutions`;
    result.replaceChildren(words("h2", count + cut), around);
  }

  async function labelsOf(rows: Record<string, Term>[]): Promise<Map<string, string>> {
    const iris = new Set<string>();
    for (const row of rows) {
      for (const term of Object.values(row)) {
        if (term.type === "uri" && term.value.startsWith(OURS)) iris.add(term.value);
      }
    }
    const found = new Map<string, string>();
    if (iris.size === 0) return found;
    const values = [...iris].slice(0, MOST_ROWS).map((iri) => `<${iri}>`).join(" ");
    const query =
      `PREFIX skos: <http://www.w3.org/2004/02/skos/core#> ` +
      `SELECT ?iri ?label WHERE { VALUES ?iri { ${values} } ?iri skos:prefLabel ?label }`;
    const response = await ask(query, "application/sparql-results+json");
    if (!response.ok) return found;
    const answer = (await response.json()) as Answer;
    for (const row of answer.results?.bindings ?? []) {
      if (row["iri"] && row["label"]) found.set(row["iri"].value, row["label"].value);
    }
    return found;
  }

  function written(term: Term, labels: Map<string, string>): Node {
    if (term.type !== "uri") {
      // Several claims in one cell, as the questions give them, are links to their evidence too.
      const iris = term.value.split(" ");
      if (!iris.every((iri) => CLAIM.test(iri))) return document.createTextNode(term.value);
      const cell = document.createElement("span");
      iris.forEach((value) => cell.append(written({ type: "uri", value }, labels), " "));
      return cell;
    }
    const link = document.createElement("a");
    if (CLAIM.test(term.value)) link.dataset["evidence"] = "";
    link.textContent = labels.get(term.value) ?? short(term.value);
    link.title = term.value;
    if (term.value.startsWith(`${OURS}id/`)) {
      link.href = `${root}/id/${encodeURIComponent(term.value.slice(`${OURS}id/`.length))}`;
    } else if (term.value.startsWith(`${OURS}ontology#`)) {
      link.href = `${root}/ontology/${encodeURIComponent(term.value.slice(`${OURS}ontology#`.length))}`;
    } else {
      return document.createTextNode(short(term.value));
    }
    return link;
  }

  function short(iri: string): string {
    for (const [prefix, namespace] of Object.entries(prefixes)) {
      if (iri.startsWith(namespace)) return `${prefix}:${iri.slice(namespace.length)}`;
    }
    return iri;
  }
}

function words(tag: string, text: string, name = ""): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}
