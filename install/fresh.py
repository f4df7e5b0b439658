"""`make test-fresh`: the containers' steps, then the README's two commands, in a bare Debian.

Every line of Containerfile and every service of compose.yaml is done here without a container: the packages with the
network, the services with none but their own. Then somebody who knows nothing but the README installs and tests the
site. Skipped with a sentence where no bare Debian can be made. `--tests` says which tests that somebody runs.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from install import container_file
from install.bare_debian import MIRROR, BareDebian, why_not
from install.container_file import Service, Step, folder, user

PROJECT = Path(__file__).resolve().parents[1]
READY_SECONDS = 120
RUN_SECONDS = 1800
PORT = "5000"
BY_HAND = ("set-up-link", "backup")
"""Steps that somebody does in the container of the site"""
STRANGER = "stranger"


def main() -> int:
    """Make the bare Debian, and do in it all that is asked for; return 0 where all of it went well."""
    parser = argparse.ArgumentParser(prog="make test-fresh", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--suite", default=container_file.suite(PROJECT / "Containerfile"), help="release of Debian")
    parser.add_argument("--mirror", default=MIRROR, help="where Debian's packages are")
    parser.add_argument("--base", type=Path, help="a folder that debootstrap made already")
    parser.add_argument("--only", choices=("containers", "readme"), help="one half of it")
    parser.add_argument("--tests", default="", help="what `make test` gives to pytest; empty: all tests")
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(BareDebian(given.folder))
    if given.folder:
        return inside(given)
    if reason := why_not():
        print(f"Skipped: no bare Debian can be made here, because {reason}.")
        return 0
    with tempfile.TemporaryDirectory(prefix="threads-fresh-") as folder:
        Path(folder).chmod(0o755)
        # Its mounts and processes end with these namespaces, before the folder is removed.
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        return subprocess.run(
            [*apart, sys.executable, "-m", "install.fresh", *sys.argv[1:], "--in", folder], cwd=PROJECT, check=False
        ).returncode


def inside(given: argparse.Namespace) -> int:
    """Do all of it, in namespaces of its own. Raises CalledProcessError or RuntimeError where something fails."""
    say(f"A bare Debian ({given.base or given.suite})")
    base = BareDebian(given.base) if given.base else BareDebian.make(given.folder / "base", given.suite, given.mirror)
    source = given.folder / "source"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", PROJECT, source], check=True)
    if given.only != "readme":
        made = base.copy(given.folder / "made")
        made.open(["database", "site"])
        for name, steps in container_file.stages(source / "Containerfile").items():
            build(made, name, steps, source)
        say("The services, with no network but their own")
        subprocess.run(
            ["unshare", "--net", sys.executable, "-m", "install.fresh", "--in", made.root, "--serve"],
            cwd=PROJECT,
            check=True,
        )
    if given.only != "containers":
        as_a_stranger(base.copy(given.folder / "fresh"), source, given.tests)
    say("All of it went well")
    return 0


def build(debian: BareDebian, name: str, steps: list[Step], source: Path) -> None:
    """Do the lines of one stage."""
    where, environment = "/", {}
    for step in steps:
        say(f"{name}: {step.word} {step.rest}")
        if step.word == "WORKDIR":
            where = step.rest
            (debian.root / where.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif step.word == "ARG":
            key, _, value = step.rest.partition("=")
            environment[key] = os.environ.get(key, value)
        elif step.word == "COPY":
            what, there = step.rest.split()
            target = debian.root / where.lstrip("/") / there
            if (source / what).is_dir():
                ignored = shutil.ignore_patterns(*(source / ".dockerignore").read_text("utf-8").split())
                shutil.copytree(source / what, target, dirs_exist_ok=True, ignore=ignored)
            else:
                shutil.copy(source / what, target)
        elif step.word == "RUN":
            debian.run(container_file.command(step.rest), folder=where, **environment)


def serve(debian: BareDebian) -> int:
    """Start the services as compose.yaml has them, look at the site through its proxy, and stop them."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    project = debian.root / "srv/threads/site"
    stages = container_file.stages(project / "Containerfile")
    services = container_file.services(project / "compose.yaml", {})
    with ExitStack() as running:
        for service in services:
            say(f"{service.name}: {' '.join(service.command)}")
            if service.once:
                subprocess.run(within(debian, service, stages, service.command), check=True)
                continue
            process = subprocess.Popen(within(debian, service, stages, service.command), start_new_session=True)
            running.callback(stop, process)
            if service.ready:
                wait_until_ready(process, within(debian, service, stages, service.ready))
        look()
        [site] = [service for service in services if service.name == "site"]
        for step in BY_HAND:
            say(f"by hand: {step}")
            subprocess.run(within(debian, site, stages, ["sh", "install/steps.sh", step]), check=True)
    return 0


