/** Mouse, pen and fingers on the stage: drag, wheel, pinch, click and hover, whatever draws. */

import type { Point } from "./scene.js";
import type { Camera } from "./state.js";
import type { View } from "./view.js";

export interface Hand {
  /** A click or tap; fingers are coarse. */
  clicked(at: Point, isCoarse: boolean): void;
  hovered(at: Point | null): void;
  looked(camera: Camera): void;
  /** The first sign of a hand on the stage, and each further one. */
  began(): void;
}

/** Pixels by which a hand may tremble without dragging. */
const TREMBLE = { mouse: 4, pen: 6, touch: 10 } as const;
const GLIDE_MS = 160;
const DOUBLE = 1.8;

export class Gestures {
  private readonly down = new Map<number, Point>();
  private start: Point | null = null;
  private isDragging = false;
  private goal: Camera | null = null;
  private frame = 0;

  constructor(
    private readonly stage: HTMLElement,
    private readonly view: View,
    private readonly hand: Hand,
  ) {
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.lift(event, true));
    stage.addEventListener("pointercancel", (event) => this.lift(event, false));
    stage.addEventListener("pointerleave", () => hand.hovered(null));
    stage.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    stage.addEventListener("dblclick", (event) => this.glide(this.at(event), DOUBLE));
  }

  /** Whether a hand is on the stage, or the picture still moves. */
  get isBusy(): boolean {
    return this.down.size > 0 || this.goal !== null;
  }

  private at(event: MouseEvent): Point {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left - this.stage.clientLeft, y: event.clientY - box.top - this.stage.clientTop };
  }

  private press(event: PointerEvent): void {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    const at = this.at(event);
    this.stop();
    this.hand.began();
    this.down.set(event.pointerId, at);
    if (this.down.size === 1) [this.start, this.isDragging] = [at, false];
    else this.isDragging = true; // two fingers are never a tap
  }

  private move(event: PointerEvent): void {
    const at = this.at(event);
    const before = this.down.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") this.hand.hovered(at);
      return;
    }
    if (!this.isDragging) {
      const tremble = TREMBLE[event.pointerType as keyof typeof TREMBLE] ?? TREMBLE.touch;
      if (this.start && Math.hypot(at.x - this.start.x, at.y - this.start.y) < tremble) return;
      this.isDragging = true;
      this.stage.dataset["dragging"] = "";
      this.hand.hovered(null);
    }
    if (!this.stage.hasPointerCapture(event.pointerId)) this.stage.setPointerCapture(event.pointerId);
    const [one, other] = this.grip();
    this.down.set(event.pointerId, at);
    const [oneNow, otherNow] = this.grip();
    const apart = other && otherNow ? away(oneNow!, otherNow) / Math.max(away(one!, other), 1) : 1;
    this.hand.looked(this.view.moved(middle(one!, other), middle(oneNow!, otherNow), apart));
  }

  private lift(event: PointerEvent, isMeant: boolean): void {
    if (!this.down.delete(event.pointerId)) return;
    const at = this.at(event);
    if (this.down.size) return;
    const wasDragging = this.isDragging;
    [this.start, this.isDragging] = [null, false];
    delete this.stage.dataset["dragging"];
    if (isMeant && !wasDragging) this.hand.clicked(at, event.pointerType === "touch");
  }

  /** The first two pointers that are down. */
  private grip(): Point[] {
    return [...this.down.values()].slice(0, 2);
  }

  private turn(event: WheelEvent): void {
    event.preventDefault();
    this.hand.began();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    const amount = Math.min(Math.max(event.deltaY * lines, -240), 240);
    // Trackpads tell of pinching as of a wheel with Ctrl, in small steps.
    this.glide(this.at(event), Math.exp(-amount * (event.ctrlKey ? 0.01 : 0.002)));
  }

  private stop(): void {
    cancelAnimationFrame(this.frame);
    this.goal = null;
  }

  /** Come nearer to what is at a point, without haste. */
  private glide(at: Point, factor: number): void {
    const { view, hand } = this;
    const from = view.camera;
    if (this.goal) view.camera = this.goal;
    const goal = view.moved(at, at, factor);
    view.camera = from;
    this.stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      hand.looked(goal);
      return;
    }
    this.goal = goal;
    const began = performance.now();
    const step = (now: number) => {
      const share = Math.min(Math.max((now - began) / GLIDE_MS, 0), 1);
      const eased = 1 - (1 - share) ** 3;
      const span = from.span * (goal.span / from.span) ** eased;
      // What is under the pointer stays there all the way.
      const way = goal.span === from.span ? eased : (span - from.span) / (goal.span - from.span);
      if (share < 1) this.frame = requestAnimationFrame(step);
      else this.goal = null;
      hand.looked({ x: from.x + (goal.x - from.x) * way, y: from.y + (goal.y - from.y) * way, span });
    };
    this.frame = requestAnimationFrame(step);
  }
}

function middle(one: Point, other: Point | undefined): Point {
  return other ? { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 } : one;
}

function away(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
