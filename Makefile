.PHONY: check test format js

check:  ## everything that CI does, in a new environment
	.ci/run

test:
	pytest

format:
	ruff format .
	ruff check --fix .

js: node_modules  ## the page's scripts: bundled anew, and checked
	npm run build
	npm run check

node_modules: package-lock.json
	npm ci
	touch node_modules
