"""The server does what its specification says, whatever it is asked."""

import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from served import Server

from translator.serving.spec import specification

SPECIFICATION = specification(["en", "de"], ["de"], 2)
OPERATIONS = {
    operation.label: operation
    for operation in (
        each.ok() for each in schemathesis.openapi.from_dict(SPECIFICATION).get_all_operations()
    )
}
CASES = [
    pytest.param(label, mode, id=f"{label} {mode.value}")
    for label in OPERATIONS
    for mode in GenerationMode
    if label.startswith("POST") or mode is GenerationMode.POSITIVE  # else nothing can be wrong
]


@pytest.mark.parametrize(("label", "mode"), CASES)
def test_the_server_answers_as_its_specification_says(
    server: Server, label: str, mode: GenerationMode
) -> None:
    # OpenAPI cannot say how the name of a file has to end.
    excluded = [positive_data_acceptance] if label == "POST /translate_file" else []

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(OPERATIONS[label].as_strategy(generation_mode=mode))
    def answers_as_specified(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=server.url, excluded_checks=excluded)

    answers_as_specified()


def test_the_server_gives_its_specification(server: Server) -> None:
    assert server.get("/spec").json() == SPECIFICATION
