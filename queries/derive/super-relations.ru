#+ summary: Derive the wider properties of each relation, ours and those of other vocabularies.

PREFIX cop: <https://w3id.org/cop-graph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT {
  ?subject ?wider ?object .
  GRAPH ?report { ?subject ?wider ?object }
}
WHERE {
  ?relation a cop:Relation ;
    rdfs:subPropertyOf+ ?wider .
  GRAPH ?report { ?subject ?relation ?object }
}
