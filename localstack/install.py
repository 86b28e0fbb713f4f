"""The second half of localstack/install: makes the virtual environment, one process at a time."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.abspath(sys.argv[1])


def stamp():
    """A copy of everything that decides what gets installed; localstack/install compares it."""
    names = sorted(n for n in os.listdir(HERE) if n.startswith("requirements-py") and n.endswith(".txt"))
    parts = [os.path.join(HERE, n) for n in [*names, "plugin/pyproject.toml", "install", "install.py"]]
    return b"".join(open(part, "rb").read() for part in parts)


def done(want):
    try:
        with open(os.path.join(VENV, "stamp"), "rb") as file:
            same = file.read() == want
        with open(os.path.join(VENV, "python-version")) as file:
            return same and (not os.environ.get("CAIRN_PYTHON") or file.read() == sys.version)
    except OSError:
        return False


def run(*command):
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        sys.stderr.write(result.stdout[-4000:])
        sys.exit(f"localstack/install: failed: {' '.join(command)}")


def main():
    os.makedirs(os.path.dirname(VENV), exist_ok=True)
    with open(VENV + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        want = stamp()
        if done(want):
            return
        began = time.monotonic()
        version = "%d.%d" % sys.version_info[:2]
        sys.stderr.write(f"localstack/install: installing LocalStack for Python {version} (about two minutes, 500 MB)\n")
        try:
            with open(os.path.join(VENV, "python-version")) as file:
                keep = file.read() == sys.version
        except OSError:
            keep = False
        if os.path.isdir(VENV) and not keep:
            shutil.rmtree(VENV)
        if not keep:
            run(sys.executable, "-m", "venv", VENV)
        elif os.path.exists(os.path.join(VENV, "stamp")):
            os.remove(os.path.join(VENV, "stamp"))
        python = os.path.join(VENV, "bin", "python")
        requirements = "requirements-py311.txt" if sys.version_info < (3, 12) else "requirements-py312.txt"
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        run(*pip, "--require-hashes", "-r", os.path.join(HERE, requirements))
        # Built from a copy, so that the build leaves nothing beside the source. `with` puts the source in front of it.
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(os.path.join(HERE, "plugin"), os.path.join(folder, "plugin"))
            run(*pip, "--no-deps", "--no-build-isolation", "--force-reinstall", os.path.join(folder, "plugin"))
        for name, text in (("python-version", sys.version.encode()), ("stamp", want)):
            with open(os.path.join(VENV, name + ".new"), "wb") as file:
                file.write(text)
            os.replace(os.path.join(VENV, name + ".new"), os.path.join(VENV, name))
        sys.stderr.write(f"localstack/install: done in {time.monotonic() - began:.0f} s\n")


main()
