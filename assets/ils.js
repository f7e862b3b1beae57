/* What the browser does by itself. Loaded in the head, before the first paint; works under `script-src 'self'`.

   Everything listens on `document` and finds its elements by data attributes (written by ils_app/ui/*.py), so React may
   render and re-render as it likes. Nothing here writes text into elements React owns: moments and glows are custom
   elements with their own shadow root or none at all, which hydration and re-rendering leave alone (an ordinary
   <time> filled from outside would be a hydration mismatch, and React would draw the whole page again). */
(() => {
  "use strict";
  const root = document.documentElement;
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window: nothing to keep */ } },
  };
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);
  const isMac = /mac|iphone|ipad/i.test(navigator.platform);

  // -- before the first paint: colours, rail, keys ------------------------------------------------------------------
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wanted = store.get("theme");
  root.classList.add(wanted === "dark" || (wanted !== "light" && dark.matches) ? "dark" : "light");
  if (store.get("ils-rail") === "narrow") root.dataset.rail = "narrow";
  if (isMac) root.dataset.mac = "";

  // -- fields -------------------------------------------------------------------------------------------------------
  /** Put a value into a field as if it were typed: React hears an ordinary input event. */
  const enter = (field, value) => {
    const owner = field instanceof HTMLSelectElement ? HTMLSelectElement : field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(owner.prototype, "value").set.call(field, value);
    field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }));
  };
  const isTextField = (element) =>
    element instanceof HTMLElement && (element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));

  /** A prescription number out of what was typed, or null: minus signs of all kinds, a comma, "pl" for plano. */
  const readRx = (text) => {
    const tidy = text.trim().replace(/[−–—]/g, "-").replace(",", ".").replace(/\s+/g, "");
    if (/^(pl|plano|p|afocal)$/i.test(tidy)) return { number: 0, tidy: "0", point: true };
    return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(tidy) ? { number: Number(tidy), tidy, point: tidy.includes(".") } : null;
  };
  const rulesOf = (field) => ({
    step: Number(field.dataset.step), big: Number(field.dataset.bigStep), least: Number(field.dataset.least), most: Number(field.dataset.most),
    decimals: Number(field.dataset.decimals), signed: field.dataset.signed === "true", wraps: field.dataset.wraps === "true", kind: field.dataset.rx,
  });
  const writeRx = (number, rules, decimals = rules.decimals) => {
    const text = Math.abs(number).toFixed(decimals);
    const shown = rules.decimals === 1 && text.endsWith(".0") && rules.kind !== "pd" ? text.slice(0, -2) : text;
    if (Number(text) === 0) return shown;
    return (number < 0 ? "-" : rules.signed ? "+" : "") + shown;
  };
  /** What leaving the field makes of it. Text that is no number stays as it is: the finding beside it will speak. */
  const settleRx = (field) => {
    const rules = rulesOf(field);
    if (!field.value.trim()) return "";
    const read = readRx(field.value);
    if (!read) return rules.kind === "cylinder" && /^(ds|sph|-+)$/i.test(field.value.trim()) ? "" : field.value;
    let { number } = read;
    if (!read.point && rules.decimals && (number > rules.most || number < Math.min(rules.least, -rules.most))) number /= 10 ** rules.decimals;
    const typed = (read.tidy.split(".")[1] || "").length;
    return writeRx(number, rules, Math.max(rules.decimals, typed));
  };
  const stepRx = (field, direction, big) => {
    const rules = rulesOf(field);
    const size = big ? rules.big : rules.step;
    const read = readRx(field.value);
    let number = read ? read.number : rules.least > 0 ? (rules.kind === "axis" ? (direction > 0 ? 0 : 181) : rules.least - direction * size) : 0;
    number = Math.round((number + direction * size) * 100) / 100;
    if (rules.wraps) number = ((number - rules.least + 2 * (rules.most - rules.least + 1)) % (rules.most - rules.least + 1)) + rules.least;
    number = Math.min(rules.most, Math.max(rules.least, number));
    enter(field, writeRx(number, rules));
    field.setSelectionRange(field.value.length, field.value.length);
  };
  const nextField = (field) => {
    const scope = field.closest("form, main") || document;
    const all = [...scope.querySelectorAll("input, select, textarea, button")].filter((one) => !one.disabled && one.type !== "hidden" && one.tabIndex >= 0 && one.offsetParent);
    const next = all[all.indexOf(field) + 1];
    if (next) { next.focus(); if (next instanceof HTMLInputElement) next.select?.(); }
  };

  document.addEventListener("focusout", (event) => {
    const field = closest(event, "input[data-rx]");
    if (!field) return;
    const settled = settleRx(field);
    if (settled !== field.value) enter(field, settled);
  });
  document.addEventListener("keydown", (event) => {
    const field = closest(event, "input[data-rx]");
    if (!field || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      stepRx(field, event.key === "ArrowUp" ? 1 : -1, event.shiftKey);
    } else if (event.key === "Enter") {
      event.preventDefault();
      nextField(field);
    }
  });

  const fieldNamed = (name) => document.querySelector(`[name="${CSS.escape(name)}"]:not([type=hidden])`) || document.getElementById(name) || document.getElementById(`f-${name}`);
  const goTo = (field) => {
    field.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    (field.matches("input, select, textarea, button, a") ? field : field.querySelector("input:checked, input, select, textarea, button") || field).focus({ preventScroll: true });
  };
  const copyFields = (from, to) => {
    for (const source of document.querySelectorAll(`[name^="${CSS.escape(from)}"]`)) {
      const twin = document.querySelector(`[name="${CSS.escape(to + source.name.slice(from.length))}"]`);
      if (twin && !twin.disabled && twin.value !== source.value) enter(twin, source.value);
    }
  };

  // After sending, the first field with a problem takes the focus; not if the hand has moved on by then.
  let awaiting = 0;
  new MutationObserver(() => {
    if (!awaiting || performance.now() > awaiting) return;
    const bad = document.querySelector('main [aria-invalid="true"], .ils-dialog [aria-invalid="true"]');
    if (!bad) return;
    awaiting = 0;
    if (!isTextField(document.activeElement)) goTo(bad);
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["aria-invalid"] });

  // -- clicks -------------------------------------------------------------------------------------------------------
  const drawer = (open) => {
    if (open) root.dataset.drawer = "open"; else delete root.dataset.drawer;
    const opener = document.querySelector('.ils-top > [data-drawer="open"]');
    opener?.setAttribute("aria-expanded", String(open));
    document.querySelector(".ils-frame")?.toggleAttribute("inert", open);
    (open ? document.querySelector(".ils-rail a[href], .ils-rail button") : opener)?.focus();
  };
  document.addEventListener("click", (event) => {
    const pressed = (selector) => closest(event, selector);
    let found;
    if ((found = pressed("[data-goto]"))) { const field = fieldNamed(found.dataset.goto); if (field) goTo(field); }
    else if ((found = pressed("[data-copy-from]"))) copyFields(found.dataset.copyFrom, found.dataset.copyTo);
    else if ((found = pressed("[data-reveal]"))) {
      const field = document.getElementById(found.dataset.reveal);
      const shown = field.type === "password";
      field.type = shown ? "text" : "password";
      found.setAttribute("aria-pressed", String(shown));
    } else if (pressed("[data-rail=toggle]")) {
      const narrow = root.dataset.rail !== "narrow";
      if (narrow) root.dataset.rail = "narrow"; else delete root.dataset.rail;
      store.set("ils-rail", narrow ? "narrow" : "wide");
    } else if ((found = pressed("button[data-drawer], .ils-veil"))) drawer(found.dataset.drawer === "open");
    else if (root.dataset.drawer && pressed(".ils-rail a")) drawer(false);
    else if (pressed("a.ils-hit")) document.activeElement?.blur();
    if (pressed("[data-submit]")) awaiting = performance.now() + 5000;
  });
  document.addEventListener("change", (event) => {
    const box = closest(event, "[data-shortcut-switch]");
    if (box) store.set("ils-shortcuts", box.checked ? "on" : "off");
  });

  // -- keys ---------------------------------------------------------------------------------------------------------
  const lettersOn = () => store.get("ils-shortcuts") !== "off";
  const dialogOpen = () => document.querySelector('[role="dialog"]:not([data-state="closed"]), [role="alertdialog"]:not([data-state="closed"])');
  const press = (key) => {
    if (key === "/") { const search = document.querySelector("[data-search], [data-scan], main input[type=search]"); search?.focus(); search?.select(); return !!search; }
    if (key === "?") { const help = document.querySelector("[data-help]"); help?.click(); return !!help; }
    if (!lettersOn()) return false;
    const target = [...document.querySelectorAll(`[data-shortcut="${CSS.escape(key)}" i]`)].find((one) => !one.disabled);
    target?.click();
    return !!target;
  };
  const rowLinks = () => [...document.querySelectorAll("[data-rows] .ils-row-link, .ils-board .ils-job-link")];
  const moveRow = (direction) => {
    const links = rowLinks();
    const at = links.indexOf(document.activeElement);
    links[at < 0 ? (direction > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + direction))]?.focus();
    return links.length > 0;
  };

  // A scanner types faster than a hand and ends with Enter. While a page has a scan field, single keys wait a moment
  // to see whether more follow; a burst goes to the field wherever the focus is, unless that is a field to write in.
  // A filter is none: it hears the keys, but gets its text back when they turn out to be a scan.
  const burst = { text: "", last: 0, timer: 0, before: "" };
  const scanField = () => document.querySelector("[data-scan]");
  const takeScan = (field, text) => { enter(field, text); field.form?.requestSubmit(); };
  const sought = { text: "", last: 0 };
  /** A drop-down finds the option that begins with the letters, as the browser does where no scan could be meant. */
  const seek = (select, letter) => {
    const now = performance.now();
    sought.text = now - sought.last < 1000 ? sought.text + letter : letter;
    sought.last = now;
    const after = select.selectedIndex + (sought.text.length === 1 ? 1 : 0);
    const options = [...select.options];
    const found = [...options.slice(after), ...options.slice(0, after)].find((one) => one.label.toLowerCase().startsWith(sought.text.toLowerCase()));
    if (found && found.value !== select.value) enter(select, found.value);
  };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const field = scanField();
    if (!field || target === field || event.repeat || event.ctrlKey || event.metaKey || event.altKey || dialogOpen()) return;
    const filter = target instanceof HTMLInputElement && target.type === "search";
    const select = target instanceof HTMLSelectElement;
    if (isTextField(target) && !filter && !select) return;
    const now = event.timeStamp; // when the key went down, however late a busy page hears of it
    const quick = now - burst.last < 50;
    if (key === "Enter") {
      if (quick && burst.text.length >= (filter ? 4 : 2)) {
        event.preventDefault();
        event.stopPropagation();
        clearTimeout(burst.timer);
        if (filter && target.value !== burst.before) enter(target, burst.before);
        takeScan(field, burst.text);
      }
      burst.text = "";
    } else if (key.length === 1) {
      if (!quick && !filter && !select && (key === "/" || key === "?")) return; // these need no second key: pressed below, at once
      clearTimeout(burst.timer);
      if (!quick) burst.before = filter ? target.value : "";
      burst.text = quick ? burst.text + key : key;
      burst.last = now;
      if (filter) return;
      if (select || burst.text.length > 1) { event.preventDefault(); event.stopPropagation(); }
      if (burst.text.length === 1) burst.timer = setTimeout(() => (select ? seek(target, key) : press(key)), 60);
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      const scope = dialogOpen() || document;
      const submit = scope.querySelector("[data-submit]");
      if (submit && !submit.disabled) { event.preventDefault(); document.activeElement?.blur(); submit.focus(); submit.click(); }
      return;
    }
    if (event.key === "Escape") {
      if (root.dataset.drawer) drawer(false);
      else if (closest(event, "[data-combobox]")) event.target.blur();
      return;
    }
    if (isTextField(event.target) || event.ctrlKey || event.metaKey || event.altKey || dialogOpen()) return;
    if ((event.key === "j" || event.key === "k") && lettersOn() && moveRow(event.key === "j" ? 1 : -1)) event.preventDefault();
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.matches?.(".ils-row-link")) { event.preventDefault(); moveRow(event.key === "ArrowDown" ? 1 : -1); }
    else if (event.key.length === 1 && (!scanField() || event.key === "/" || event.key === "?") && press(event.key)) event.preventDefault();
  });

  // -- search with finds below it -----------------------------------------------------------------------------------
  /** When what was taken stands in the field's place, the hand goes on to the field it names; not if it has moved on. */
  const goOn = (input, until) => {
    if (fieldNamed(input.name)) { if (performance.now() < until) requestAnimationFrame(() => goOn(input, until)); }
    else if (!isTextField(document.activeElement)) fieldNamed(input.dataset.then)?.focus();
  };
  const hitsOf = (input) => [...input.closest("[data-combobox]").querySelectorAll('[role="option"]')];
  const choose = (input, hit) => {
    for (const one of hitsOf(input)) one.setAttribute("aria-selected", String(one === hit));
    if (hit) { input.setAttribute("aria-activedescendant", hit.id); hit.scrollIntoView({ block: "nearest" }); }
    else input.removeAttribute("aria-activedescendant");
  };
  document.addEventListener("keydown", (event) => {
    const input = closest(event, "[data-combobox] input");
    if (!input) return;
    const hits = hitsOf(input);
    const at = hits.findIndex((hit) => hit.getAttribute("aria-selected") === "true");
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && hits.length) {
      event.preventDefault();
      choose(input, hits[(at + (event.key === "ArrowDown" ? 1 : -1) + hits.length) % hits.length] || hits[0]);
    } else if (event.key === "Enter" && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      const hit = hits[Math.max(0, at)];
      if (hit) { hit.click(); if (hit.matches("a")) input.blur(); else if (input.dataset.then) goOn(input, performance.now() + 3000); } // a link leads away; a field's own option may not
    }
  });
  document.addEventListener("input", (event) => {
    const input = closest(event, "[data-combobox] input");
    if (input) choose(input, null);
  });
  // -- cards that are dragged from stage to stage -------------------------------------------------------------------
  let dragged = null;
  const over = (stage) => {
    for (const one of document.querySelectorAll("[data-over]")) if (one !== stage) one.removeAttribute("data-over");
    stage?.setAttribute("data-over", "");
  };
  document.addEventListener("dragstart", (event) => {
    dragged = closest(event, "[data-drag]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.drag);
    dragged.dataset.dragging = "card";
  });
  document.addEventListener("dragover", (event) => {
    const stage = dragged && closest(event, "[data-drop]");
    over(stage);
    if (stage) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const stage = dragged && closest(event, "[data-drop]");
    const form = document.querySelector("[data-drop-form]");
    if (!stage || !form) return;
    event.preventDefault();
    if (stage.contains(dragged)) return;
    form.elements.namedItem("job").value = dragged.dataset.drag;
    form.elements.namedItem("to").value = stage.dataset.drop;
    form.requestSubmit();
  });
  document.addEventListener("dragend", () => { if (dragged) delete dragged.dataset.dragging; dragged = null; over(null); });

  // -- <ils-time> ---------------------------------------------------------------------------------------------------
  const speak = (options) => new Intl.DateTimeFormat("en-GB", options);
  const inClock = speak({ hour: "2-digit", minute: "2-digit" });
  const inDay = speak({ weekday: "short", day: "numeric", month: "short" });
  const inYear = speak({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
  const dayText = (date, now) => (date.getFullYear() === now.getFullYear() ? inDay : inYear).format(date).replace(",", "");
  const exactText = (date, plain) => inYear.format(date).replace(",", "") + (plain ? "" : `, ${inClock.format(date)}`);
  const dayNumber = (date) => Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 864e5);
  const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

  const agoText = (date, now) => {
    const seconds = (now - date) / 1000;
    const days = dayNumber(now) - dayNumber(date);
    if (Math.abs(seconds) < 45) return "just now";
    if (seconds < 0) {
      if (-seconds < 3600) return `in ${Math.round(-seconds / 60)} min`;
      return days === 0 ? `today ${inClock.format(date)}` : days === -1 ? `tomorrow ${inClock.format(date)}` : dayText(date, now);
    }
    if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
    if (days === 0) return seconds < 6 * 3600 ? `${Math.round(seconds / 3600)} h ago` : `today ${inClock.format(date)}`;
    if (days === 1) return `yesterday ${inClock.format(date)}`;
    return days < 7 ? `${days} days ago` : dayText(date, now);
  };
  const dueText = (date, now, plain) => {
    const days = dayNumber(date) - dayNumber(now);
    const late = plain ? days < 0 : date < now;
    if (late) {
      if (days === 0) { const minutes = Math.max(1, Math.round((now - date) / 6e4)); return [`late by ${minutes < 60 ? `${minutes} min` : `${Math.round(minutes / 60)} h`}`, true]; }
      return [`late by ${counted(-days, "day")}`, true];
    }
    if (days === 0) return [plain ? "today" : `today ${inClock.format(date)}`, false];
    if (days === 1) return ["tomorrow", false];
    return [days < 15 ? `in ${days} days` : dayText(date, now), false];
  };
  const clockText = (date, now) => {
    const days = dayNumber(now) - dayNumber(date);
    return days === 0 ? inClock.format(date) : `${days === 1 ? "yesterday" : dayText(date, now)} ${inClock.format(date)}`;
  };

  const sheet = new CSSStyleSheet();
  sheet.replaceSync("[data-late]{color:var(--bad);font-weight:560}");
  const times = new Set();
  class IlsTime extends HTMLElement {
    static observedAttributes = ["at", "mode", "promised", "done"];
    constructor() {
      super();
      const shadow = this.attachShadow({ mode: "open" });
      shadow.adoptedStyleSheets = [sheet];
      this.words = shadow.appendChild(document.createElement("time"));
    }
    connectedCallback() { this.appeared ??= new Date(); times.add(this); this.draw(); }
    disconnectedCallback() { times.delete(this); }
    attributeChangedCallback() { if (this.isConnected) this.draw(); }
    draw() {
      const at = this.getAttribute("at") || "";
      const plain = /^\d{4}-\d\d-\d\d$/.test(at);
      const date = at === "now" ? this.appeared : new Date(plain ? `${at}T00:00:00` : at);
      if (!at || Number.isNaN(date.getTime())) { this.words.textContent = ""; return; }
      const now = new Date();
      const mode = this.getAttribute("mode");
      let text, late = false, title = exactText(date, plain);
      if (mode === "due") {
        [text, late] = dueText(date, now, plain);
        if (this.getAttribute("done")) [text, late] = [dayText(date, now), false];
        const promised = this.getAttribute("promised");
        title = `Promised for ${title}`;
        if (promised && promised !== at) title += `; first promised for ${exactText(new Date(promised.length === 10 ? `${promised}T00:00:00` : promised), promised.length === 10)}`;
      } else text = mode === "clock" ? clockText(date, now) : mode === "day" ? dayText(date, now) : mode === "exact" ? title : agoText(date, now);
      if (this.words.textContent !== text) this.words.textContent = text;
      this.words.title = title;
      this.words.dateTime = plain ? at : date.toISOString();
      this.words.toggleAttribute("data-late", late);
    }
  }
  customElements.define("ils-time", IlsTime);
  const redraw = () => { for (const one of times) one.draw(); };
  setInterval(redraw, 30_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) redraw(); });

  // -- <ils-glow>: remembers the last value by subject, so that a card that moved to another column glows there -------
  const seen = new Map();
  class IlsGlow extends HTMLElement {
    static observedAttributes = ["of", "value"];
    connectedCallback() { this.look(); }
    attributeChangedCallback() { if (!this.waiting) { this.waiting = true; queueMicrotask(() => { this.waiting = false; this.look(); }); } }
    look() {
      const of = this.getAttribute("of");
      const value = this.getAttribute("value");
      if (!this.isConnected || !of || value === null) return;
      const changed = seen.has(of) && seen.get(of) !== value;
      seen.delete(of);
      seen.set(of, value);
      if (seen.size > 5000) seen.delete(seen.keys().next().value);
      if (!changed || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
      const target = this.closest("td") || this.firstElementChild || this;
      const colour = getComputedStyle(root).getPropertyValue("--accent-soft").trim();
      target.animate([{ backgroundColor: colour, boxShadow: `0 0 0 3px ${colour}` }, { backgroundColor: colour, offset: 0.5 }, {}], { duration: 2400, easing: "ease-out" });
    }
  }
  customElements.define("ils-glow", IlsGlow);

  // -- what was typed survives a lost connection ------------------------------------------------------------------------
  // After a restart of the server the form is drawn anew from what was saved. Whatever was typed since is entered again
  // here, as if by hand. Forgotten when the person chooses to (a [data-forget] button, a dialog's answer) or goes elsewhere,
  // by whatever way: the order form's journal is one for all drafts, since a draft has no name before its first save.
  const typed = new Map();
  let typedAt = location.pathname;
  const forgetElsewhere = () => { if (location.pathname !== typedAt) { typed.clear(); typedAt = location.pathname; } };
  addEventListener("popstate", () => typed.clear());
  const journaled = (field) => field?.name && field.form?.dataset.journal !== undefined && !["checkbox", "radio", "file"].includes(field.type);
  let settling;
  const lineOf = (field) => `${field.form.dataset.journal}/${field.name}`; // of this very form: another version or owner has a journal of its own
  document.addEventListener("input", ({ target }) => { forgetElsewhere(); if (journaled(target)) typed.set(lineOf(target), target.value); }, true);
  document.addEventListener("click", ({ target }) => { if (target.closest?.("[data-forget], .ils-dialog button, a")) typed.clear(); }, true);
  const enterAgain = () => {
    for (const field of document.querySelectorAll("form[data-journal] [name]")) {
      if (journaled(field) && typed.has(lineOf(field)) && typed.get(lineOf(field)) !== field.value) enter(field, typed.get(lineOf(field)));
    }
  };
  new MutationObserver((changes) => {
    forgetElsewhere();
    if (!typed.size || !changes.some(({ addedNodes }) => [...addedNodes].some((node) => node instanceof Element && (node.matches("form[data-journal] [name]") || node.querySelector("form[data-journal] [name], [name]"))))) return;
    clearTimeout(settling);
    settling = setTimeout(enterAgain, 300);
  }).observe(document, { childList: true, subtree: true });

  // -- <ils-address>: the address bar follows what the page shows, without a navigation that would take the focus -----
  class IlsAddress extends HTMLElement {
    static observedAttributes = ["at"];
    attributeChangedCallback() {
      const at = this.getAttribute("at");
      if (at && this.isConnected && location.pathname.replace(/\/$/, "") + location.search !== at) history.replaceState(history.state, "", at);
    }
  }
  customElements.define("ils-address", IlsAddress);

  // Ticks of a table: the click shows at once, the server's word follows in data-checked and is taken over here, without
  // a controlled input (which would fall back until the answer) and without a remount (which would lose the focus).
  new MutationObserver((changes) => {
    for (const { target } of changes) target.checked = target.dataset.checked === "true";
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-checked"] });

  // The switch in the list of shortcuts shows what was chosen here, whenever the list opens.
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) {
      const box = node instanceof Element ? node.querySelector("[data-shortcut-switch]") : null;
      if (box) box.checked = lettersOn();
    }
  }).observe(document, { childList: true, subtree: true });
})();
