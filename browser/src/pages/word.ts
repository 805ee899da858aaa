/**
 * The paragraphs of a Word document, with the numbers that Word prints before them: they stand not
 * in the text but in the list that a paragraph or its style belongs to.
 */

import { UnreadableError } from "./unreadable";
import type { Entry } from "./zip";

const W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main";
const SPACES = new Set(["tab", "br", "cr", "ptab"]);

/** A level of a numbered list: how it counts, and what it prints, such as `%1.%2`. */
interface Level {
  readonly format: string;
  readonly text: string;
  readonly start: number;
}

interface ListPlace {
  readonly list: string;
  readonly level: number;
}

export async function readWord(entries: ReadonlyMap<string, Entry>): Promise<string> {
  const whole = await xml(entries, "word/document.xml");
  if (!whole) throw new Error("no document");
  const lists = numbering(await xml(entries, "word/numbering.xml"));
  const styles = listStyles(await xml(entries, "word/styles.xml"));
  const counts = new Map<string, number[]>();
  const lines: string[] = [];
  for (const paragraph of all(whole, "p")) {
    if (paragraph.closest("Fallback")) continue; // the same once more, for older programs
    const text = textOf(paragraph);
    if (!text.trim()) continue;
    const place = placeOf(paragraph, styles);
    lines.push(`${place ? label(place, lists, counts) : ""}${text}`.replace(/\s+/g, " ").trim());
  }
  return lines.join("\n");
}

async function xml(entries: ReadonlyMap<string, Entry>, name: string): Promise<Document | null> {
  const entry = entries.get(name);
  if (!entry) return null;
  if (entry.isLocked) throw new UnreadableError("has a password. Open it and save it without one.");
  const read = new DOMParser().parseFromString(new TextDecoder().decode(await entry.bytes()), "application/xml");
  if (read.querySelector("parsererror")) throw new Error("no XML");
  return read;
}

const all = (within: Document | Element, name: string): Element[] => {
  const found = [...within.getElementsByTagNameNS(W, name)];
  return found.length ? found : [...within.getElementsByTagNameNS(STRICT, name)];
};
const own = (within: Element, name: string): Element | undefined =>
  [...within.children].find((child) => child.localName === name);
const value = (element: Element | undefined, name = "val"): string =>
  element ? (element.getAttributeNS(W, name) ?? element.getAttributeNS(STRICT, name) ?? "") : "";

/** The text of a paragraph without that of boxes within it, and without what was deleted. */
function textOf(paragraph: Element): string {
  let text = "";
  const walk = (element: Element): void => {
    for (const child of element.children) {
      const name = child.localName;
      if (name === "t") text += child.textContent ?? "";
      else if (SPACES.has(name)) text += " ";
      else if (name === "noBreakHyphen") text += "-";
      else if (name !== "p" && name !== "del" && name !== "pPr" && name !== "Fallback") walk(child);
    }
  };
  walk(paragraph);
  return text;
}

function numbering(document: Document | null): Map<string, Level[]> {
  const kinds = new Map<string, Level[]>();
  const lists = new Map<string, Level[]>();
  if (!document) return lists;
  for (const kind of all(document, "abstractNum")) {
    const levels: Level[] = [];
    for (const level of [...kind.children].filter((child) => child.localName === "lvl")) {
      levels[Number(value(level, "ilvl"))] = {
        format: value(own(level, "numFmt")) || "decimal",
        text: value(own(level, "lvlText")),
        start: Number(value(own(level, "start")) || 1),
      };
    }
    kinds.set(value(kind, "abstractNumId"), levels);
  }
  for (const list of all(document, "num")) {
    lists.set(value(list, "numId"), kinds.get(value(own(list, "abstractNumId"))) ?? []);
  }
  return lists;
}

function listStyles(document: Document | null): Map<string, ListPlace> {
  const styles = new Map<string, ListPlace>();
  const based = new Map<string, string>();
  for (const style of document ? all(document, "style") : []) {
    const name = value(style, "styleId");
    based.set(name, value(own(style, "basedOn")));
    const place = listPlace(own(style, "pPr"));
    if (place) styles.set(name, place);
  }
  for (const name of based.keys()) {
    let wider = name;
    for (let step = 0; step < 12 && wider && !styles.has(wider); step += 1) wider = based.get(wider) ?? "";
    const found = styles.get(wider);
    if (found) styles.set(name, found);
  }
  return styles;
}

function listPlace(properties: Element | undefined): ListPlace | null {
  const place = properties && own(properties, "numPr");
  if (!place) return null;
  return { list: value(own(place, "numId")), level: Number(value(own(place, "ilvl")) || 0) };
}

function placeOf(paragraph: Element, styles: ReadonlyMap<string, ListPlace>): ListPlace | null {
  const properties = own(paragraph, "pPr");
  const found = listPlace(properties) ?? styles.get(value(properties && own(properties, "pStyle"))) ?? null;
  return found && found.list !== "0" ? found : null;
}

/** Counts on in a list, and gives what Word prints before the paragraph. */
function label({ list, level }: ListPlace, lists: ReadonlyMap<string, Level[]>, counts: Map<string, number[]>): string {
  const levels = lists.get(list);
  const mine = levels?.[level];
  if (!levels || !mine) return "";
  if (mine.format === "bullet") return "• ";
  if (mine.format === "none") return "";
  const numbers = counts.get(list) ?? [];
  counts.set(list, numbers);
  numbers[level] = (numbers[level] ?? mine.start - 1) + 1;
  numbers.length = level + 1;
  const text = mine.text.replace(/%(\d)/g, (_, place: string) => {
    const at = Number(place) - 1;
    return written(numbers[at] ?? levels[at]?.start ?? 1, levels[at]?.format ?? "decimal");
  });
  return text ? `${text} ` : "";
}

function written(number: number, format: string): string {
  if (format.endsWith("Letter") && number <= 26) {
    const letter = String.fromCharCode(96 + number);
    return format.startsWith("upper") ? letter.toUpperCase() : letter;
  }
  return String(number);
}
