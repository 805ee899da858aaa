/** Draws with sigma, for networks of thousands. What sigma cannot draw (dashes, bends) is left to the overlay. */

import Graph from "graphology";
import Sigma from "sigma";
import { NodeCircleProgram } from "sigma/rendering";
import type { Tie } from "./model.js";
import { STRONGER } from "./overlay.js";
import type { Shape } from "./payload.js";
import { hasVeryMany, type Engine } from "./render.js";
import { actorColour, outer, RIM, tieColour } from "./scene.js";
import { THINNEST } from "./view.js";

/** How far a point is out, 1 at the edge, and how far the middle of a side is from the middle of the shape. */
interface Form {
  readonly distance: string;
  readonly side: number;
}

/** The middle of one side lies at the angle of the turn. */
const polygon = (count: number, turn: number): Form => ({
  distance: `
  float part = 6.2831853 / ${count.toFixed(1)};
  float angle = atan(p.y, p.x) - ${turn.toFixed(7)};
  float d = cos(floor(0.5 + angle / part) * part - angle) * length(p) / cos(part / 2.0);`,
  side: Math.cos(Math.PI / count),
});

const FORMS: Readonly<Record<Shape, Form>> = {
  dot: { distance: "float d = length(p);", side: 1 },
  square: polygon(4, 0),
  diamond: polygon(4, Math.PI / 4),
  triangle: polygon(3, -Math.PI / 2),
  triangleDown: polygon(3, Math.PI / 2),
  hexagon: polygon(6, Math.PI / 6),
  star: {
    distance: `
  float part = 6.2831853 / 5.0;
  float angle = abs(mod(atan(p.y, p.x) - 1.5707963 + part / 2.0, part) - part / 2.0);
  float edge = 0.46 * sin(part / 2.0) / (0.46 * sin(part / 2.0 - angle) + sin(angle));
  float d = length(p) / edge;`,
    side: 0.5,
  },
};

type Rgb = readonly [number, number, number];

/** Actors of one shape, each with a rim of paper. */
function programOf(shape: Shape, paper: () => Rgb) {
  const { distance, side } = FORMS[shape];
  return class extends NodeCircleProgram {
    override getDefinition() {
      const usual = super.getDefinition();
      return {
        ...usual,
        UNIFORMS: [...usual.UNIFORMS, "u_paper"] as unknown as typeof usual.UNIFORMS,
        FRAGMENT_SHADER_SOURCE: `
precision highp float;
varying vec4 v_color;
varying vec2 v_diffVector;
varying float v_radius;
uniform float u_correctionRatio;
uniform vec3 u_paper;
void main(void) {
  vec2 p = v_diffVector / v_radius;
  ${distance}
  #ifdef PICKING_MODE
  gl_FragColor = d > 1.0 ? vec4(0.0) : v_color;
  #else
  float pixel = 2.0 * u_correctionRatio / v_radius / ${side.toFixed(4)};
  float rim = clamp((d - 1.0 + ${(RIM + 0.5).toFixed(1)} * pixel) / pixel, 0.0, 1.0);
  float off = clamp((d - 1.0 + pixel) / pixel, 0.0, 1.0);
  gl_FragColor = mix(mix(v_color, vec4(u_paper, 1.0), rim), vec4(0.0), off);
  #endif
}`,
      };
    }

    override setUniforms(...given: Parameters<NodeCircleProgram["setUniforms"]>): void {
      super.setUniforms(...given);
      const { gl, uniformLocations } = given[1];
      gl.uniform3f((uniformLocations as Record<string, WebGLUniformLocation>)["u_paper"] ?? null, ...paper());
    }
  };
}

/** What sigma fades out of the width of a line to make it smooth, in pixels. */
const SOFT = 1;
const WHOLE = { cameraState: { x: 0.5, y: 0.5, ratio: 1, angle: 0 } };

