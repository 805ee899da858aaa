"""Gaps: silences of the reports, worded as such, each resting on claims."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT, SMALL

from cop_graph.dataset import find_source
from cop_graph.errors import NetworkError
from cop_graph.gaps import GAPS, SILENCE_NOTE, gap_sentences, question_of
from cop_graph.graph import Graph
from cop_graph.model import Reference
from cop_graph.store import memory_store


@pytest.fixture(scope="module")
def real() -> Graph:
    source = find_source()
    return Graph(memory_store(source, named_graphs=False), source)


@pytest.mark.parametrize("gap", GAPS)
def test_every_row_is_worded_as_a_silence_of_the_reports(gap: str, real: Graph) -> None:
    answer = real.ask(question_of(gap))
    sentences = list(gap_sentences(answer))
    assert len(sentences) == len(answer) > 0
    for sentence in sentences:
        assert sentence.startswith("The reports do not say ")
        assert "exist" not in sentence
        assert "there is no" not in sentence


def test_pairs_have_no_claim_between_them_and_a_claim_on_each(real: Graph) -> None:
    tied = {frozenset((row["source"], row["target"])) for row in real.ask("reported-ties")}
    for row in real.ask("untied-pairs"):
        pair = frozenset((row["actorA"], row["actorB"]))
        assert pair not in tied
        assert row["claims"]
        themes = str(row["themes"]).split("; ")
        assert len(themes) == row["themeCount"]


def test_pairs_are_narrowed_by_theme_and_region(real: Graph) -> None:
    rows = real.ask("untied-pairs", about="online safety", region="Southern Asia")
    assert {str(row["region"]) for row in rows} == {"Southern Asia"}
    assert {str(row["themes"]) for row in rows} == {"online safety"}


def test_states_without_are_those_that_the_other_questions_do_not_tell_of(real: Graph) -> None:
    silent = {
        str(row["state"]) for row in real.ask("states-without") if row["missing"] == "helpline"
    }
    told = {
        str(row["state"]) for row in real.ask("helplines") if isinstance(row["state"], Reference)
    }
    assert told
    assert silent & told == set()
    every = {str(row["state"]) for row in real.ask("states-without")}
    assert silent | told >= every


def test_plan_is_told_as_a_plan(small_graph: Graph) -> None:
    rows = small_graph.ask("states-without", state="Westmark")
    sentences = dict(zip((row["missing"] for row in rows), gap_sentences(rows), strict=True))
    assert sentences["helpline"] == (
        "The reports do not say that Westmark has a helpline or hotline, only that one is planned."
    )
    assert sentences["law"] == "The reports do not say whether Westmark has a law or regulation."


def test_themes_of_few_name_those_few(real: Graph) -> None:
    for row, sentence in zip(
        answer := real.ask("themes-of-few"), gap_sentences(answer), strict=True
    ):
        assert row["actorCount"] in (0, 1, 2)
        assert bool(row["claims"]) == (row["actorCount"] > 0)
        assert str(row["theme"]) in sentence


def test_other_questions_ask_for_no_gap(small_graph: Graph) -> None:
    with pytest.raises(NetworkError, match="'helplines' asks for no gap"):
        list(gap_sentences(small_graph.ask("helplines")))
    with pytest.raises(NetworkError, match="no gaps 'holes'; there are pairs, themes, states"):
        question_of("holes")


@pytest.mark.parametrize("format", ["table", "csv", "json"])
def test_command_says_that_silence_is_no_denial(format: str) -> None:
    command = [sys.executable, "-m", "cop_graph.cli", "gaps", "states", "--evidence"]
    done = subprocess.run(
        [*command, "--format", format, "--data", str(SMALL)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Westmark" in done.stdout
    assert "Document from Westmark" in done.stdout
    assert SILENCE_NOTE in done.stderr
