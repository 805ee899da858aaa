"""Answers on the real data, each read beside the report before it was accepted.

One file a question in ``fixtures/answers/``: labels only, claims left out, because their numbers
say nothing. ``pytest tests/test_answers.py --accept`` writes them anew; read what it wrote beside
the text before you commit it.
"""

from __future__ import annotations

import csv
import io

import pytest
from conftest import FIXTURES

from cop_graph.dataset import find_source
from cop_graph.exports import cell_text
from cop_graph.graph import Graph
from cop_graph.model import Answer
from cop_graph.questions import list_questions
from cop_graph.store import memory_store

ANSWERS = FIXTURES / "answers"
QUESTIONS = [question.name for question in list_questions(find_source().queries)]

# What is asked where a question needs a parameter, or would otherwise give too much to read.
PARAMETERS: dict[str, dict[str, str]] = {
    "activities-of": {"actor": "Council of Europe"},
    "agreements-on": {"about": "children's rights"},
    "aims-at": {"within": "parents"},
    "claims-about": {"thing": "Cardiff Council"},
    "documents-on": {"about": "risks"},
    "entities": {"class": "Agreement"},
    "groups": {"within": "parents"},
    "identifiers": {"thing": "Egypt"},
    "initiatives": {"kind": "campaign"},
    "initiatives-of": {"actor": "Bulgaria"},
    "initiatives-on": {"about": "awareness raising"},
    "laws-of": {"actor": "Tanzania"},
    "measures-by-pillar": {"who": "Egypt"},
    "mentions": {"document": "Information document of Chad"},
    "names-of": {"thing": "CNIL"},
    "organizations": {"kind": "regulator"},
    "paragraph": {"paragraph": "5.16"},
    "partners-of": {"actor": "PTA"},
    "partners-on": {"about": "training"},
    "records-of": {"thing": "Cardiff Council"},
    "remarks": {"kind": "recommendation", "voice": "WeProtect Global Alliance"},
    "remarks-about": {"thing": "Canada"},
    "risks": {"risk": "cyberbullying"},
    "states-and-themes": {"state": "Chad"},
    "submitted": {"submitter": "UNICEF"},
    "technologies": {"technology": "artificial intelligence"},
    "theme-counts": {},
    "theme-tree": {"under": "risks"},
    "ties-of": {"actor": "Scort Foundation"},
    "themes-of": {"thing": "Digital Citizenship Initiative"},
    "themes-together": {"themeA": "artificial intelligence"},
    "who-works-on": {"about": "helplines and hotlines"},
    "works-together-in": {"thing": "ITU"},
}


@pytest.fixture(scope="module")
def graph() -> Graph:
    source = find_source()
    return Graph(memory_store(source, named_graphs=False), source)


def as_csv(answer: Answer) -> str:
    """Give an answer as plain CSV: labels, one line a row, without the claims."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows([cell_text(row[name]) for name in answer.columns] for row in answer)
    return buffer.getvalue()


@pytest.mark.parametrize("name", QUESTIONS)
def test_answer_is_the_one_that_was_read_beside_the_text(
    graph: Graph, name: str, request: pytest.FixtureRequest
) -> None:
    found = as_csv(graph.ask(name, **PARAMETERS.get(name, {})))
    path = ANSWERS / f"{name}.csv"
    if request.config.getoption("--accept"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.exists(), f"no expected answer of {name}; accept one after reading it"
    assert found == path.read_text(encoding="utf-8")


def test_no_expected_answer_is_of_a_question_that_is_gone() -> None:
    assert sorted(path.stem for path in ANSWERS.glob("*.csv")) == sorted(QUESTIONS)
