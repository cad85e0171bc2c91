// gorun's part in the page: it loads the page again when a new version of the program is
// ready, and shows what is wrong while something is.
(() => {
	"use strict";
	const mark = Symbol.for("gorun");
	if (window[mark]) return;
	try {
		// A frame of the same origin leaves it to the page around it.
		if (window !== window.top && window.top[mark]) return;
	} catch { /* of another origin */ }
	window[mark] = true;

	const tag = document.currentScript;
	const token = "%TOKEN%";
	const Socket = window.WebSocket;
	const posted = tag.hasAttribute("data-gorun-posted");
	let page = Number(tag.getAttribute("data-gorun")); // the process that this page is of
	let left = false; // the page is on its way out

	// What the program said.

	function hear(said) {
		show(said.failure);
		if (said.sheets && said.from === page) {
			page = said.ready || page;
			replaceSheets(said.sheets);
		} else if (said.ready && said.ready !== page) {
			page = said.ready;
			reload();
		}
	}

	function reload() {
		if (posted) {
			note();
			return;
		}
		left = true;
		if (history.scrollRestoration === "manual") {
			// The browser would not keep the place.
			try {
				sessionStorage.setItem("gorun-scroll", JSON.stringify([location.href, scrollX, scrollY]));
			} catch { /* no storage here */ }
		}
		location.reload();
	}

	try {
		const [href, x, y] = JSON.parse(sessionStorage.getItem("gorun-scroll")) || [];
		sessionStorage.removeItem("gorun-scroll");
		if (href === location.href) addEventListener("load", () => scrollTo(x, y), { once: true });
	} catch { /* no storage here */ }

	// Style sheets.

	function ownSheets() {
		return [...document.querySelectorAll('link[rel~="stylesheet"][href]')].filter(
			(link) => !link.hasAttribute("data-gorun-old") && new URL(link.href).origin === location.origin);
	}

	let sheetNumber = 0;
	function replaceSheets(names) {
		const all = ownSheets();
		const named = all.filter((link) => names.includes(new URL(link.href).pathname.split("/").pop()));
		// One that is bundled, or imported by another, has another name.
		for (const link of named.length ? named : all) {
			const url = new URL(link.href);
			url.searchParams.set("gorun", ++sheetNumber + "-" + Date.now());
			const next = link.cloneNode();
			next.href = url.href;
			next.addEventListener("load", () => link.remove(), { once: true });
			next.addEventListener("error", () => next.remove(), { once: true });
			link.setAttribute("data-gorun-old", "");
			link.after(next);
		}
	}

	// The socket: one a page, which comes again after a while if it is gone.

	const firstPause = 250, longestPause = 5000; // milliseconds
	let pause = firstPause, socket;

	function connect() {
		if (left || socket) return;
		const scheme = location.protocol === "https:" ? "wss:" : "ws:";
		try {
			socket = new Socket(scheme + "//" + location.host + "/.gorun/socket?token=" + token);
		} catch {
			return; // the page's policy is against it
		}
		const own = socket;
		own.onopen = () => {
			pause = firstPause;
			tellSheets();
		};
		own.onmessage = (e) => hear(JSON.parse(e.data));
		own.onclose = () => {
			if (socket !== own) return;
			socket = null;
			setTimeout(connect, pause * (0.5 + Math.random())); // not all tabs at once
			pause = Math.min(2 * pause, longestPause);
		};
	}

	function tellSheets() {
		if (socket && socket.readyState === 1) {
			socket.send(JSON.stringify({ sheets: ownSheets().map((link) => new URL(link.href).pathname) }));
		}
	}

	addEventListener("pagehide", () => {
		if (socket) socket.close();
		socket = null;
	});
	addEventListener("pageshow", (e) => { if (e.persisted) connect(); });
	addEventListener("load", tellSheets);
	connect();

	// What is shown.

	const sheet = new CSSStyleSheet();
	sheet.replaceSync(`
		:host { all: initial; color-scheme: light dark; }
		* { box-sizing: border-box; }
		.all { position: fixed; inset: 0; z-index: 2147483647; overflow: auto; overscroll-behavior: contain;
			background: light-dark(#fffffff2, #16181df2); color: light-dark(#1c1e21, #e6e6e6);
			font: 15px/1.5 system-ui, sans-serif; }
		main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
		header { display: flex; gap: 1rem; align-items: start; border-bottom: 3px solid light-dark(#c62828, #ff6b6b); }
		h1 { flex: 1; margin: 0 0 .5rem; font-size: 1.25rem; line-height: 1.3; overflow-wrap: anywhere;
			color: light-dark(#b71c1c, #ff8a80); }
		p { margin: .5rem 0; color: light-dark(#5f6368, #9aa0a6); overflow-wrap: anywhere; }
		section { margin: 1.25rem 0; }
		pre, .source { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; margin: .25rem 0; }
		pre { white-space: pre-wrap; overflow-wrap: anywhere; }
		button { font: inherit; color: inherit; background: none; border: 1px solid currentcolor; border-radius: 4px;
			padding: .1rem .6rem; cursor: pointer; }
		button.place { border: 0; padding: 0; text-align: left; text-decoration: underline; overflow-wrap: anywhere;
			font: 600 14px/1.5 ui-monospace, Menlo, Consolas, monospace; color: light-dark(#0b57d0, #8ab4f8); }
		.message { font-weight: 600; }
		.source { position: relative; overflow-x: auto; border-radius: 6px; padding: .5rem 0; tab-size: 4;
			background: light-dark(#f1f3f4, #24272e); }
		.line { display: flex; width: max-content; min-width: 100%; padding: 0 .75rem; white-space: pre; }
		.line.at { background: light-dark(#fde0dc, #5c2b2b); }
		.line i { font-style: normal; min-width: 3.5ch; padding-right: 1.5ch; text-align: right; user-select: none;
			color: light-dark(#5f6368, #9aa0a6); }
		mark { background: light-dark(#c62828, #ff6b6b); color: light-dark(#fff, #16181d); }
		.note { position: fixed; right: 1rem; bottom: 1rem; left: auto; z-index: 2147483647; display: flex; gap: .75rem;
			align-items: center; max-width: calc(100vw - 2rem); padding: .75rem 1rem; border-radius: 8px;
			font: 15px/1.4 system-ui, sans-serif; box-shadow: 0 2px 12px #0006;
			background: light-dark(#fff, #24272e); color: light-dark(#1c1e21, #e6e6e6); }
	`);

	function element(name, kind, ...content) {
		const e = document.createElement(name);
		if (kind) e.className = kind;
		e.append(...content.filter((c) => c !== null && c !== undefined));
		return e;
	}

	function button(text, kind, act) {
		const b = element("button", kind, text);
		b.type = "button";
		b.addEventListener("click", act);
		return b;
	}

	function host(name, content) {
		const h = document.createElement(name);
		const root = h.attachShadow({ mode: "open" });
		root.adoptedStyleSheets = [sheet];
		root.append(content);
		document.documentElement.append(h);
		return h;
	}

	let shown = null, hidden = -1; // the overlay; the failure that was hidden by hand

	function show(failure) {
		if (shown) {
			shown.remove();
			shown = null;
		}
		if (!failure || failure.id === hidden) return;
		const main = element("main", "",
			element("header", "", element("h1", "", failure.title), button("Hide", "", () => hide(failure))),
			failure.reason ? element("p", "", failure.reason) : null);
		(failure.places || []).forEach((place, number) => {
			const where = place.file + ":" + place.line + (place.column ? ":" + place.column : "");
			main.append(element("section", "",
				button(where, "place", () => open(failure.id, number)),
				element("pre", "message", place.message),
				place.source ? source(place) : null));
		});
		if (failure.text) main.append(element("pre", "text", failure.text));
		const all = element("div", "all", main);
		all.setAttribute("role", "alertdialog");
		all.setAttribute("aria-label", failure.title);
		shown = host("gorun-overlay", all);
		for (const mark of all.querySelectorAll("mark")) { // it may be far to the right
			const lines = mark.closest(".source");
			lines.scrollLeft = mark.offsetLeft - 0.7 * lines.clientWidth;
		}
		shown.failure = failure;
	}

	function hide(failure) {
		hidden = failure.id;
		show(null);
	}

	function source(place) {
		return element("div", "source", ...place.source.map((line) => {
			let text = [line.text || " "];
			const at = line.number === place.line;
			if (at && place.column) {
				const letters = [...line.text];
				text = [letters.slice(0, place.column - 1).join(""),
					element("mark", "", letters[place.column - 1] || " "), letters.slice(place.column).join("")];
			}
			return element("div", at ? "line at" : "line", element("i", "", String(line.number)),
				element("span", "", ...text));
		}));
	}

	addEventListener("keydown", (e) => {
		if (e.key === "Escape" && shown) {
			e.stopImmediatePropagation();
			hide(shown.failure);
		}
	}, true);

	async function open(failure, place) {
		const answer = await fetch("/.gorun/open", {
			method: "POST", headers: { "X-Gorun-Token": token }, body: JSON.stringify({ failure, place }),
		});
		const { link } = answer.ok ? await answer.json() : {};
		if (link) location.href = link;
	}

	let noted = null;
	function note() {
		if (noted) return;
		noted = host("gorun-note", element("div", "note", "A new version runs. This page was the answer to a form.",
			button("Send it again", "", () => location.reload()),
			button("Hide", "", () => { noted.remove(); noted = null; })));
	}

	const told = document.getElementById("gorun-failure"); // on a page of gorun's own
	if (told) {
		const failure = JSON.parse(told.textContent);
		const first = () => show(failure);
		document.body ? first() : addEventListener("DOMContentLoaded", first, { once: true });
		const later = hear;
		hear = (said) => later(said.failure || !failure ? said : { ...said, failure: failure });
	}
})();