/** Without a graphics card WebGL is emulated, and of very many marks slower than canvases are. */
function hasWebGl(mustBeFast: boolean): boolean {
  const canvas = document.createElement("canvas");
  const wanted = { failIfMajorPerformanceCaveat: mustBeFast };
  return !!(canvas.getContext("webgl2", wanted) || canvas.getContext("webgl", wanted));
}

export const sigmaRenderer: Engine = (stage, model, view, firstPicture, firstTheme) => {
  if (!hasWebGl(hasVeryMany(model))) return null;
  let [picture, theme] = [firstPicture, firstTheme];
  const graph = new Graph({ multi: true, type: "directed" });
  const draws = (tie: Tie) => tie.asserts && tie.bend === 0;
  model.actors.forEach((actor) =>
    graph.addNode(actor.id, { x: actor.x, y: -actor.y, type: actor.look.shape }));
  model.ties.filter(draws).forEach((tie) =>
    graph.addDirectedEdgeWithKey(tie.id, tie.source.id, tie.target.id, {
      type: tie.relation.directed ? "arrow" : "line",
    }));
  const element = document.createElement("div");
  element.className = "cg-sigma";
  stage.append(element);
  const paper = (): Rgb => {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(theme.paper.slice(at, at + 2), 16) / 255);
    return [red!, green!, blue!];
  };
  const sigma: Sigma = new Sigma(graph, element, {
    renderLabels: false,
    renderEdgeLabels: false,
    allowInvalidContainer: true,
    defaultDrawNodeHover: () => undefined,
    // Marks grow with the view, whatever of sigma's own ratio.
    zoomToSizeRatioFunction: () => 1 / view.growth,
    minEdgeThickness: THINNEST + SOFT,
    zIndex: true,
    nodeProgramClasses: Object.fromEntries(
      (Object.keys(FORMS) as Shape[]).map((shape) => [shape, programOf(shape, paper)]),
    ),
    nodeReducer: (id, attributes) => {
      const actor = model.actor(id)!;
      return {
        ...attributes,
        hidden: !picture.actors.has(actor),
        size: view.radiusAtWhole(actor) * outer(actor.look.shape) + RIM / 2,
        color: actorColour(actor, picture, theme),
        zIndex: picture.bright && !picture.bright.actors.has(actor) ? 0 : 1,
      };
    },
    edgeReducer: (id, attributes) => {
      const tie = model.tie(id)!;
      const isBright = picture.bright?.ties.has(tie);
      return {
        ...attributes,
        hidden: !picture.ties.has(tie),
        color: tieColour(tie, picture, theme),
        size: view.widthAtWhole(tie) + (SOFT + (isBright ? STRONGER : 0)) / view.growth,
        zIndex: isBright ? 1 : 0,
      };
    },
  });
  // Hands are ours (gestures.ts), so that a click finds the same whatever draws.
  sigma.getMouseCaptor().enabled = false;
  sigma.getTouchCaptor().enabled = false;
  const aim = () => {
    const { x, y, span } = view.camera;
    const [a, b] = [0, 1000].map((at) => sigma.graphToViewport({ x: at, y: 0 }, WHOLE));
    const unscaled = (b!.x - a!.x) / 1000;
    const middle = sigma.viewportToFramedGraph(sigma.graphToViewport({ x, y: -y }, WHOLE), WHOLE);
    sigma.getCamera().setState({ ...middle, ratio: (unscaled * span) / view.shorter, angle: 0 });
  };
  aim();
  return {
    show(next, colours) {
      [picture, theme] = [next, colours];
      sigma.refresh();
    },
    look(camera) {
      view.camera = camera;
      aim();
    },
    camera: () => view.camera,
    place: (actor) => view.toStage(actor),
    radius: (actor) => view.radius(actor),
    width: (tie) => view.thickness(tie),
    scale: () => view.scale,
    resize() {
      sigma.resize().refresh();
      aim();
    },
    draws,
    drawsActors: true,
  };
};