def within(debian: BareDebian, service: Service, stages: dict[str, list[Step]], command: list[str]) -> list[str]:
    """Return the command line that runs a command as a service's container would."""
    steps = stages[service.stage]
    return debian.command(command, user=user(steps), folder=folder(steps), environment=service.environment)


def wait_until_ready(process: subprocess.Popen[bytes], asked: list[str]) -> None:
    """Wait until a service answers. Raises RuntimeError if it ends, or not within READY_SECONDS."""
    deadline = time.monotonic() + READY_SECONDS
    while subprocess.run(asked, capture_output=True, check=False).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} is not ready")
        time.sleep(0.5)


def look() -> None:
    """Ask for the first page through the proxy, with https. Raises RuntimeError unless it comes as it should."""
    unchecked = ssl.create_default_context()  # the proxy's own certificate for localhost, which nobody signed
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            connection = http.client.HTTPSConnection("localhost", 8443, timeout=10, context=unchecked)
            connection.request("GET", "/sign-in", headers={"Host": "localhost"})
            answer = connection.getresponse()
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
    page = answer.read().decode()
    cookies = answer.headers.get_all("Set-Cookie") or []
    checks = {
        "the page comes": answer.status == 200 and "<form" in page,
        "browsers are told to keep to https": answer.headers["Strict-Transport-Security"] == "max-age=31536000",
        "cookies are marked Secure": bool(cookies) and all("Secure" in cookie for cookie in cookies),
    }
    plain = http.client.HTTPConnection("localhost", 8080, timeout=10)
    plain.request("GET", "/", headers={"Host": "localhost"})
    moved = plain.getresponse()
    checks["http leads to https"] = moved.getheader("Location", "") == "https://localhost/"
    print("\n".join(f"{'yes' if right else 'NO'}: {what}" for what, right in checks.items()), flush=True)
    if not all(checks.values()):
        raise RuntimeError(f"{answer.status} {answer.headers} {moved.status} {moved.headers}")


def as_a_stranger(debian: BareDebian, source: Path, tests: str) -> None:
    """Do what the README says, as a user of its own: install, look at the demo, run the tests."""
    debian.open()
    readme = (source / "README.md").read_text(encoding="utf-8")
    [needed] = re.findall(r"`(apt-get install [^`]+)`", readme)
    say(f"The README's {needed}")
    debian.run(["apt-get", "update", "-qq"])
    debian.run(["sh", "-c", f"{needed} -y -qq >/dev/null"], DEBIAN_FRONTEND="noninteractive")
    debian.run(["useradd", "--create-home", STRANGER])
    shutil.move(source, debian.root / "home" / STRANGER / "clone")
    debian.run(["chown", "-R", f"{STRANGER}:", f"/home/{STRANGER}/clone"])
    home = f"/home/{STRANGER}/clone"
    say("make run")
    begun = time.monotonic()
    with subprocess.Popen(
        debian.command(["make", "run", f"PORT={PORT}"], user=STRANGER, folder=home),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        themes = ""
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            themes = line.removeprefix("Themes: ").strip() if line.startswith("Themes: ") else themes
            if line.startswith("Ctrl-C"):
                break
        say(f"make run: {time.monotonic() - begun:.0f} seconds to the addresses")
        try:
            asked = f"import urllib.request as u; print(u.urlopen({themes!r}).read().decode())"
            page = subprocess.run(
                debian.command(["python3", "-c", asked]), capture_output=True, text=True, check=True
            ).stdout
            if "Honesty" not in page:
                raise RuntimeError("the theme page of the demo has no themes")
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)
    say(f"make test {tests}")
    subprocess.run(
        debian.command(["make", "test"], environment={"PYTEST_ADDOPTS": tests}, user=STRANGER, folder=home), check=True
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a service, with all that it started."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def say(what: str) -> None:
    """Print what comes next."""
    print(f"== {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
