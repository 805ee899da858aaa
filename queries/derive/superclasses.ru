#+ summary: Derive the wider classes of each thing, concept and record.

PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT { ?entity a ?wider }
WHERE {
  ?class rdfs:subClassOf+ ?wider .
  ?entity a ?class .
}
