/** What is said of what is chosen: an actor, a tie with its evidence, or the ways between two. */

import { button, element, name } from "./dom.js";
import type { Shown } from "./filters.js";
import { compare, figure, type Actor, type Model, type Tie } from "./model.js";
import { capital, counted, NOT_A_FACT, statusWords, TIE, type Bright } from "./scene.js";
import type { Selection } from "./state.js";
import { findWays, MOST_WAYS } from "./ways.js";

export class Panel {
  readonly element = element("section", {
    class: "cg-card cg-panel",
    tabindex: -1,
    "aria-label": "What the reports say",
  });
  /** Reads out what has changed, in one sentence. */
  readonly live = element("p", { class: "cg-hidden", role: "status", "aria-live": "polite" });

  /** The ties that the page around the map has marked. */
  marked: readonly Tie[] = [];

  constructor(
    private readonly model: Model,
    private readonly choose: (selection: Selection) => void,
    private readonly connect: (from: Actor) => void,
    private readonly expand: (ids: readonly string[]) => void,
    private readonly linkOf?: (id: string) => string,
  ) {}

  show(selection: Selection, shown: Shown): void {
    const parts = this.parts(selection, shown);
    this.element.replaceChildren(...parts);
    this.live.textContent =
      selection.what === "nothing"
        ? ""
        : (this.element.querySelector(".cg-lead")?.textContent ?? "").trim();
  }

  private parts(selection: Selection, shown: Shown): HTMLElement[] {
    switch (selection.what) {
      case "actor": {
        const actor = this.model.actor(selection.id);
        return actor ? this.actor(actor, shown) : this.unknown(selection.id);
      }
      case "tie": {
        const tie = this.model.tie(selection.id);
        return tie ? this.tie(tie, shown) : this.unknown(selection.id);
      }
      case "ways": {
        const [from, to] = [this.model.actor(selection.from), this.model.actor(selection.to)];
        if (!from) return this.unknown(selection.from);
        return to ? this.ways(from, to, selection.bound, shown) : this.unknown(selection.to);
      }
      case "marked":
        return [element("h2", {}, "What is chosen"), ...this.markedTies(), this.close()];
      default:
        return [
          element("h2", {}, "What is said"),
          element(
            "p",
            { class: "cg-small" },
            "Choose a mark or a line in the picture, or a row of the table, to read the words that say so.",
          ),
        ];
    }
  }

  private unknown(id: string): HTMLElement[] {
    if (this.marked.length) {
      return [element("h2", {}, "What is chosen"), ...this.markedTies(),
        element("p", { class: "cg-small" }, "It is no actor of this map itself."), this.close()];
    }
    return [
      element("h2", {}, "Not on this map"),
      element("p", { class: "cg-lead" }, "The address names something that this map does not hold: ", name(id)),
      this.close(),
    ];
  }

  private markedTies(): HTMLElement[] {
    const list = element("ul", { class: "cg-ties" });
    [...this.marked]
      .sort((a, b) => compare(a.source.name, b.source.name) || compare(a.id, b.id))
      .forEach((tie) => list.append(element("li", {}, this.tieButton(tie))));
    const count = this.marked.length === 1 ? "One tie" : `${this.marked.length || "No"} ties`;
    return [element("p", { class: "cg-lead" }, `${count} of this map with a claim that belongs to it`), list];
  }

  private close(): HTMLElement {
    return button("Close", () => this.choose({ what: "nothing" }), { class: "cg-quiet" });
  }

  private tie(tie: Tie, shown: Shown): HTMLElement[] {
    return [
      element("h2", {}, "Why this tie?"),
      element("p", { class: "cg-lead" }, ...this.ends(tie)),
      ...(shown.tieSet.has(tie) ? [] : [this.hidden()]),
      ...this.evidence(tie),
      element("p", { class: "cg-actions" }, this.close()),
    ];
  }

  private hidden(): HTMLElement {
    return element("p", { class: "cg-small" }, "The filters hide it in the picture and the table.");
  }

