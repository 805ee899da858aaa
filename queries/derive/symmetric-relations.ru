#+ summary: Derive the other direction of symmetric relations.

PREFIX cop: <https://w3id.org/cop-graph/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>

INSERT {
  ?object ?relation ?subject .
  GRAPH ?report { ?object ?relation ?subject }
}
WHERE {
  ?relation a owl:SymmetricProperty, cop:Relation .
  GRAPH ?report { ?subject ?relation ?object }
}
