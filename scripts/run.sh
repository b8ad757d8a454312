#!/bin/sh
# Runs a script of this folder with the first Node in PATH that works. npm puts the pinned one first, and on a bare Debian
# that one lacks a library until setup.mjs has installed it.
until node --version >/dev/null 2>&1; do
  case $PATH in
    *:*) PATH=${PATH#*:} ;;
    *) echo "There is no Node.js that runs; install Node.js 20 or newer." >&2; exit 1 ;;
  esac
done
script=$1
shift
exec node "$(dirname -- "$0")/$script" "$@"
