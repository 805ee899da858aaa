/** Reads the text of a PDF in a worker of its own: bytes in, one paragraph a line out. */

import { getDocument, VerbosityLevel } from "unpdf/pdfjs";
import type { PdfAnswer } from "./pages/formats";

interface Line {
  readonly page: number;
  text: string;
  readonly top: number;
  readonly height: number;
  right: number;
}

const STARTS = /^(?:\d+(?:\.\d+)+\.?\s+\S|\d+\.?\s+[A-Z]|[·•▪◦‣∙]\s*\S)/;
const PAGE_NUMBER = /^\W*(?:page\s*)?\d{1,4}(?:\s*(?:\/|of)\s*\d{1,4})?\W*$/i;

addEventListener("message", ({ data }: MessageEvent<Uint8Array<ArrayBuffer>>) => {
  read(data).then(
    (text) => answer({ text }),
    (error: unknown) => answer({ fault: (error as Error)?.name === "PasswordException" ? "password" : "damaged" }),
  );
});

function answer(given: PdfAnswer): void {
  postMessage(given);
}

async function read(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const reading = getDocument({
    data,
    isEvalSupported: false,
    useSystemFonts: false,
    disableFontFace: true,
    useWorkerFetch: false,
    stopAtErrors: false,
    verbosity: VerbosityLevel.ERRORS,
  });
  const document = await reading.promise;
  const pages: Line[][] = [];
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number);
    pages.push(linesOf((await page.getTextContent()).items as readonly Item[], number));
    page.cleanup();
  }
  return paragraphs(withoutMargins(pages).flat()).join("\n");
}

interface Item {
  readonly str?: string;
  readonly transform: readonly number[];
  readonly width: number;
  readonly height: number;
}

function linesOf(items: readonly Item[], page: number): Line[] {
  const lines: Line[] = [];
  for (const { str, transform, width, height } of items) {
    if (!str) continue;
    const [left, top, high] = [transform[4] ?? 0, transform[5] ?? 0, height || Math.abs(transform[3] ?? 10)];
    const last = lines.at(-1);
    // A raised figure or mark is on the line of what it stands beside.
    if (last && Math.abs(last.top - top) < 0.6 * Math.max(last.height, high)) {
      const isApart = left - last.right > 0.15 * high && !/\s$/.test(last.text) && !/^\s/.test(str);
      last.text += (isApart ? " " : "") + str;
      last.right = Math.max(last.right, left + width);
    } else if (str.trim()) lines.push({ page, text: str, top, height: high, right: left + width });
  }
  return lines.map((line) => ({ ...line, text: line.text.trim() })).filter((line) => line.text);
}

/** Leaves out what stands at the head or foot of most pages, and the numbers of pages. */
function withoutMargins(pages: readonly Line[][]): Line[][] {
  const key = (line: Line) => line.text.replace(/\d+/g, "#");
  const edges = (lines: readonly Line[]) => new Set([...lines.slice(0, 3), ...lines.slice(-3)]);
  const counts = new Map<string, number>();
  for (const lines of pages) {
    for (const found of new Set([...edges(lines)].map(key))) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  const most = Math.max(3, pages.length / 2);
  return pages.map((lines) => {
    const edge = edges(lines);
    return lines.filter((line) => !edge.has(line) || !(PAGE_NUMBER.test(line.text) || (counts.get(key(line)) ?? 0) >= most));
  });
}

function paragraphs(lines: readonly Line[]): string[] {
  const gaps = lines.slice(1).flatMap((line, at) => {
    const before = lines[at]!;
    return before.page === line.page && before.top > line.top ? [before.top - line.top] : [];
  }).sort((a, b) => a - b);
  // Between the lines of one paragraph is less room than between two: a low gap is the usual one.
  const usual = gaps[Math.floor(gaps.length / 5)] ?? 14;
  const right = Math.max(...lines.map((line) => line.right), 1);
  const found: string[] = [];
  lines.forEach((line, at) => {
    const before = lines[at - 1];
    if (!before || begins(before, line, usual, right)) found.push(line.text);
    else {
      const text = found.pop()!;
      found.push(/[\p{L}]-$/u.test(text) ? text + line.text : `${text} ${line.text}`);
    }
  });
  return found;
}

/** Whether a line begins a paragraph: by its number, by the room above it, after a short line. */
function begins(before: Line, line: Line, usual: number, right: number): boolean {
  if (STARTS.test(line.text)) return true;
  const hasEnded = /[.:;!?]["”’)]?$/.test(before.text);
  if (before.page !== line.page) return hasEnded && /^["“‘(]?\p{Lu}/u.test(line.text);
  const gap = before.top - line.top;
  return gap > 1.45 * usual || gap < 0 || (hasEnded && before.right < 0.8 * right);
}
