"""The judges of formats, installed once into an environment of their own."""

import pathlib
import subprocess
import tarfile
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent / "formats"
PLACE = HERE.parent / ".venv-formats"
PINS = ("requirements.txt", "junit.txt")


def install():
    """What is pinned, and the schema of JUnit XML."""
    stamp, want = PLACE / "stamp", "".join((HERE / name).read_text() for name in PINS)
    if stamp.exists() and stamp.read_text() == want:
        return
    venv.create(PLACE, with_pip=True, clear=True)
    pip = [PLACE / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--require-hashes", "-r", HERE / "requirements.txt"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        source = ["download", "--no-deps", "--no-binary", ":all:", "--require-hashes", "-r", HERE / "junit.txt", "-d", folder]
        subprocess.run([*pip, *source], check=True)
        (archive,) = pathlib.Path(folder).glob("*.tar.gz")
        with tarfile.open(archive) as files:
            name = sorted(n for n in files.getnames() if n.endswith("/junit-10.xsd"))[-1]
            (PLACE / "junit-10.xsd").write_bytes(files.extractfile(name).read())
    stamp.write_text(want)


def judge(folder):
    """What the judges say of the reports in a folder."""
    install()
    return subprocess.run([PLACE / "bin/python", HERE / "judge.py", folder], capture_output=True, text=True)