  private ends(tie: Tie): Node[] {
    const actor = (end: Actor) =>
      button(name(end.name), () => this.choose({ what: "actor", id: end.id }), {
        class: "cg-name",
      });
    return [
      actor(tie.source),
      document.createTextNode(` ${tie.relation.name} `),
      actor(tie.target),
    ];
  }

  private evidence(tie: Tie): HTMLElement[] {
    const facts = element("dl", { class: "cg-facts-list" });
    const add = (term: string, text: string, kind = "") => {
      if (text) facts.append(element("dt", {}, term), element("dd", { class: kind }, name(text)));
    };
    add("status", statusWords(tie), tie.asserts ? "" : "cg-plan");
    add("dates", tie.dates);
    add("within", tie.within);
    add("on", tie.themes.join("; "));
    const claims = tie.claims.map(({ id, said }) => {
      const box = element("div", { class: "cg-claim" });
      if (said) {
        const words = element("p", { class: "cg-words" });
        said.anchors.forEach((anchor, number) => {
          if (number) words.append(" … ");
          words.append(element("q", {}, name(anchor)));
        });
        box.append(
          words,
          element(
            "p",
            { class: "cg-small" },
            "paragraph ",
            name(said.paragraph),
            ", ",
            name(this.model.payload.reports[said.report] ?? ""),
          ),
        );
        if (said.voices.length) {
          const voices = element("p", { class: "cg-small" }, "according to ");
          voices.append(name(said.voices.join(", ")));
          box.append(voices);
        }
      } else if (tie.paragraphs) {
        box.append(element("p", { class: "cg-small" }, "paragraph ", name(tie.paragraphs)));
      }
      box.append(this.linkOf
        ? element("p", { class: "cg-small" }, this.link(id, "Read the evidence", true))
        : element("p", { class: "cg-identifier" }, id));
      return box;
    });
    return [facts, ...claims];
  }

  private link(id: string, words: string, isEvidence: boolean): HTMLElement {
    return element("a", { href: this.linkOf!(id), ...(isEvidence ? { "data-evidence": "" } : {}) }, words);
  }

  private actor(actor: Actor, shown: Shown): HTMLElement[] {
    const { payload } = this.model;
    const mine = actor.ties.filter((tie) => shown.tieSet.has(tie));
    const other = (tie: Tie) => (tie.source === actor ? tie.target : tie.source);
    const list = element("ul", { class: "cg-ties" });
    [...mine]
      .sort((a, b) => compare(other(a).name, other(b).name) || compare(a.id, b.id))
      .forEach((tie) => list.append(element("li", {}, this.tieButton(tie))));
    const region = actor.region >= 0 ? payload.regions[actor.region] : "";
    const hiddenTies = actor.ties.length - mine.length;
    return [
      element("h2", {}, capital(actor.look.noun)),
      element("p", { class: "cg-lead" }, name(actor.name)),
      element("p", { class: "cg-small" }, name(actor.kind), region ? `, ${region}` : ""),
      element("p", { class: "cg-small" }, `${capital(payload.measure.words)}: ${figure(actor.value)}`),
      element("h3", {}, `Ties (${mine.length})`),
      list,
      ...(hiddenTies
        ? [element("p", { class: "cg-small" }, `The filters hide ${hiddenTies} more.`)]
        : []),
      element(
        "p",
        { class: "cg-actions" },
        ...(this.linkOf ? [element("span", { class: "cg-onward" }, this.link(actor.id, "Its page", false))] : []),
        ...this.nearness(actor, shown),
        button("How is it connected to …", () => this.connect(actor), { class: "cg-quiet" }),
        this.close(),
      ),
    ];
  }

  /** Buttons that show only what is around an actor, or that too. */
  private nearness(actor: Actor, shown: Shown): HTMLElement[] {
    const { around } = shown;
    const act = (words: string, ids: readonly string[]) =>
      button(words, () => this.expand(ids), { class: "cg-quiet" });
    return [
      ...(around.length && !around.includes(actor.id) ? [act("Show its neighbours too", [...around, actor.id])] : []),
      ...(around.length === 1 && around[0] === actor.id ? [] : [act("Only what is around it", [actor.id])]),
      ...(around.length ? [act(this.model.payload.nouns.one === "actor" ? "Show everybody" : "Show everything", [])] : []),
    ];
  }

