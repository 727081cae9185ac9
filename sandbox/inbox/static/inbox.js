"use strict";
// Keeps the live regions of a page up to date: told that something changed, it asks for the page
// again and exchanges those regions. Everything works without it, by loading the page anew.
(() => {
  const SHORTEST_GAP_MS = 300;
  const connection = document.getElementById("connection");
  let isAsking = false;
  let isOutdated = false;
  let timer = 0;

  const regions = () => [...document.querySelectorAll("[data-live][id]")];
  if (regions().length === 0 || !window.EventSource) return;

  // A person who reads an opened detail, or is about to press a button, is not interrupted.
  const isInUse = (region) =>
    region.querySelector("details[open]") !== null ||
    (region.contains(document.activeElement) && document.activeElement.tagName === "BUTTON");

  function exchange(fresh) {
    for (const region of regions()) {
      const next = fresh.getElementById(region.id);
      if (next === null || isInUse(region) || next.isEqualNode(region)) continue;
      const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
      region.replaceWith(document.adoptNode(next));
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
  }

  async function refresh() {
    if (isAsking) {
      isOutdated = true;
      return;
    }
    isAsking = true;
    isOutdated = false;
    clearTimeout(timer);
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.ok) exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The stream says that the connection is lost, and calls again once it is back.
    }
    const again = regions().map((region) => Number(region.dataset.againMs)).filter((ms) => ms > 0);
    timer = setTimeout(() => {
      isAsking = false;
      if (isOutdated) refresh();
      else if (again.length > 0 && stream !== null) timer = setTimeout(refresh, Math.min(...again));
    }, SHORTEST_GAP_MS);
  }

  // A page that nobody sees must not hold one of the few connections that a browser has.
  let stream = null;
  function listen() {
    if (stream !== null || document.hidden) return;
    stream = new EventSource("/inbox/events");
    stream.addEventListener("open", () => { connection.textContent = "Live"; });
    stream.addEventListener("error", () => {
      connection.textContent = "Not connected: what you see may be old";
    });
    stream.addEventListener("changed", refresh);
  }
  function leave() {
    stream?.close();
    stream = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", listen);
  listen();
})();
