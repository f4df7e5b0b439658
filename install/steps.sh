#!/bin/sh
# Every step of Containerfile and compose.yaml: `sh install/steps.sh STEP`. `make test-fresh` runs them in a bare Debian.
set -eu

DATA=/var/lib/threads
BACKUPS=/var/backups/threads

debian() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends ca-certificates "$@" >/dev/null
    rm -rf /var/lib/apt/lists/*
}

flask() { .venv/bin/flask --app app "$@"; }

case "${1-}" in

# Once, when an image is made, as root

prepare-site) # libfribidi0 joins the letters of Arabic, Hebrew, Hindi in preview pictures
    debian python3 python3-venv libfribidi0
    useradd --system --home-dir "$DATA" --shell /usr/sbin/nologin threads
    install -d -m 700 -o threads -g threads "$DATA" "$BACKUPS"
    ;;
packages)
    python=$(sh install/find_python.sh .venv)
    "$python" install/packages.py --compile --torch-index "${TORCH_INDEX-}" .venv requirements.txt
    ;;
check-site)
    .venv/bin/python -m compileall -q app.py survey analysis migrations
    wrong=$(.venv/bin/python -m pip check --disable-pip-version-check | grep -v -e "^No broken" -e "requires torch, which is not") || true
    [ -z "$wrong" ] || { echo "$wrong" >&2 && exit 1; }
    ;;
prepare-database)
    debian postgresql
    install -d -m 700 -o postgres -g postgres /var/lib/postgresql/threads
    ;;
prepare-proxy)
    debian caddy
    install -d -m 700 -o caddy -g caddy /var/lib/caddy
    ;;

# Each time, as the user of the service

database)
    programs=$(dirname "$(ls /usr/lib/postgresql/*/bin/postgres | tail -n 1)")
    place=/var/lib/postgresql/threads/data
    if [ ! -s "$place/PG_VERSION" ]; then
        rm -rf "$place.new"
        "$programs/initdb" --pgdata="$place.new" --auth=peer --encoding=UTF8 --locale=C.UTF-8 >/dev/null
        # Only the services of the site are on its network: no password is needed there, and none can be lost.
        printf '%s\n' "local all postgres peer" "host threads threads samenet trust" >"$place.new/pg_hba.conf"
        for line in "CREATE ROLE threads LOGIN" "CREATE DATABASE threads OWNER threads"; do
            echo "$line" | "$programs/postgres" --single -D "$place.new" postgres >/dev/null
        done
        mv "$place.new" "$place"
    fi
    exec "$programs/postgres" -D "$place" -c listen_addresses='*' -c unix_socket_directories=/tmp
    ;;
database-ready) # Whether it answers
    "$(dirname "$(ls /usr/lib/postgresql/*/bin/postgres | tail -n 1)")/pg_isready" -q --host=/tmp
    ;;
tables) # As this version needs them
    flask migrate
    ;;
set-up-link) # For the first owner, and for each other one
    flask set-up-link
    ;;
site)
    exec .venv/bin/gunicorn -c python:survey.serve.gunicorn_config --bind 0.0.0.0:5000 "app:create_app()"
    ;;
site-ready)
    .venv/bin/python -c "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:5000/readyz'), timeout=5)"
    ;;
worker)
    exec .venv/bin/flask --app app worker
    ;;
search)
    exec .venv/bin/flask --app app search-service
    ;;
proxy)
    export XDG_DATA_HOME=/var/lib/caddy XDG_CONFIG_HOME=/var/lib/caddy
    exec caddy run --config install/Caddyfile --adapter caddyfile
    ;;
backup)
    flask backup "$BACKUPS" --keep 14
    ;;
restore) # restore FILE [--replace]
    shift
    flask restore "$@"
    ;;
*)
    echo "sh install/steps.sh STEP, and the steps are:" $(sed -n 's/^\([a-z-]*\)).*/\1/p' "$0") >&2
    exit 2
    ;;
esac
