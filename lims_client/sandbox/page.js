// Keeps the page live: every two seconds the moving part is asked for again, and a pressed button does not reload it.
const live = document.getElementById("live");
let shown = "";

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/sandbox/page/live", { credentials: "same-origin" });
    if (!answer.ok) { if (answer.status === 401) location.reload(); return; }
    const text = await answer.text();
    if (text === shown) return;
    const focused = document.activeElement && document.activeElement.id;
    shown = text;
    live.innerHTML = text;
    if (focused) document.getElementById(focused)?.focus();
  } catch {
    document.getElementById("state").textContent = "The sandbox does not answer";
  }
}

if (live) {
  document.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" });
    await refresh();
  });
  document.addEventListener("visibilitychange", refresh);
  setInterval(refresh, 2000);
}
