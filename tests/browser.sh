#!/usr/bin/env bash
# Opens an exported page in a real browser, without any network, and looks at what it shows.
# Usage: tests/browser.sh [WATCH]. Skips where there is no browser, unless WATCH_REQUIRE_BROWSER=1.
set -euo pipefail
cd "$(dirname "$0")/.."
watch=${1:-target/debug/watch}
browser=
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then browser=$name; break; fi
done
if [ -z "$browser" ]; then
    echo "skipped: there is no chromium here"
    [ "${WATCH_REQUIRE_BROWSER:-0}" = 0 ]
    exit
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# The stored session, with markup in what was run.
mkdir "$dir/session"
sed 's|api.orbit.example|<img src=x onerror=alert(1)></script><script>document.title=1</script>|' \
    tests/journals/v1/journal.jsonl > "$dir/session/journal.jsonl"
cp tests/journals/v1/screen.cast "$dir/session/"
"$watch" replay "$dir/session" --export html --output "$dir/page.html"

# The document as it is after so much of the page's own time, at a place in the recording.
shown() {
    local alone=()
    if unshare -rn true 2>/dev/null; then alone=(unshare -rn); fi
    "${alone[@]}" "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$dir/profile" \
        --host-resolver-rules='MAP * ~NOTFOUND' --virtual-time-budget="$2" --dump-dom "file://$dir/page.html#$1" 2>/dev/null
}
# What a reader sees of it: without the data and the program.
seen() { perl -0pe 's/<script.*?<\/script>//gs; s/<[^>]*>//g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/&/g'; }
has() {
    if ! grep -qF -- "$2" <<<"$1"; then echo "the page does not show: $2"; exit 1; fi
}

end=$(shown end 1000)
text=$(seen <<<"$end")
has "$text" "I stopped: the deletion was denied."
has "$text" "401 unauthorized 漢"
has "$text" "CASE c1"
has "$text" "volumeDelete"
has "$text" "00:00:55 / 00:00:55"
has "$text" '<img src=x onerror=alert(1)></script><script>document.title=1</script>'
if grep -q '<img' <<<"$end" || grep -q '<title>1<' <<<"$end"; then echo "hostile text became markup"; exit 1; fi

beginning=$(shown 0 1000 | seen)
has "$beginning" "00:00:00 / 00:00:55"
if grep -qF "I stopped" <<<"$beginning"; then echo "the beginning shows the end"; exit 1; fi
case=$(shown c1 1000)
grep -q 'class="case now"' <<<"$case" || { echo "the case is not marked when it is open"; exit 1; }
played=$(shown play 120000 | seen)
has "$played" "00:00:55 / 00:00:55"
echo "the page shows and plays what was recorded"
