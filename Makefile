.PHONY: quick check campaigns lowest format docs pages js

quick:  ## the default, one to two minutes: lint, format, types, imports, the tests that are not slow
	ruff check .
	ruff format --check .
	mypy --strict translator
	lint-imports
	pytest -q -n 2 -m "not slow and not campaign" --ignore-glob "*_in_browser.py"

check:  ## all that CI does, in a new environment
	.ci/run

campaigns:  ## what takes long, and other programs on our exports; needs requirements-campaigns.txt and a trained run
	python tests/campaigns/kills.py --every 37
	python tests/campaigns/flips.py --flips 20
	python tests/campaigns/settings.py --examples 300 --seed 1
	python tests/campaigns/hostile_lines.py --lines 100
	pytest -q tests/campaigns/corpus.py
	pytest -q tests/campaigns/sharing.py
	pytest -q tests/campaigns/commands.py
	pytest -q -n 2 -m campaign
	python tests/campaigns/page_parity.py --sentences 100

lowest:  ## the same tests with the lowest versions that pyproject.toml allows
	.ci/lowest

format:  ## formats, and mends what the linter can
	ruff format .
	ruff check --fix .

docs: node_modules  ## builds the site into site/, with every link checked; needs requirements-docs.txt
	python docs/_generate/reference.py
	NO_MKDOCS_2_WARNING=1 mkdocs build --quiet

pages:  ## writes the generated pages anew, from runs/scenes and runs/single-head
	python docs/_generate/attention.py
	python docs/_generate/living_page.py

js: node_modules  ## the page's scripts: bundled anew, put into docs/page.html, and checked
	npm run build
	python docs/_generate/living_page.py --refresh
	npm run check

node_modules: package-lock.json
	npm ci
	touch node_modules
