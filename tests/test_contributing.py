"""The recipe "add a report by hand" of CONTRIBUTING.md, tried on an invented report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cop_graph.cli import cli

ROOT = Path(__file__).resolve().parent.parent
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
REPORT = """\
1\tOpening
1.1\tThe Lamp Circle met in Westmark on 2 May 2031 and heard from two of its members.
2\tNews
"""
REPORT += (
    "2.1\tThe Blue Lantern Office works with Westmark on lessons in schools. It means to do more, "
    "but did not say what, or when, or with whom, or at whose cost this would be done.\n"
)
ENTITIES = """\
@prefix cop: <https://w3id.org/cop-graph/ontology#> .
@prefix copd: <https://w3id.org/cop-graph/id/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
copd:organization-blue-lantern-office a cop:Organization ;
  cop:kind cop:organization-kind-regulator ;
  skos:prefLabel "Blue Lantern Office"@en ; skos:altLabel "BLO"@en .
copd:state-westmark a cop:State ; skos:prefLabel "Westmark"@en .
"""
ALIGNMENTS = """\
@prefix cop: <https://w3id.org/cop-graph/ontology#> .
@prefix copd: <https://w3id.org/cop-graph/id/> .
copd:state-westmark cop:iso3166Alpha2 "XW" ; cop:iso3166Alpha3 "XWM" ; cop:m49 "901" ;
  cop:alignmentSource "invented for tests" .
"""
PREFIXES = """\
@prefix cop: <https://w3id.org/cop-graph/ontology#> .
@prefix copd: <https://w3id.org/cop-graph/id/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""


def run(*arguments: str | Path) -> Result:
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture
def example_claim() -> str:
    """The claim that CONTRIBUTING.md shows."""
    example = re.search(r"```turtle\n(.*?)```", CONTRIBUTING, re.DOTALL)
    assert example is not None
    return example[1]


def test_add_a_report_by_hand_in_five_steps(tmp_path: Path, example_claim: str) -> None:
    reports, data = tmp_path / "reports", tmp_path / "data"
    for folder in ("entities", "reports", "claims", "alignments"):
        (data / folder).mkdir(parents=True)
    reports.mkdir()
    report = reports / "my-meeting-3.txt"
    report.write_text(REPORT)

    run("intake", report, "--output", data / "reports" / "my-meeting-3.ttl")
    (data / "entities" / "actors.ttl").write_text(ENTITIES)
    (data / "alignments" / "identifiers.ttl").write_text(ALIGNMENTS)
    (data / "claims" / "my-meeting-3.ttl").write_text(PREFIXES + example_claim)
    run("format", "--data", data, "--reports", reports, *data.glob("*/*.ttl"))
    checked = run("check", "--data", data, "--reports", reports)
    asked = run(
        "ask", "paragraph", "--paragraph", "2.1", "--data", data, "--reports", reports, "--evidence"
    )

    assert checked.stdout == ""
    assert "subject: Blue Lantern Office; relation: partners with; object: Westmark" in asked.stdout
    assert "The Blue Lantern Office «works with Westmark» on lessons in schools." in asked.stdout


def test_each_recipe_of_content_has_at_most_five_steps() -> None:
    content = CONTRIBUTING.partition("## Content")[2].partition("## Code")[0]
    recipes = re.split(r"^### ", content, flags=re.MULTILINE)[1:]
    assert len(recipes) >= 5
    steps = [len(re.findall(r"^\d+\. ", recipe, re.MULTILINE)) for recipe in recipes]
    assert max(steps) <= 5
