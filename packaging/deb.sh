#!/bin/sh
# Builds the Debian package with cargo-deb. It installs `holdpoint` and never the system's `watch`: that name is a link below
# /usr/lib/holdpoint/bin, for whoever puts that folder first in PATH.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --locked
rm -rf target/packaging
mkdir -p target/packaging/man
ln -sfn ../../../bin/holdpoint target/packaging/watch
target/release/holdpoint man --name holdpoint --all target/packaging/man
for shell in bash zsh fish; do
    target/release/holdpoint completions "$shell" --name holdpoint > "target/packaging/holdpoint.$shell"
done
cargo deb --no-build --locked
