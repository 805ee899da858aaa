#+ summary: Derive the plain triple of each claim that asserts.
#+ description: >
#+   A claim whose status asserts gives `subject predicate object`, in the default graph and in the
#+   graph of its report. Left out: what is attributed to a nearer voice, what counts a countable,
#+   and what the same report says did not happen.

PREFIX cop: <https://w3id.org/cop-graph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

INSERT {
  ?subject ?predicate ?object .
  GRAPH ?report { ?subject ?predicate ?object }
}
WHERE {
  ?claim a cop:Claim ;
    rdf:subject ?subject ;
    rdf:predicate ?predicate ;
    rdf:object ?object ;
    cop:status ?status ;
    cop:paragraph ?paragraph .
  ?paragraph cop:inReport ?report .
  ?status cop:asserts true .
  MINUS { ?claim cop:accordingTo ?voice }
  MINUS { ?object a cop:Countable }
  MINUS {
    SELECT DISTINCT ?report ?subject ?predicate ?object {
      ?denial cop:status cop:status-not-done ;
        rdf:subject ?subject ;
        rdf:predicate ?predicate ;
        rdf:object ?object ;
        cop:paragraph ?deniedIn .
      ?deniedIn cop:inReport ?report .
    }
  }
}
