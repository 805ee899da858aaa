/** The picture as SVG: what is shown, with legend, source and data version. No script, no address. */

import { LINE_HEIGHT, placeLabels } from "./labels.js";
import type { Actor, Model, Tie } from "./model.js";
import {
  along,
  bendPoint,
  bounds,
  colourOn,
  corners,
  counted,
  counts,
  FONT,
  lines,
  PLAN_WORDS,
  sentence,
  statusWords,
  type Picture,
  type Theme,
} from "./scene.js";

const TEXT = 14;
const MARGIN = 40;
/** For labels at the edge. */
const ROOM = { x: 80, y: 70 };

/** Text for XML 1.0: marked up characters written out, characters that it forbids replaced. */
export function xml(text: string): string {
  return text
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The shapes of all that is shown, without names. */
export function marks(model: Model, picture: Picture, theme: Theme): string {
  const { bright } = picture;
  const fade = (isBright: boolean | undefined, mark: string) =>
    bright && !isBright ? `<g opacity=".18">${mark}</g>` : mark;
  return [
    ...model.ties
      .filter((tie) => picture.ties.has(tie))
      .map((tie) => fade(bright?.ties.has(tie), tieMark(tie, theme))),
    ...[...picture.actors].map((actor) => fade(bright?.actors.has(actor), actorMark(actor, theme))),
  ].join("\n");
}

/**
 * The picture with names, legend, source and data version.
 *
 * @param columnWidth How wide the picture will be in pixels, where that is known: its letters and
 *   margins are then large enough to be read there.
 */
export function svgOf(model: Model, picture: Picture, theme: Theme, columnWidth = Infinity): string {
  const { payload } = model;
  const { min, max } = bounds(picture.actors);
  const large = Math.max(1, (max.x - min.x + 2 * ROOM.x) / columnWidth);
  const [text, margin, row] = [TEXT * large, MARGIN * large, 26 * large];
  const box = {
    min: { x: min.x - ROOM.x * large, y: min.y - ROOM.y * large },
    max: { x: max.x + ROOM.x * large, y: max.y + ROOM.y * large },
  };
  const width = Math.max(720, box.max.x - box.min.x + 2 * margin);
  const left = (box.min.x + box.max.x - width) / 2;
  const spots = [...picture.actors].map((actor) => ({ actor, x: actor.x, y: actor.y, radius: actor.radius }));
  const labels = placeLabels(spots, text, picture.bright?.first ?? new Set<Actor>(), null);
  const drawn = model.ties.filter((tie) => picture.ties.has(tie));
  const parts = [
    marks(model, { ...picture, bright: null }, theme),
    ...labels.map(
      (label) =>
        `<text font-size="${n(text)}" text-anchor="middle" fill="${theme.ink}" stroke="${theme.paper}" ` +
        `stroke-width="${n(3.5 * large)}" stroke-linejoin="round" paint-order="stroke">` +
        label.lines
          .map((line, number) => {
            const y = label.y + text * 0.35 + number * text * LINE_HEIGHT;
            return `<tspan x="${n(label.x)}" y="${n(y)}">${xml(line)}</tspan>`;
          })
          .join("") +
        "</text>",
    ),
  ];
  let y = box.max.y + margin;
  const legend = legendMarks(picture, drawn, theme);
  const columns = Math.max(1, Math.floor((width - 2 * margin) / (330 * large)));
  legend.forEach((mark, number) => {
    const x = left + margin + (number % columns) * 330 * large;
    const place = `translate(${n(x)} ${n(y + Math.floor(number / columns) * row)}) scale(${large.toFixed(3)})`;
    parts.push(`<g transform="${place}">${mark}</g>`);
  });
  y += Math.ceil(legend.length / columns) * row + 18 * large;
  const unnamed = picture.actors.size - labels.length;
  const caption = [
    `${counts(model, picture)}. Size: ${payload.measure.words}.` +
      (unnamed ? ` ${counted(unnamed, { one: "name", many: "names" })} found no room.` : ""),
    `Source: ${payload.source}.`,
    ...payload.notes,
  ].flatMap((text) => lines(text, Math.floor((width - 2 * margin) / (6.6 * large)), 20));
  const step = 18 * large;
  parts.push(
    `<text font-size="${n(12.5 * large)}" fill="${theme.soft}">${caption
      .map((line, at) => `<tspan x="${n(left + margin)}" y="${n(y + at * step)}">${xml(line)}</tspan>`)
      .join("")}</text>`,
  );
  const top = box.min.y - margin - 40 * large;
  const height = y + caption.length * step + margin / 2 - top;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${n(left)} ${n(top)} ${n(width)} ${n(height)}" ` +
    `width="${n(width)}" height="${n(height)}" font-family='${FONT.replaceAll('"', "&#34;")}' role="img">` +
    `<title>${xml(payload.title)}</title><desc>${xml(`Data version ${payload.version}`)}</desc>` +
    `<rect x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${n(height)}" fill="${theme.paper}"/>` +
    `<text x="${n(left + margin)}" y="${n(top + 46 * large)}" font-size="${n(24 * large)}" font-weight="600" fill="${theme.ink}">` +
    `${xml(lines(payload.title, 70, 1)[0] ?? "")}</text>${parts.join("\n")}</svg>\n`
  );
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function tieMark(tie: Tie, theme: Theme): string {
  const colour = colourOn(theme, tie.relation.colour);
  const [a, b] = [tie.source, tie.target];
  const c = bendPoint(a, b, tie.bend);
  const dash = tie.asserts ? "" : ' stroke-dasharray="6 5"';
  const line =
    `<path d="M${n(a.x)} ${n(a.y)}Q${n(c.x)} ${n(c.y)} ${n(b.x)} ${n(b.y)}" fill="none" ` +
    `stroke="${colour}" stroke-width="${n(tie.width)}" stroke-opacity=".75"${dash}/>`;
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  let arrow = "";
  if (tie.relation.directed && length > b.radius + 12) {
    const tip = along(a, b, tie.bend, 1 - (b.radius + 2) / length);
    const tail = along(a, b, tie.bend, 1 - (b.radius + 11) / length);
    const [dx, dy] = [(tip.x - tail.x) / 2.4, (tip.y - tail.y) / 2.4];
    arrow =
      `<path d="M${n(tip.x)} ${n(tip.y)}L${n(tail.x - dy)} ${n(tail.y + dx)} ` +
      `${n(tail.x + dy)} ${n(tail.y - dx)}Z" fill="${colour}"/>`;
  }
  return `<g><title>${xml(`${sentence(tie)} (${statusWords(tie)})`)}</title>${line}${arrow}</g>`;
}

function symbol(shape: Actor["look"]["shape"], x: number, y: number, radius: number, paint: string): string {
  const points = corners(shape).map((at) => `${n(x + at.x * radius)},${n(y + at.y * radius)}`);
  return points.length
    ? `<polygon points="${points.join(" ")}" ${paint}/>`
    : `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" ${paint}/>`;
}

function actorMark(actor: Actor, theme: Theme): string {
  const paint = `fill="${colourOn(theme, actor.look.colour)}" stroke="${theme.paper}" stroke-width="1.5"`;
  const title = `<title>${xml(`${actor.name}, ${actor.kind}`)}</title>`;
  return `<g>${title}${symbol(actor.look.shape, actor.x, actor.y, actor.radius, paint)}</g>`;
}

function legendMarks(picture: Picture, drawn: readonly Tie[], theme: Theme): string[] {
  const words = (text: string) =>
    `<text x="34" y="5" font-size="13.5" fill="${theme.ink}">${xml(text)}</text>`;
  const kinds = new Map([...picture.actors].map((actor) => [actor.look.name, actor.look]));
  const relations = new Map(drawn.map((tie) => [tie.relation.name, tie.relation]));
  const line = (colour: string, dash: string) =>
    `<path d="M0 0H26" stroke="${colourOn(theme, colour)}" stroke-width="3"${dash}/>`;
  return [
    ...[...kinds.values()].map(
      (kind) =>
        symbol(kind.shape, 13, 0, 7, `fill="${colourOn(theme, kind.colour)}"`) + words(kind.name),
    ),
    ...[...relations.values()].map(
      (relation) => line(relation.colour, "") + words(relation.words),
    ),
    ...(drawn.some((tie) => !tie.asserts)
      ? [line("#33475b", ' stroke-dasharray="6 5"') + words(PLAN_WORDS)]
      : []),
  ];
}
