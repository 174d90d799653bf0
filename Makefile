# Sets up .venv when it is missing, then calls vae-course, jupyter or pytest.
# .venv-oldest holds Python 3.11 and the oldest packages that pyproject.toml allows.
PYTHON ?= python3
BIN := .venv/bin
OLDEST := .venv-oldest
# A learner's own copy of the lessons. A file is copied once; one that is there is never written again.
RELEASED := $(wildcard notebooks/*/*.* notebooks/*/figures/*.*)
MINE := $(RELEASED:notebooks/%=my_notebooks/%)

.PHONY: setup demo lab site quick test test-oldest

setup: .venv/ready

.venv/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Try: make setup PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

demo: setup
	$(BIN)/vae-course demo

lab: setup $(MINE)
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/my_notebooks

# After the bar: only whether the file exists counts, not which one is newer.
my_notebooks/%: | notebooks/%
	mkdir -p $(@D)
	cp notebooks/$* $@

# The site, into site/. For a class: vae-course site --no-solutions
site: setup
	$(BIN)/vae-course site

# While working: under a minute. Everything that does not grade or execute whole notebooks; of the tests that are
# about each lesson, those about one: make quick LESSON=02_vae
quick: LESSON ?= 05_latent_space
quick: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest --numprocesses 2 -m 'not notebooks and not slow' --lesson=$(LESSON)

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2

$(OLDEST)/ready: pyproject.toml .venv/ready
	$(BIN)/uv venv --quiet --clear --python 3.11 $(OLDEST)
	$(BIN)/uv pip install --quiet --compile-bytecode --resolution lowest-direct --python $(OLDEST)/bin/python --editable '.[dev]'
	touch $@

test-oldest: $(OLDEST)/ready
	$(OLDEST)/bin/ruff check .
	$(OLDEST)/bin/ruff format --check .
	$(OLDEST)/bin/vae-course build --check
	$(OLDEST)/bin/vae-course demo --folder $(OLDEST)/demo
	$(OLDEST)/bin/pytest --numprocesses 2 -k 'oldest or known_answers and (02_vae or 06_gumbel_vae)'
