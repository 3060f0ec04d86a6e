"""Compiles the translations, and checks that they are complete.

`translations.py compile` writes every django.mo from its django.po (by polib, so that the bytes are the same on
every machine). `translations.py check` fails, naming file and message, where a message is untranslated, fuzzy or
obsolete, stands twice, where a placeholder was lost, where two packages translate one message differently (Django
would show one of the two everywhere), where a .mo is not what its .po says, and, where GNU gettext is installed, where
code or templates hold a message that the package's .po lacks, or the .po one that nothing uses.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "src" / "tongban"
LANGUAGE = "zh_Hans"
CATALOGUE = Path("locale") / LANGUAGE / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
# The settings name languages, in words that Django itself translates.
NO_CATALOGUE = {"config"}
MARKED = re.compile(r"gettext|{% *(trans|translate|blocktrans)\b")


def catalogues() -> list[Path]:
    """Every .po of the project."""
    return sorted(PACKAGES.glob(f"*/{CATALOGUE}"))


def compile_all() -> None:
    """Writes the .mo beside each .po."""
    for path in catalogues():
        _read(path).save_as_mofile(str(path.with_suffix(".mo")))


def problems() -> list[str]:
    """One line for each thing that is wrong."""
    found: list[str] = []
    for path in catalogues():
        found += [f"{path.relative_to(ROOT)}: {problem}" for problem in _in_catalogue(path)]
    found += _between(catalogues())
    if shutil.which("xgettext"):
        for package in sorted(path for path in PACKAGES.iterdir() if _translated(path)):
            found += [f"src/tongban/{package.name}: {problem}" for problem in _in_code(package)]
    else:
        sys.stderr.write("GNU gettext is not installed: messages in the code were not compared.\n")
    return found


def _translated(package: Path) -> bool:
    return (package / "__init__.py").exists() and package.name not in NO_CATALOGUE


def _read(path: Path) -> polib.POFile:
    return polib.pofile(str(path))


def _in_catalogue(path: Path) -> list[str]:
    catalogue = _read(path)
    found = [f"fuzzy: {entry.msgid!r}" for entry in catalogue.fuzzy_entries()]
    found += [f"untranslated: {entry.msgid!r}" for entry in catalogue.untranslated_entries()]
    found += [f"obsolete: {entry.msgid!r}" for entry in catalogue.obsolete_entries()]
    times = Counter(_key(entry) for entry in catalogue if not entry.obsolete)
    found += [f"stands {number} times: {key[1]!r}" for key, number in times.items() if number > 1]
    for entry in catalogue.translated_entries():
        texts = [entry.msgstr] if entry.msgstr else list(entry.msgstr_plural.values())
        wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        found += [
            f"placeholders of {entry.msgid!r} are {sorted(wanted)}, but in the translation {text!r}"
            for text in texts
            if set(PLACEHOLDER.findall(text)) != wanted
        ]
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        found.append("its .mo is missing; run make messages")
    elif compiled.read_bytes() != catalogue.to_binary():
        found.append("its .mo is out of step; run make messages")
    return found


def _between(paths: list[Path]) -> list[str]:
    """Messages that packages translate differently. The first of INSTALLED_APPS wins for all: what has two meanings
    needs two messages, or a context.
    """
    said: dict[tuple[str, str], dict[tuple[str, ...], list[str]]] = {}
    for path in paths:
        for entry in _read(path).translated_entries():
            texts = (entry.msgstr,) if entry.msgstr else tuple(entry.msgstr_plural.values())
            said.setdefault(_key(entry), {}).setdefault(texts, []).append(path.relative_to(PACKAGES).parts[0])
    return [
        f"{key[1]!r} is translated differently: "
        + "; ".join(f"{' / '.join(texts)!r} in {', '.join(packages)}" for texts, packages in ways.items())
        for key, ways in said.items()
        if len(ways) > 1
    ]


def _in_code(package: Path) -> list[str]:
    """Compares the package's catalogue with what its code and templates ask for."""
    path = package / CATALOGUE
    marked = any(
        MARKED.search(file.read_text(encoding="utf-8"))
        for kind in ("*.py", "*.html", "*.txt")
        for file in package.rglob(kind)
    )
    if not path.exists():
        return [f"has messages to translate, but no {CATALOGUE}"] if marked else []
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / package.name
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__", "locale", "*.mo"))
        (copy / CATALOGUE).parent.mkdir(parents=True)
        done = subprocess.run(
            # Safe path: a package's own logging.py must not stand before the standard library's.
            [sys.executable, "-P", "-m", "django", "makemessages", "--locale", LANGUAGE, "--verbosity", "0"],
            cwd=copy,
            env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            return [f"its messages could not be read: {done.stderr.strip().splitlines()[-1]}"]
        extracted = copy / CATALOGUE
        asked = {_key(entry) for entry in _read(extracted)} if extracted.exists() else set()
    have = {_key(entry) for entry in _read(path) if not entry.obsolete}
    return [f"not in its catalogue: {key[1]!r}" for key in sorted(asked - have)] + [
        f"in its catalogue, but used nowhere: {key[1]!r}" for key in sorted(have - asked)
    ]


def _key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgctxt or "", entry.msgid


if __name__ == "__main__":
    if sys.argv[1:] == ["compile"]:
        compile_all()
    elif sys.argv[1:] == ["check"]:
        wrong = problems()
        sys.stderr.writelines(f"{line}\n" for line in wrong)
        sys.exit(1 if wrong else 0)
    else:
        sys.exit("usage: translations.py compile | check")
