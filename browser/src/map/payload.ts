/**
 * What Python hands over: the network of `cop_graph.maps.map_payload`, whose docstring tells the
 * meaning of every field. The two change together.
 */

export interface Payload {
  readonly format: 1;
  readonly title: string;
  readonly about: string;
  readonly source: string;
  readonly version: string;
  readonly notes: readonly string[];
  /** What the nodes are called together: actors, actors and themes, things … */
  readonly nouns: Nouns;
  readonly measure: { readonly name: string; readonly words: string };
  readonly kinds: readonly KindRecord[];
  readonly relations: readonly RelationRecord[];
  readonly statuses: readonly StatusRecord[];
  readonly themes: readonly string[];
  readonly regions: readonly string[];
  readonly reports: readonly string[];
  readonly nodes: readonly NodeRecord[];
  readonly edges: readonly EdgeRecord[];
  readonly claims: Readonly<Record<string, ClaimRecord>>;
}

export interface Nouns {
  readonly one: string;
  readonly many: string;
}

export interface KindRecord {
  readonly name: string;
  /** What one of this kind is called: actor, theme, document … */
  readonly noun: string;
  readonly colour: string;
  readonly shape: Shape;
}

export type Shape = "dot" | "square" | "diamond" | "triangle" | "triangleDown" | "hexagon" | "star";

export interface RelationRecord {
  readonly name: string;
  readonly words: string;
  readonly colour: string;
  readonly directed: boolean;
}

export interface StatusRecord {
  readonly name: string;
  readonly asserts: boolean;
}

export interface NodeRecord {
  readonly id: string;
  readonly label: string;
  readonly kind: string;
  readonly style: number;
  readonly region: number;
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

export interface EdgeRecord {
  readonly id: string;
  readonly source: number;
  readonly target: number;
  readonly relation: number;
  readonly status: number;
  readonly start: string;
  readonly end: string;
  readonly within: string;
  readonly themes: readonly number[];
  readonly paragraphs: string;
  readonly claims: readonly string[];
}

export interface ClaimRecord {
  readonly report: number;
  readonly paragraph: string;
  readonly anchors: readonly string[];
  readonly voices: readonly string[];
  readonly status: string;
}
