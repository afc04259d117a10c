#!/usr/bin/env bash
# Builds the pages as a site, with the files of the repository that they link to beside them, and checks every link:
# docs.sh MDBOOK LYCHEE DIRECTORY
set -euo pipefail
mdbook=$(realpath "$1") lychee=$(realpath "$2") site=$3
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rm -rf "$site"
mkdir -p "$site"
"$mdbook" build docs --dest-dir "$site/docs"
while read -r page; do
  [ -f "$site/docs/${page%.md}.html" ] || { echo "docs: $page is not in docs/SUMMARY.md" >&2; exit 1; }
done < <(cd docs && find . -name '*.md' ! -name SUMMARY.md | sed 's,^./,,')
# Pages link to these as on GitHub, by their place in the repository.
for path in README.md crates/text/src/codes/examples shop packaging/integrations tests/evasion; do
  mkdir -p "$site/$(dirname "$path")"
  cp -R "$path" "$site/$path"
done
# The README is beside the site, not a page of it.
find "$site/docs" -name '*.html' -exec perl -pi -e 's,(\.\./README)\.html,$1.md,g' {} +
echo '<!doctype html><meta charset="utf-8"><title>meshveil</title><meta http-equiv="refresh" content="0; url=docs/index.html"><a href="docs/index.html">meshveil</a>' >"$site/index.html"
# Addresses of others are not asked: a build must not depend on them.
"$lychee" --offline --include-fragments --no-progress --root-dir "$site" "$site/docs/**/*.html"
