/**
 * A file becomes the text of a report, one paragraph a line: Word, PDF, a web page, plain text.
 * What a file is, is told by its content and not by its name. Nothing of it leaves the browser.
 */

import { UnreadableError } from "./unreadable";
import { readWord } from "./word";
import { entriesOf } from "./zip";

export const KINDS = "Word (.docx), PDF, a web page or plain text";
const MOST_BYTES = 60_000_000;
const MOST_WAIT_MS = 90_000;

/** Gives the text of a report. */
export async function textOf(file: File): Promise<string> {
  const name = `“${file.name}”`;
  const say = (what: string) => new UnreadableError(`${name} ${what}`);
  if (file.size === 0) throw say(`is empty. Choose the report itself: ${KINDS}.`);
  if (file.size > MOST_BYTES) {
    const size = Math.round(file.size / 1_000_000);
    throw say(`has ${size} MB; a report has a few. Choose the report itself: ${KINDS}.`);
  }
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    throw say("cannot be read: it is a folder, or was moved or changed meanwhile. Choose it again.");
  }
  let text: string;
  try {
    text = await read(bytes);
  } catch (error) {
    if (error instanceof UnreadableError) throw say(error.message);
    throw say(`is damaged, or is not what its beginning says. Open it, save it anew as ${KINDS}, and choose that.`);
  }
  if (!/\p{L}/u.test(text)) {
    throw say("holds no text. If it is a scan, it has pictures of pages only: choose an edition with text.");
  }
  return text;
}

async function read(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const head = String.fromCharCode(...bytes.subarray(0, 1024));
  const is = (...marks: string[]) => marks.some((mark) => head.startsWith(mark));
  if (head.includes("%PDF-")) return readPdf(bytes);
  if (is("PK\x03\x04", "PK\x05\x06")) return readPacked(bytes);
  if (is("\xd0\xcf\x11\xe0")) {
    throw new UnreadableError("is an old Word file (.doc), or one with a password. Open it and save it as .docx without a password.");
  }
  if (is("{\\rtf")) throw new UnreadableError("is an RTF file. Open it and save it as .docx or as plain text.");
  if (is("\x89PNG", "\xff\xd8\xff", "GIF8", "BM", "II*\0", "MM\0*", "RIFF")) {
    throw new UnreadableError(`is a picture, a sound or a film, not a report. Choose ${KINDS}.`);
  }
  const text = decoded(bytes);
  return /^\s*<(?:!doctype|html|head|body|\?xml|!--|p|div|h\d)\b/i.test(text) ? readPage(text) : text;
}

function decoded(bytes: Uint8Array<ArrayBuffer>): string {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    return new TextDecoder(a === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  }
  if (bytes.subarray(0, 65_536).includes(0)) {
    throw new UnreadableError(`is no text. Choose the report itself: ${KINDS}.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

async function readPacked(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (typeof DecompressionStream === "undefined") {
    throw new UnreadableError("is packed, which this browser is too old to open. Choose the report as plain text.");
  }
  const entries = entriesOf(bytes);
  if (entries.has("word/document.xml")) return readWord(entries);
  if (entries.has("EncryptedPackage")) throw new UnreadableError("has a password. Open it and save it without one.");
  const what = entries.has("xl/workbook.xml") ? "a spreadsheet"
    : entries.has("ppt/presentation.xml") ? "a presentation"
      : entries.has("content.xml") ? "an OpenDocument file"
        : "an archive (ZIP)";
  throw new UnreadableError(`is ${what}, not a Word document. Choose the report as ${KINDS}.`);
}

const BLOCKS = new Set(
  ("ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY CAPTION CENTER DD DETAILS DIV DL DT FIGCAPTION FIGURE FOOTER FORM H1 H2 H3 H4 H5 H6 " +
    "HEADER HR LI MAIN NAV OL P PRE SECTION SUMMARY TABLE TBODY TD TFOOT TH THEAD TR UL").split(" "),
);
const UNREAD = new Set(["SCRIPT", "STYLE", "HEAD", "TEMPLATE", "NOSCRIPT", "TEXTAREA", "SVG"]);

/** A beginning of an element, with its attributes. */
const TAG = /<([a-z][\w:-]*)\s(?:[^"'>]|"[^"]*"|'[^']*')*>/gi;

/** A parsed page runs nothing and loads nothing; without its attributes it has nothing that could. */
function readPage(html: string): string {
  const lines: string[] = [];
  let line = "";
  const end = () => {
    if (line.trim()) lines.push(line.replace(/\s+/g, " ").trim());
    line = "";
  };
  const walk = (node: Node): void => {
    if (node instanceof Text) {
      const [first, ...rest] = node.parentElement?.closest("pre") ? node.data.split("\n") : [node.data];
      line += first ?? "";
      for (const next of rest) {
        end();
        line = next;
      }
      return;
    }
    if (!(node instanceof Element) || UNREAD.has(node.tagName.toUpperCase())) return;
    const isBlock = BLOCKS.has(node.tagName);
    if (isBlock) end();
    if (node.tagName === "BR") line += " ";
    node.childNodes.forEach(walk);
    if (isBlock) end();
  };
  walk(new DOMParser().parseFromString(html.replace(TAG, "<$1>"), "text/html").body);
  end();
  return lines.join("\n");
}

/** What the worker of `pdf.ts` answers. */
export type PdfAnswer = { readonly text: string } | { readonly fault: "password" | "damaged" };

/** Reads a PDF in a worker of its own, which is loaded for that, and ended if it does not end. */
function readPdf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const address = document.body.dataset["pdf"];
  if (!address) throw new UnreadableError("is a PDF, for which this server lacks the reader. Choose it as .docx or as plain text.");
  return new Promise((give, refuse) => {
    const worker = new Worker(address);
    const timer = window.setTimeout(
      () => end(new UnreadableError("takes too long to be read. Choose it as .docx or as plain text.")),
      MOST_WAIT_MS,
    );
    const end = (result: string | Error) => {
      window.clearTimeout(timer);
      worker.terminate();
      if (typeof result === "string") give(result);
      else refuse(result);
    };
    worker.addEventListener("error", () => end(new Error("the reader of PDF failed")));
    worker.addEventListener("message", ({ data }: MessageEvent<PdfAnswer>) => {
      if ("text" in data) end(data.text);
      else if ("fault" in data && data.fault === "password") {
        end(new UnreadableError("has a password. Open it, print it into a PDF without one, and choose that."));
      } else if ("fault" in data) end(new Error("damaged"));
      // pdf.js also says that it is ready, which is for itself
    });
    worker.postMessage(bytes, [bytes.buffer]);
  });
}
