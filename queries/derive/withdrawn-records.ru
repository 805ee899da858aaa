#+ summary: Set withdrawn claims and remarks apart.
#+ description: >
#+   A record with `owl:deprecated true` keeps its IRI and its words but is no longer a claim or
#+   remark, so that no question counts it and nothing is derived from it.

PREFIX cop: <https://w3id.org/cop-graph/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>

DELETE {
  ?record a ?class .
  GRAPH ?report { ?record a ?class }
}
INSERT {
  ?record a cop:WithdrawnRecord .
  GRAPH ?report { ?record a cop:WithdrawnRecord }
}
WHERE {
  VALUES ?class { cop:Claim cop:Remark }
  ?record owl:deprecated true ;
    a ?class ;
    cop:paragraph ?paragraph .
  ?paragraph cop:inReport ?report .
}
