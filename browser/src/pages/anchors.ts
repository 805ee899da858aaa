/**
 * The words of a claim in the text of a report: in their own paragraph, elsewhere, or not at all.
 * A text has one paragraph a line; `cop_graph/reports.py` reads it in the same way.
 */

export interface Wanted {
  /** The printed number of the paragraph, or its identifier where it has none, such as `5-1-p2`. */
  readonly number: string;
  /** SHA-256 of the normalised text of the paragraph. */
  readonly hash: string;
  /** Which occurrence in the paragraph is meant, from 1. */
  readonly occurrence: number;
  readonly anchors: readonly string[];
}

export interface Part {
  readonly text: string;
  /** The printed number, `5.5`, or that of the paragraph or section that it stands under. */
  readonly number: string;
  readonly isNumbered: boolean;
}

export interface Found {
  /** `same`: word for word that paragraph; `there`: in a paragraph with that number. */
  readonly where: "same" | "there" | "elsewhere" | "nowhere";
  readonly part: Part | null;
  /** Start and end of each anchor in the text of the part. */
  readonly spans: readonly (readonly [number, number])[];
}

const NOWHERE: Found = { where: "nowhere", part: null, spans: [] };
const INVISIBLE = /[\u00ad\u200b-\u200d\u2060\ufeff]/g;
const NUMBERED = /^(\d+(?:\.\d+)+)\.?\s+(\S.*)$/u;
const SECTION = /^(\d+)\.?\s+(\S.*)$/u;
const BULLET = /^[·•▪◦‣∙*–-]\s+(\S.*)$/u;
const MOST_HEADING_WORDS = 20;
const SENTENCE_END = /(?<=[.!?])["”’)]*\s+(?=["“‘(]?[A-Z0-9])/gu;
const ABBREVIATION = /(?:\b(?:Mr|Mrs|Ms|Dr|No|Nos|Art|Rev|St|vs|e\.g|i\.e|etc|[A-Z])\.)$/u;

export function normalised(text: string): string {
  return text.normalize("NFC").replace(/\[bookmark: [^\]]*\]/g, "").replace(INVISIBLE, "").replace(/\s+/g, " ").trim();
}

/** Cuts a text into its paragraphs; a line without letter or digit is none. */
export function partsOf(text: string): Part[] {
  let [section, number] = ["0", "0"];
  return text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/u).flatMap((raw): Part[] => {
    const line = normalised(raw);
    if (!/[\p{L}\p{N}]/u.test(line)) return [];
    const numbered = NUMBERED.exec(line);
    if (numbered) {
      number = numbered[1]!;
      return [{ text: numbered[2]!, number, isNumbered: true }];
    }
    const heading = SECTION.exec(line);
    if (heading && isHeading(heading[2]!) && Number(heading[1]) > Number(section)) {
      section = number = heading[1]!;
      return [{ text: heading[2]!, number, isNumbered: true }];
    }
    const isTitle = line.endsWith(":") && line.split(" ").length <= MOST_HEADING_WORDS && !BULLET.test(line);
    if (isTitle) number = section;
    return [{ text: BULLET.exec(line)?.[1] ?? line, number, isNumbered: false }];
  });
}

const isHeading = (title: string) => title.split(" ").length <= MOST_HEADING_WORDS && !/[.;,]$/.test(title);

/** Finds the words of a claim in the paragraphs of a text. */
export async function find(parts: readonly Part[], wanted: Wanted): Promise<Found> {
  if (!wanted.anchors.length) return NOWHERE;
  const same = await withHash(parts, wanted.hash);
  const there = parts.filter((part) => !same.includes(part) && isAt(part, wanted.number));
  const other = parts.filter((part) => !same.includes(part) && !there.includes(part));
  for (const [where, some] of [["same", same], ["there", there]] as const) {
    const found = inSome(some, wanted, where);
    if (found) return found;
  }
  // Where a file breaks a paragraph in two, its beginning has the number.
  return inSome(pairs(parts).filter((part) => isAt(part, wanted.number)), wanted, "there") ??
    inSome(other, wanted, "elsewhere") ?? inSome(pairs(parts), wanted, "elsewhere") ?? NOWHERE;
}