  private tieButton(tie: Tie): HTMLElement {
    const made = button("", () => this.choose({ what: "tie", id: tie.id }), { class: "cg-row" });
    made.append(name(tie.source.name), ` ${tie.relation.name} `, name(tie.target.name));
    if (!tie.asserts) {
      made.append(" ", element("span", { class: "cg-plan" }, `(${tie.status}, ${NOT_A_FACT})`));
    }
    return made;
  }

  private ways(from: Actor, to: Actor, bound: number, shown: Shown): HTMLElement[] {
    const { ways, avoided } = findWays(shown.ties, from, to, bound);
    const ends = [name(from.name), " and ", name(to.name)];
    const parts: HTMLElement[] = [element("h2", {}, "How are they connected?")];
    if (from === to) {
      parts.push(element("p", { class: "cg-lead" }, `These are one and the same ${from.look.noun}: `, name(from.name)));
    } else if (ways.length) {
      const word = ways.length === 1 ? "One way" : `${ways.length} ways`;
      parts.push(element("p", { class: "cg-lead" }, `${word} between `, ...ends));
    } else {
      parts.push(
        element("p", { class: "cg-lead" }, "The reports state no way between ", ...ends),
        element("p", { class: "cg-small" }, "That does not mean that there is none."),
      );
    }
    ways.forEach((way, number) => {
      const steps = way.length === 1 ? "directly" : `in ${way.length} steps`;
      const list = element("ol", { class: "cg-steps" });
      way.forEach((step) => {
        step.ties.forEach((tie) => {
          const entry = element("li", {}, this.tieButton(tie));
          const said = tie.claims.find((claim) => claim.said)?.said;
          if (said) {
            const words = element("p", { class: "cg-small" }, `paragraph ${said.paragraph}: `);
            said.anchors.forEach((anchor) => words.append(element("q", {}, name(anchor)), " "));
            entry.append(words);
          }
          list.append(entry);
        });
      });
      parts.push(element("h3", {}, `Way ${number + 1}, ${steps}`), list);
    });
    const through =
      avoided.length > 0
        ? ` ${counted(avoided.length, this.model.payload.nouns)} ${avoided.length === 1 ? "was" : "were"} not gone through: ${avoided
            .slice(0, 5)
            .map((actor) => actor.name)
            .join(", ")}${avoided.length > 5 ? " …" : ""}.`
        : "";
    parts.push(
      element(
        "p",
        { class: "cg-small" },
        `Searched: the ${counted(shown.ties.length, TIE)} shown, not through actors tied to more than ${bound} others; ` +
          `at most ${MOST_WAYS} ways that share no actor between.${through}`,
      ),
      element("p", { class: "cg-actions" }, this.close()),
    );
    return parts;
  }

  /** What stands out in the picture for a selection. */
  bright(selection: Selection, shown: Shown): Bright | null {
    const first = new Set<Actor>();
    const actors = new Set<Actor>();
    const ties = new Set<Tie>();
    const add = (tie: Tie) => {
      ties.add(tie);
      actors.add(tie.source);
      actors.add(tie.target);
    };
    if (selection.what === "actor") {
      const actor = this.model.actor(selection.id);
      if (actor) actors.add(actor) && first.add(actor);
      actor?.ties.filter((tie) => shown.tieSet.has(tie)).forEach(add);
    } else if (selection.what === "tie") {
      const tie = this.model.tie(selection.id);
      if (tie) {
        add(tie);
        first.add(tie.source).add(tie.target);
      }
    } else if (selection.what === "ways") {
      const [from, to] = [this.model.actor(selection.from), this.model.actor(selection.to)];
      if (from && to) {
        actors.add(from).add(to);
        first.add(from).add(to);
        findWays(shown.ties, from, to, selection.bound).ways.forEach((way) =>
          way.forEach((step) => step.ties.forEach(add)),
        );
      }
    }
    return actors.size ? { first, actors, ties } : null;
  }
}
