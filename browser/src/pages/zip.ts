/** What is packed in a ZIP file, as far as Word needs it: entries by name, inflated when asked for. */

export interface Entry {
  readonly isLocked: boolean;
  bytes(): Promise<Uint8Array>;
}

/** No part of a report is larger than this once it is inflated. */
const MOST_INFLATED = 120_000_000;

/** Reads the directory at the end of a ZIP file. */
export function entriesOf(file: Uint8Array<ArrayBuffer>): Map<string, Entry> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let end = file.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new Error("no directory");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries = new Map<string, Entry>();
  for (let number = 0; number < count; number += 1) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error("no entry");
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const packed = view.getUint32(at + 20, true);
    const [name, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true)) as [number, number, number];
    const local = view.getUint32(at + 42, true);
    const path = new TextDecoder().decode(file.subarray(at + 46, at + 46 + name));
    entries.set(path, { isLocked: (flags & 1) === 1, bytes: () => unpack(file, view, { local, method, packed }) });
    at += 46 + name + extra + comment;
  }
  return entries;
}

async function unpack(
  file: Uint8Array<ArrayBuffer>,
  view: DataView,
  { local, method, packed }: { local: number; method: number; packed: number },
): Promise<Uint8Array> {
  if (view.getUint32(local, true) !== 0x04034b50) throw new Error("no content");
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const content = file.subarray(start, start + packed);
  if (method === 0) return content;
  if (method !== 8) throw new Error("packed in another way");
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    size += next.value.length;
    if (size > MOST_INFLATED) {
      await reader.cancel();
      throw new Error("too large when inflated");
    }
  }
  const whole = new Uint8Array(size);
  chunks.reduce((offset, chunk) => {
    whole.set(chunk, offset);
    return offset + chunk.length;
  }, 0);
  return whole;
}
