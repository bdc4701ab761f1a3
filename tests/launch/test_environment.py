"""The environment is made once, found ready the next time, and mended where it is broken."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from launch.environment import inspect, missing_parts, python_in
from tests.launch.conftest import Project, make_wheel

pytestmark = pytest.mark.slow


def works(project: Project) -> bool:
    asked = subprocess.run([project.python, "-I", "-c", "import streamlit; print(streamlit.ready)"], capture_output=True, check=False)
    return asked.stdout.strip() == b"True" and (project.venv / "tunesmith.json").is_file()


def require(project: Project, line: str) -> None:
    with (project.folder / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def test_two_first_starts_at_once_make_one_environment_step_by_step(bare: Project) -> None:
    argv = [sys.executable, str(bare.folder / "start.py"), "setup"]
    starts = [
        subprocess.Popen(argv, cwd=bare.folder, env=bare.environ(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        for _ in range(2)
    ]
    said = [start.communicate(timeout=200)[0].splitlines() for start in starts]
    assert [start.returncode for start in starts] == [0, 0], said
    assert all(re.match(r"\[ *\d+ s\] \S", line) for line in said[0] + said[1])
    waited, made = sorted(([line.split("] ", 1)[1] for line in lines] for lines in said), key=lambda steps: "Installed 1 package" in steps)
    assert made[0] == f"Making the environment in {bare.venv} (once; it takes a minute or two)"
    assert made.index("Installing 1 package") < made.index("Installed 1 package")
    assert made[-1] == waited[-1] == "The environment is ready"
    assert not any("Making" in step or "Install" in step for step in waited)
    assert works(bare)


def test_second_start_installs_nothing_and_needs_no_index(project: Project, tmp_path: Path) -> None:
    before = (project.venv / "tunesmith.json").stat().st_mtime_ns
    said = project.setup(PIP_FIND_LINKS=str(tmp_path / "nothing here"))
    assert said.splitlines()[0].endswith("The environment is ready") and len(said.splitlines()) == 1
    assert (project.venv / "tunesmith.json").stat().st_mtime_ns == before


def test_a_missing_python_is_noticed(project: Project) -> None:
    project.python.unlink()
    assert "does not run; making it anew" in project.setup()
    assert works(project)


@pytest.mark.skipif(os.name == "nt", reason="writes a script in place of the Python")
def test_a_python_that_does_not_run_is_noticed(project: Project) -> None:
    project.python.unlink()
    project.python.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    project.python.chmod(0o755)
    survey, reason = inspect(project.folder, ["requirements.txt"])
    assert survey is None and "does not run; making it anew" in reason


def test_a_half_made_environment_is_completed_and_not_thrown_away(project: Project) -> None:
    (project.venv / "tunesmith.json").unlink()
    shutil.rmtree(project.site / "streamlit")
    (project.venv / "a note of mine").write_text("keep", encoding="utf-8")
    assert "was not finished; completing it" in project.setup()
    assert works(project)
    assert (project.venv / "a note of mine").is_file()


@pytest.mark.parametrize("damage", ["lost", "cut", "uninstalled", "interrupted"])
def test_a_damaged_package_is_mended(project: Project, damage: str) -> None:
    if damage == "lost":
        (project.site / "streamlit" / "__main__.py").unlink()
    elif damage == "cut":
        (project.site / "streamlit" / "__init__.py").write_bytes(b"")
    elif damage == "interrupted":  # killed while pip was writing: neither all files nor the record
        (project.site / "streamlit" / "__main__.py").unlink()
        (project.site / "streamlit-1.0.dist-info" / "RECORD").unlink()
        (project.site / "~treamlit-1.0.dist-info").mkdir()
    else:
        shutil.rmtree(project.site / "streamlit")
        shutil.rmtree(project.site / "streamlit-1.0.dist-info")
    assert "is damaged (streamlit" in project.setup()
    assert works(project)
    assert (project.site / "streamlit" / "__main__.py").is_file()
    assert project.setup().count("\n") == 1


def test_a_file_that_was_lengthened_on_purpose_is_left_alone(project: Project) -> None:
    with (project.site / "streamlit" / "__init__.py").open("a", encoding="utf-8") as file:
        file.write("# the certificate of my company\n")
    assert project.setup().count("\n") == 1
    assert "my company" in (project.site / "streamlit" / "__init__.py").read_text(encoding="utf-8")


def test_a_damaged_pip_has_the_environment_made_anew(project: Project) -> None:
    (project.site / "pip" / "__main__.py").unlink()
    survey, reason = inspect(project.folder, ["requirements.txt"])
    assert survey is None and "pip is damaged; making it anew" in reason


def test_a_missing_pip_is_put_back(project: Project) -> None:
    site = project.site
    for path in site.glob("pip*"):
        shutil.rmtree(path)
    assert "is damaged (pip); mending it" in project.setup()
    assert (site / "pip" / "__main__.py").is_file()


def test_changed_requirements_are_installed(project: Project) -> None:
    make_wheel(project.wheels, "extra", "2.0", {"extra/__init__.py": "here = 1\n"})
    require(project, "extra==2.0")
    assert "The requirements have changed; installing what is new" in project.setup()
    assert subprocess.run([project.python, "-I", "-c", "import extra"], check=False).returncode == 0
    assert project.setup().count("\n") == 1


def test_a_comment_added_to_the_requirements_costs_one_look_and_no_installation(project: Project) -> None:
    require(project, "# a thought")
    said = project.setup()
    assert "The requirements have changed" in said and "Installing 1" not in said
    assert project.setup().count("\n") == 1


def test_an_environment_of_another_python_is_made_anew(project: Project) -> None:
    stamp = project.venv / "tunesmith.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"python": "3.9"}), encoding="utf-8")
    survey, reason = inspect(project.folder, ["requirements.txt"])
    assert survey is None and "made for another Python" in reason


def test_a_folder_that_is_no_environment_is_not_deleted(bare: Project) -> None:
    bare.venv.mkdir()
    (bare.venv / "thesis.txt").write_text("ten years of work", encoding="utf-8")
    done = bare.start("setup")
    assert done.returncode == 1
    assert "is not a Python environment, and Tunesmith will not delete it" in done.stderr
    assert (bare.venv / "thesis.txt").read_text(encoding="utf-8") == "ten years of work"


def test_no_network_is_told_in_one_sentence_and_the_next_start_goes_on(project: Project) -> None:
    require(project, "extra==2.0")
    with socket.socket() as held:  # bound, not listening: the index that refuses every call
        held.bind(("127.0.0.1", 0))
        index = f"http://127.0.0.1:{held.getsockname()[1]}/simple"
        done = project.start("setup", PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=index, PIP_RETRIES="1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("The packages could not be downloaded: check the network")
    assert "Traceback" not in done.stderr and "ready" not in done.stdout
    make_wheel(project.wheels, "extra", "2.0", {"extra/__init__.py": ""})
    assert "was not finished; completing it" in project.setup()
    assert works(project)


def test_a_package_that_nobody_offers_is_told_in_one_sentence(project: Project) -> None:
    (project.folder / "requirements.txt").write_text("streamlit==9\n", encoding="utf-8")
    done = project.start("setup")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("A package that Tunesmith needs is not offered") and "streamlit==9" in done.stderr
    assert str(project.venv / "pip.log") in done.stderr and (project.venv / "pip.log").is_file()


def test_packages_that_cannot_be_imported_are_never_called_ready(bare: Project) -> None:
    make_wheel(bare.wheels, "streamlit", "1.0", {"streamlit/__init__.py": "raise ImportError('a library is missing')\n"})
    done = bare.start("setup")
    assert done.returncode == 1
    assert "do not work on this machine" in done.stderr and "a library is missing" in done.stderr
    assert "ready" not in done.stdout
    assert not (bare.venv / "tunesmith.json").exists()


def test_a_python_without_its_venv_module_says_what_to_install(bare: Project) -> None:
    code = (
        "import importlib.util as u, runpy, sys; real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'ensurepip' else real(name, *rest)\n"
        f"sys.argv = ['start.py', 'setup']; runpy.run_path({str(bare.folder / 'start.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], env=bare.environ(), capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.stderr.count("\n") == 1 and f"sudo apt install python{version}-venv" in done.stderr
    assert missing_parts() == []


def test_users_own_pip_and_python_settings_do_not_lead_elsewhere(project: Project, tmp_path: Path) -> None:
    make_wheel(tmp_path, "streamlit", "1.5", {"streamlit/__init__.py": "ready = False\n"})
    shutil.unpack_archive(tmp_path / "streamlit-1.5-py3-none-any.whl", tmp_path / "decoy", "zip")
    shutil.rmtree(project.site / "streamlit")
    shutil.rmtree(project.site / "streamlit-1.0.dist-info")
    said = project.setup(PIP_USER="1", PIP_TARGET=str(tmp_path / "target"), PYTHONPATH=str(tmp_path / "decoy"))
    assert "Installed 1 package" in said
    assert works(project) and not (tmp_path / "target").exists()


def test_where_the_python_lies_on_each_system() -> None:
    assert python_in(Path("e"), windows=True) == Path("e/Scripts/python.exe")
    assert python_in(Path("e"), windows=False) == Path("e/bin/python")
