/** Draws with sigma, for networks of thousands. What sigma cannot draw (dashes, bends) is left to the overlay. */

import Graph from "graphology";
import Sigma from "sigma";
import { NodeCircleProgram } from "sigma/rendering";
import type { Actor, Model, Tie } from "./model.js";
import type { Shape } from "./payload.js";
import type { Listener, Renderer } from "./render.js";
import { colourOn, FADED, type Picture, type Point, type Theme } from "./scene.js";

/** The middle of one side lies at the angle of the turn. */
const polygon = (count: number, turn: number) => `
  float part = 6.2831853 / ${count.toFixed(1)};
  float angle = atan(p.y, p.x) - ${turn.toFixed(7)};
  float d = cos(floor(0.5 + angle / part) * part - angle) * length(p) / cos(part / 2.0);`;

/** For each shape, how far a point is out: 1 at the edge of a shape of radius 1. */
const SHAPES: Readonly<Record<Shape, string>> = {
  dot: "float d = length(p);",
  square: polygon(4, 0),
  diamond: polygon(4, Math.PI / 4),
  triangle: polygon(3, -Math.PI / 2),
  triangleDown: polygon(3, Math.PI / 2),
  hexagon: polygon(6, Math.PI / 6),
  star: `
  float part = 6.2831853 / 5.0;
  float angle = abs(mod(atan(p.y, p.x) - 1.5707963 + part / 2.0, part) - part / 2.0);
  float edge = 0.46 * sin(part / 2.0) / (0.46 * sin(part / 2.0 - angle) + sin(angle));
  float d = length(p) / edge;`,
};

function programOf(shape: Shape) {
  return class extends NodeCircleProgram {
    override getDefinition() {
      return {
        ...super.getDefinition(),
        FRAGMENT_SHADER_SOURCE: `
precision highp float;
varying vec4 v_color;
varying vec2 v_diffVector;
varying float v_radius;
uniform float u_correctionRatio;
void main(void) {
  vec2 p = v_diffVector / v_radius;
  ${SHAPES[shape]}
  #ifdef PICKING_MODE
  gl_FragColor = d > 1.0 ? vec4(0.0) : v_color;
  #else
  float soft = 2.0 * u_correctionRatio / v_radius;
  gl_FragColor = mix(v_color, vec4(0.0), clamp((d - 1.0 + soft) / soft, 0.0, 1.0));
  #endif
}`,
      };
    }
  };
}

/** Mix a colour with the paper, as if it were seen through. */
function faded(colour: string, paper: string, opacity: number): string {
  const mixed = [1, 3, 5].map((at) => {
    const [over, under] = [colour, paper].map((text) => parseInt(text.slice(at, at + 2), 16));
    return Math.round(over! * opacity + under! * (1 - opacity))
      .toString(16)
      .padStart(2, "0");
  });
  return `#${mixed.join("")}`;
}

/** How fast actors grow as the reader comes nearer: slower than the room between them. */
const GROWTH = 0.6;
const WHOLE = { cameraState: { x: 0.5, y: 0.5, ratio: 1, angle: 0 } };