function inSome(parts: readonly Part[], wanted: Wanted, where: Found["where"]): Found | null {
  for (const level of [0, 1, 2] as const) {
    for (const part of parts) {
      const spans = wanted.anchors.map((anchor) => {
        const all = occurrences(anchor, part.text, level);
        return all[Math.min(wanted.occurrence, all.length) - 1];
      });
      if (spans.every((span) => span !== undefined)) return { where, part, spans };
    }
  }
  return null;
}

function pairs(parts: readonly Part[]): Part[] {
  return parts.slice(0, -1).map((part, at) => ({ ...part, text: `${part.text} ${parts[at + 1]!.text}` }));
}

/** Whether a paragraph has a number, or stands without one where an identifier says. */
function isAt(part: Part, number: string): boolean {
  if (/^\d+(\.\d+)*$/.test(number)) return part.isNumbered && part.number === number;
  const under = /^\d+(-\d+)*(?=-[a-z]|$)/.exec(number)?.[0].replaceAll("-", ".");
  return !part.isNumbered && (under === undefined ? !number.startsWith("0") : part.number === under);
}

const hashes = new WeakMap<readonly Part[], Promise<string[]>>();

/** Finds the paragraphs with a fingerprint; a browser takes fingerprints on safe addresses only. */
async function withHash(parts: readonly Part[], hash: string): Promise<Part[]> {
  if (!hash || !globalThis.crypto?.subtle) return [];
  let made = hashes.get(parts);
  if (!made) {
    made = Promise.all(parts.map(({ text }) => fingerprint(text)));
    hashes.set(parts, made);
  }
  const all = await made;
  return parts.filter((_, at) => all[at] === hash);
}

async function fingerprint(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Where an anchor stands in a text, on word boundaries: as it is (0), with quotes, dashes, spaces
 * and ligatures alike (1), or spaced and hyphenated otherwise, as PDF often has it (2).
 */
export function occurrences(anchor: string, text: string, level: 0 | 1 | 2): [number, number][] {
  const [words, where] = folded(text, level);
  const [wanted] = folded(normalised(anchor), level);
  const found: [number, number][] = [];
  if (!wanted) return found;
  for (let at = words.indexOf(wanted); at >= 0; at = words.indexOf(wanted, at + 1)) {
    const start = where[at]!;
    const end = where[at + wanted.length - 1]! + 1;
    if (!isWord(text[start - 1]) && !isWord(text[end])) found.push([start, end]);
  }
  return found;
}

const isWord = (char: string | undefined) => char !== undefined && /[\p{L}\p{N}\p{M}_]/u.test(char);
const ALIKE: Readonly<Record<string, string>> = { "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "‐": "-" };

/** Gives a text folded, and for each of its characters where it stood. */
function folded(text: string, level: 0 | 1 | 2): [string, number[]] {
  if (level === 0) return [text, Array.from({ length: text.length }, (_, at) => at)];
  let out = "";
  const where: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    for (const char of text[at]!.normalize("NFKC")) {
      const plain = ALIKE[char] ?? (/\s/.test(char) ? " " : char);
      if (level === 2 ? /[\s-]/.test(plain) : plain === " " && out.endsWith(" ")) continue;
      out += plain;
      for (let unit = 0; unit < plain.length; unit += 1) where.push(at);
    }
  }
  return [out, where];
}

/** Gives start and end of each sentence of a paragraph. */
export function sentences(text: string): [number, number][] {
  const spans: [number, number][] = [];
  let start = 0;
  for (const match of text.matchAll(SENTENCE_END)) {
    if (ABBREVIATION.test(text.slice(start, match.index))) continue;
    spans.push([start, match.index + match[0].trimEnd().length]);
    start = match.index + match[0].length;
  }
  spans.push([start, text.length]);
  return spans;
}
