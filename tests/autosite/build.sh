#!/bin/sh
# Builds the pages of the test site anew from src/, with the frameworks as npm has them today. The tests use what is
# committed: bundles/, ssr.json and data.json.
set -e
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp src/* "$work"
mkdir "$work/src" && mv "$work"/*.* "$work/src"
cd "$work/src"
npm init -y > /dev/null
npm install --no-audit --no-fund esbuild react react-dom preact preact-render-to-string vue svelte lit alpinejs jquery \
  angular htmx.org solid-js
node build.mjs
cd - > /dev/null
rm -rf bundles
cp -r "$work/bundles" "$work/ssr.json" "$work/data.json" .
