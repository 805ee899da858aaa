/** Asks the server for names; the one place that knows its address. */

export interface Hit {
  label: string;
  otherName: string | null;
  kind: string;
  curie: string;
  address: string;
}

export interface Found {
  words: string;
  how: "all" | "some" | "near" | "none";
  isCut: boolean;
  hits: Hit[];
}

/** The path under which the pages stand; empty where they stand at the root. */
export const root = document.body.dataset["root"] ?? "";

export async function search(words: string, kind: string, signal: AbortSignal): Promise<Found> {
  const query = new URLSearchParams({ q: words });
  if (kind) query.set("kind", kind);
  const response = await fetch(`${root}/search.json?${query}`, { signal });
  if (!response.ok) throw new Error(`search answered ${response.status}`);
  return (await response.json()) as Found;
}

/** Runs the newest call only: an older one that is still waited for is given up. */
export function newest<T>(
  ask: (words: string, signal: AbortSignal) => Promise<T>,
  show: (result: T) => void,
  pauseMs = 90,
): (words: string) => void {
  let timer = 0;
  let running = new AbortController();
  return (words) => {
    window.clearTimeout(timer);
    running.abort();
    running = new AbortController();
    const { signal } = running;
    timer = window.setTimeout(() => {
      ask(words, signal).then(
        (result) => {
          if (!signal.aborted) show(result);
        },
        () => undefined, // without suggestions the form still works
      );
    }, pauseMs);
  };
}
