"""Gaps: what the reports do not say, in words that never say that it does not exist.

The questions stand in ``queries/gaps/``; this module gives each row its sentence. A row rests on
what the reports do say, so that it can be checked like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cop_graph.errors import NetworkError
from cop_graph.model import Answer, Row

GAPS: Final = {
    "pairs": "untied-pairs",
    "themes": "themes-of-few",
    "states": "states-without",
}
"""Name of a sort of gap to the question that finds it."""

SILENCE_NOTE: Final = (
    "A gap here is a silence of the reports. It shows where to ask, not that there is nothing."
)
_NAMES: Final = {
    "helpline": "a helpline or hotline",
    "law": "a law or regulation",
    "strategy": "a strategy, plan or policy",
}


def question_of(gap: str) -> str:
    """Give the name of the question that finds a sort of gap.

    Raises:
        NetworkError: There is no such sort.
    """
    if gap not in GAPS:
        raise NetworkError(f"no gaps {gap!r}; there are {', '.join(GAPS)}")
    return GAPS[gap]


def gap_sentences(answer: Answer) -> Iterator[str]:
    """Give one sentence a row of an answer to one of these questions.

    Raises:
        NetworkError: The answer is to another question.
    """
    makers = {"untied-pairs": _pair, "themes-of-few": _theme, "states-without": _state}
    if answer.question not in makers:
        raise NetworkError(f"the question {answer.question!r} asks for no gap")
    for row in answer:
        yield makers[answer.question](row)


def _pair(row: Row) -> str:
    return (
        f"The reports do not say that {row['actorA']} and {row['actorB']} are tied; they do say "
        f"of both, in {row['region']}, that they work on {row['themes']}."
    )


def _theme(row: Row) -> str:
    if row["actorCount"] == 0:
        return f"The reports do not say which named actor works on {row['theme']}."
    return f"The reports do not say that others than {row['actors']} work on {row['theme']}."


def _state(row: Row) -> str:
    name = _NAMES.get(str(row["missing"]), str(row["missing"]))
    if row["said"] == "nothing":
        return f"The reports do not say whether {row['state']} has {name}."
    return f"The reports do not say that {row['state']} has {name}, only that one is planned."


__all__ = ["GAPS", "SILENCE_NOTE", "gap_sentences", "question_of"]
