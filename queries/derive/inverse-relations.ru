#+ summary: Derive the inverse of each relation that has one.

PREFIX cop: <https://w3id.org/cop-graph/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>

INSERT {
  ?object ?inverse ?subject .
  GRAPH ?report { ?object ?inverse ?subject }
}
WHERE {
  ?relation a cop:Relation ;
    owl:inverseOf ?inverse .
  GRAPH ?report { ?subject ?relation ?object }
}
