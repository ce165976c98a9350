#!/bin/sh
# Installs what checks the pages (axe-core, the Nu HTML checker, Lighthouse) into tools/pages/node_modules; does nothing
# when it is there already. Versions and hashes are those of tools/pages/package-lock.json, and no code of a package runs
# while it is installed. Needs npm; the checker itself needs a Java runtime.
set -eu

cd "$(dirname "$0")/../tools/pages"
stamp=node_modules/.installed
wanted=$(cksum <package-lock.json)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi
command -v npm >/dev/null 2>&1 || {
    echo "npm is missing: apt install nodejs npm (for the checks of pages), then run again." >&2
    exit 1
}
echo "Installing the tools that check pages into tools/pages/node_modules ..."
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
printf '%s\n' "$wanted" >"$stamp"
