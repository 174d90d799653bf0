"""environment.yml says the same as pyproject.toml, which is the only list of dependencies."""

import re
import tomllib

from autograder.files import ROOT

CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}


def test_conda_and_pip_users_get_the_same_packages_and_bounds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["grading"]]
    pairs = [re.match(r"([A-Za-z0-9_-]+)(.*)", r).groups() for r in wanted]
    expected = {f"{CONDA_NAMES.get(name, name)}{bound}" for name, bound in pairs}
    expected |= {f"python{project['requires-python']}", "pip"}
    text = (ROOT / "environment.yml").read_text()
    found = set(re.findall(r"^  - ([a-z].*[^:])$", text, flags=re.M)) - {
        "conda-forge",
        "nodefaults",
    }
    assert found == expected
    assert "      - --editable .\n" in text
