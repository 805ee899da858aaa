/** How actors and ties look, the same for every way of drawing them. */

import type { Model, Actor, Tie } from "./model.js";
import type { Nouns, Shape } from "./payload.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Theme {
  readonly dark: boolean;
  readonly paper: string;
  readonly ink: string;
  readonly soft: string;
}

export const LIGHT: Theme = { dark: false, paper: "#ffffff", ink: "#1f2937", soft: "#5b6472" };
export const DARK: Theme = { dark: true, paper: "#161b22", ink: "#e6e9ee", soft: "#a3acb9" };
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
export const FADED = 0.12;
export const DASH = [5, 4];
/** The rim of paper around an actor, in pixels. */
export const RIM = 1.5;
/** The head of an arrow, in widths of its line. */
export const HEAD = { length: 2.5, width: 2 };
export const NOT_A_FACT = "not a fact";
export const PLAN_WORDS = "planned, expected or proposed: not a fact";

/** On dark paper the darkest colours are mixed with white, so that they can be told from it. */
export function colourOn(theme: Theme, colour: string): string {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = parts as [number, number, number];
  if (!theme.dark || 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.36) return colour;
  return `#${parts
    .map((part) => Math.round((part * 0.62 + 0.38) * 255).toString(16).padStart(2, "0"))
    .join("")}`;
}

/** Mix a colour with the paper, as if it were seen through. */
function faded(colour: string, paper: string, opacity: number): string {
  const mixed = [1, 3, 5].map((at) => {
    const [over, under] = [colour, paper].map((text) => parseInt(text.slice(at, at + 2), 16));
    return Math.round(over! * opacity + under! * (1 - opacity)).toString(16).padStart(2, "0");
  });
  return `#${mixed.join("")}`;
}

/** The more ties, the fainter each; the first that holds. */
const OPACITIES = [[2000, 0.35], [400, 0.45], [-1, 0.65]] as const;

export function tieColour(tie: Tie, picture: Picture, theme: Theme): string {
  const usual = OPACITIES.find(([most]) => picture.ties.size > most)![1];
  const opacity = picture.bright ? (picture.bright.ties.has(tie) ? 1 : FADED) : usual;
  return faded(colourOn(theme, tie.relation.colour), theme.paper, opacity);
}

export function actorColour(actor: Actor, picture: Picture, theme: Theme): string {
  const colour = colourOn(theme, actor.look.colour);
  return picture.bright && !picture.bright.actors.has(actor) ? faded(colour, theme.paper, FADED + 0.1) : colour;
}

/** Corners of a shape of radius 1 around the origin; a dot has none. */
export function corners(shape: Shape): readonly Point[] {
  const ring = (count: number, turn: number, radii: readonly number[]) =>
    Array.from({ length: count }, (_, n) => {
      const angle = turn + (2 * Math.PI * n) / count;
      const radius = radii[n % radii.length]!;
      return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
    });
  switch (shape) {
    case "square":
      return ring(4, Math.PI / 4, [1.24]);
    case "diamond":
      return ring(4, 0, [1.24]);
    case "triangle":
      return ring(3, -Math.PI / 2, [1.3]);
    case "triangleDown":
      return ring(3, Math.PI / 2, [1.3]);
    case "hexagon":
      return ring(6, 0, [1.1]);
    case "star":
      return ring(10, -Math.PI / 2, [1.35, 0.62]);
    default:
      return [];
  }
}

/** How far the corners of a shape of radius 1 are from its middle. */
export function outer(shape: Shape): number {
  return corners(shape).reduce((most, { x, y }) => Math.max(most, Math.hypot(x, y)), 0) || 1;
}

/** The point around which a bent tie curves. */
export function bendPoint(a: Point, b: Point, bend: number): Point {
  return {
    x: (a.x + b.x) / 2 + (b.y - a.y) * bend,
    y: (a.y + b.y) / 2 - (b.x - a.x) * bend,
  };
}

export function along(a: Point, b: Point, bend: number, share: number): Point {
  const c = bendPoint(a, b, bend);
  const rest = 1 - share;
  return {
    x: rest * rest * a.x + 2 * rest * share * c.x + share * share * b.x,
    y: rest * rest * a.y + 2 * rest * share * c.y + share * share * b.y,
  };
}

/** Lines of a label: at most `most` of about `width` characters, then an ellipsis. */
export function lines(text: string, width = 22, most = 3): string[] {
  const found: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part)) {
    const last = found.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      found[found.length - 1] = `${last} ${word}`;
    } else {
      found.push(word.length > 2 * width ? `${word.slice(0, 2 * width)}…` : word);
    }
  }
  if (found.length <= most) return found;
  return [...found.slice(0, most - 1), `${found[most - 1]!} …`];
}

/** What stands out while something is chosen; nothing while nothing is. */
export interface Bright {
  /** Whose names come before all others. */
  readonly first: ReadonlySet<Actor>;
  readonly actors: ReadonlySet<Actor>;
  readonly ties: ReadonlySet<Tie>;
}

export interface Picture {
  readonly actors: ReadonlySet<Actor>;
  readonly ties: ReadonlySet<Tie>;
  readonly bright: Bright | null;
}

/** The box around the middles of actors. */
export function bounds(actors: Iterable<Actor>): { min: Point; max: Point } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const actor of actors) {
    left = Math.min(left, actor.x);
    right = Math.max(right, actor.x);
    top = Math.min(top, actor.y);
    bottom = Math.max(bottom, actor.y);
  }
  return left <= right
    ? { min: { x: left, y: top }, max: { x: right, y: bottom } }
    : { min: { x: -100, y: -100 }, max: { x: 100, y: 100 } };
}

export function sentence(tie: Tie): string {
  return `${tie.source.name} ${tie.relation.name} ${tie.target.name}`;
}

export function statusWords(tie: { readonly status: string; readonly asserts: boolean }): string {
  return tie.asserts ? tie.status : `${tie.status} – ${NOT_A_FACT}`;
}

/** How much is shown, called what it is: "3 of 9 actors, 4 of 12 ties". */
export function counts(model: Model, picture: Picture): string {
  const all = picture.ties.size === model.ties.length && picture.actors.size === model.actors.length;
  const number = (some: number, of: number, nouns: Nouns) =>
    all ? counted(of, nouns) : `${some} of ${counted(of, nouns)}`;
  return (
    `${number(picture.actors.size, model.actors.length, model.payload.nouns)}, ` +
    `${number(picture.ties.size, model.ties.length, TIE)}`
  );
}

export const TIE: Nouns = { one: "tie", many: "ties" };

export function counted(number: number, { one, many }: Nouns): string {
  return `${number} ${number === 1 ? one : many}`;
}

export function a(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