export function sigmaRenderer(stage: HTMLElement, model: Model, listener: Listener): Renderer {
  const graph = new Graph({ multi: true, type: "directed" });
  // Pixels while all is in view: as large as the number of actors leaves room for.
  const room = Math.sqrt((stage.clientWidth * stage.clientHeight) / model.actors.length) || 10;
  const least = Math.min(Math.max(room * 0.2, 1.6), 5.5);
  const smallest = Math.min(...model.actors.map((actor) => actor.radius));
  const size = (actor: Actor) => (least * actor.radius) / smallest;
  const thin = Math.min(Math.max(room / 30, 0.9), 2.6);
  const thickness = (tie: Tie) => thin * (1 + Math.min(Math.max(tie.claims.length - 1, 0), 4) / 3);
  const draws = (tie: Tie) => tie.asserts && tie.bend === 0;
  model.actors.forEach((actor) => {
    const grown = actor.look.shape === "dot" ? 1 : 1.25;
    graph.addNode(actor.id, {
      x: actor.x,
      y: -actor.y,
      size: size(actor) * grown,
      type: actor.look.shape,
    });
  });
  model.ties.filter(draws).forEach((tie) =>
    graph.addDirectedEdgeWithKey(tie.id, tie.source.id, tie.target.id, {
      size: thickness(tie),
      type: tie.relation.directed ? "arrow" : "line",
    }),
  );
  const element = document.createElement("div");
  element.className = "cg-sigma";
  stage.prepend(element);
  let picture: Picture = { actors: new Set(), ties: new Set(), bright: null };
  let theme: Theme | null = null;
  const sigma = new Sigma(graph, element, {
    renderLabels: false,
    renderEdgeLabels: false,
    enableEdgeEvents: true,
    allowInvalidContainer: true,
    defaultDrawNodeHover: () => undefined,
    zoomToSizeRatioFunction: (ratio) => ratio ** GROWTH,
    minEdgeThickness: 0.9,
    zIndex: true,
    inertiaDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200,
    nodeProgramClasses: Object.fromEntries(
      (Object.keys(SHAPES) as Shape[]).map((shape) => [shape, programOf(shape)]),
    ),
    nodeReducer: (id, attributes) => {
      const actor = model.actor(id)!;
      if (!theme || !picture.actors.has(actor)) return { ...attributes, hidden: true };
      const isDim = picture.bright !== null && !picture.bright.actors.has(actor);
      const colour = colourOn(theme, actor.look.colour);
      return {
        ...attributes,
        color: isDim ? faded(colour, theme.paper, FADED + 0.1) : colour,
        zIndex: isDim ? 0 : 1,
      };
    },
    edgeReducer: (id, attributes) => {
      const tie = model.tie(id)!;
      if (!theme || !picture.ties.has(tie)) return { ...attributes, hidden: true };
      const isBright = picture.bright?.ties.has(tie);
      const opacity = picture.bright ? (isBright ? 1 : FADED) : model.ties.length > 2000 ? 0.35 : 0.65;
      return {
        ...attributes,
        color: faded(colourOn(theme, tie.relation.colour), theme.paper, opacity),
        size: thickness(tie) + (isBright ? 1.2 : 0),
        zIndex: isBright ? 1 : 0,
      };
    },
  });
  const at = (event: { event: { x: number; y: number } }): Point => event.event;
  const actorOf = (id: string): Actor | null => model.actor(id) ?? null;
  const tieOf = (id: string): Tie | null => model.tie(id) ?? null;
  sigma.on("clickNode", (event) => listener.clicked(actorOf(event.node)));
  sigma.on("clickEdge", (event) => listener.clicked(tieOf(event.edge)));
  sigma.on("clickStage", () => listener.clicked(null));
  sigma.on("enterNode", (event) => listener.hovered(actorOf(event.node), at(event)));
  sigma.on("leaveNode", (event) => listener.hovered(null, at(event)));
  sigma.on("enterEdge", (event) => listener.hovered(tieOf(event.edge), at(event)));
  sigma.on("leaveEdge", (event) => listener.hovered(null, at(event)));
  sigma.on("afterRender", () => listener.drawn());
  let isOurs = false;
  sigma.getCamera().on("updated", () => listener.moved(!isOurs));
  const shorter = () => Math.max(1, Math.min(stage.clientWidth, stage.clientHeight));
  const unscaled = () => {
    const [a, b] = [0, 1000].map((x) => sigma.graphToViewport({ x, y: 0 }, WHOLE));
    return (b!.x - a!.x) / 1000;
  };
  return {
    show(next, colours) {
      picture = next;
      theme = colours;
      sigma.refresh();
    },
    look({ x, y, span }) {
      const middle = sigma.viewportToFramedGraph(sigma.graphToViewport({ x, y: -y }, WHOLE), WHOLE);
      isOurs = true;
      sigma.getCamera().setState({ ...middle, ratio: (unscaled() * span) / shorter(), angle: 0 });
      isOurs = false;
    },
    camera() {
      const middle = sigma.viewportToGraph({ x: stage.clientWidth / 2, y: stage.clientHeight / 2 });
      return {
        x: middle.x,
        y: -middle.y,
        span: (shorter() / unscaled()) * sigma.getCamera().ratio,
      };
    },
    place: (actor) => sigma.graphToViewport({ x: actor.x, y: -actor.y }),
    radius: (actor) => sigma.scaleSize(size(actor)),
    width: (tie) => sigma.scaleSize(thickness(tie)),
    scale: () => unscaled() / sigma.getCamera().ratio,
    resize: () => void sigma.resize().scheduleRender(),
    draws,
  };
}
