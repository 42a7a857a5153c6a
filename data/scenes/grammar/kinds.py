"""The kinds of sentence, and how often each is tried."""

from collections.abc import Callable

from grammar.compositions import (
    although,
    because,
    because_of_a_state,
    condition,
    description,
    meanwhile,
    negated_statement,
    object_question,
    statement,
    that_clause,
    two_events,
    where_when_why,
    which_question,
    who_question,
    without,
    yes_no_question,
)
from grammar.meaning import Sentence
from grammar.references import (
    about_somebody_who,
    because_it_is,
    does_two_things_to_it,
    object_that,
    sees_and_helps_it,
    tries_in_vain,
)
from grammar.scenes import Inventor

KINDS: dict[Callable[[Inventor], Sentence], float] = {
    statement: 34,
    negated_statement: 9,
    without: 1.5,
    description: 5,
    yes_no_question: 7,
    where_when_why: 4,
    who_question: 2,
    object_question: 3,
    which_question: 3,
    because: 3,
    because_of_a_state: 4,
    meanwhile: 5,
    condition: 3,
    although: 2,
    that_clause: 6,
    two_events: 3,
    does_two_things_to_it: 7,
    because_it_is: 6,
    tries_in_vain: 2,
    sees_and_helps_it: 2,
    about_somebody_who: 8,
    object_that: 7,
}


def invent(inventor: Inventor) -> tuple[str, Sentence]:
    kind = inventor.weighted(KINDS)
    return kind.__name__, kind(inventor)
