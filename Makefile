.PHONY: check test format

check:  ## everything that CI does, in a new environment
	.ci/run

test:
	pytest

format:
	ruff format .
	ruff check --fix .
