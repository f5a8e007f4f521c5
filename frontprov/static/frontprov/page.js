"use strict";

// Small things of every page. Listening on the document: pieces of pages come and go.

// "Copy" beside a value. Browsers without the clipboard (plain HTTP on another host) get the value selected.
document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) {
        return;
    }
    const source = document.getElementById(button.dataset.copy);
    try {
        await navigator.clipboard.writeText(source.value ?? source.textContent);
    } catch {
        if (source.select) {
            source.select();
        } else {
            getSelection().selectAllChildren(source);
        }
        if (!document.execCommand("copy")) {
            return;
        }
    }
    button.textContent = button.dataset.done;
});

// Arrow keys move between the tabs of a page, as they do in every other program.
document.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const bar = event.target.closest("[data-tabs]");
    if (!bar || !step) {
        return;
    }
    const tabs = [...bar.querySelectorAll("[role=tab]")];
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
});

// A tab has an address, so that a link can lead to it and a reload stays on it.
document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (tab) {
        history.replaceState(null, "", `#${tab.dataset.tab}`);
    }
});

// Saved or refused, the form comes back at the tab from which it was sent. What is new begins with its first.
document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "post" && form.querySelector("[data-tab]") && !location.pathname.endsWith("/add/")) {
        form.action = `${location.pathname}${location.search}${location.hash}`;
    }
});

function showWantedTab() {
    const wanted = decodeURIComponent(location.hash.slice(1));
    document.querySelector(`[data-tab="${CSS.escape(wanted)}"]`)?.click();
    showWantedField(document.getElementById(wanted));
}

// The way from a list of errors to a field, which may be in a tab that is not shown.
function showWantedField(field) {
    const panel = field?.closest("[role=tabpanel]");
    if (panel) {
        document.querySelector(`[aria-controls="${CSS.escape(panel.id)}"]`).click();
        // The panel is shown with a timeout of its own, which is set before the next frame.
        requestAnimationFrame(() =>
            setTimeout(() => {
                field.focus();
                field.scrollIntoView({ block: "center" });
            }),
        );
    }
}

window.addEventListener("load", () => {
    if (!document.querySelector("[data-tab] .fp-badge.bad")) {  // with something to correct the page shows where it is
        showWantedTab();
    }
});
window.addEventListener("hashchange", showWantedTab);

// A page whose value is shown once is the answer to a form. Loading it again would send the form again, and make
// another token: from here on, reloading leads to where the page's own way on leads.
window.addEventListener("DOMContentLoaded", () => {
    const page = document.querySelector("[data-shown-once]");
    if (page) {
        history.replaceState(null, "", page.dataset.shownOnce);
    }
});

// On a narrow screen each row of a list is a card, whose lines are named by the columns: as their headings are written.
window.addEventListener("DOMContentLoaded", () => {
    const choosing = document.querySelector("[data-choose]");
    for (const cell of document.querySelectorAll("#result_list [data-label]")) {
        const chooses = cell.matches(".action-checkbox") && choosing;
        const label = chooses ? choosing.dataset.choose : cell.dataset.label;
        if (chooses) {
            cell.querySelector("input")?.setAttribute("aria-label", label);
        }
        cell.dataset.label = label.charAt(0).toLocaleUpperCase(document.documentElement.lang) + label.slice(1);
    }
});

// The browser brings the line that is written in into sight; here all of the field comes, above the bar that saves.
document.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea")) {
        event.target.scrollIntoView({ block: "nearest" });
    }
});

// The theme writes the name of a chosen file into a box of its own. A plain file field has no such box and says the
// name itself, on which the theme's script would fail: it leaves out what it takes for dealt with.
window.addEventListener("DOMContentLoaded", () => {
    for (const field of document.querySelectorAll("input[type=file]")) {
        field.hasChangeListener = true;
    }
});

// What one finds a teammate or an inbox with is made by a script that gives it no name: neither the field, nor the box
// in it (or, where one thing is chosen, the box that opens under it) in which one types.
function nameSearchBoxes() {
    for (const field of document.querySelectorAll(".select2-selection:not([data-named])")) {
        const label = field.closest(".select2-container").previousElementSibling?.labels?.[0];
        if (label) {
            label.id ||= `label-${label.htmlFor}`;
            field.setAttribute("aria-labelledby", `${label.id} ${field.getAttribute("aria-labelledby") ?? ""}`.trim());
            field.querySelector("[role=textbox]")?.setAttribute("aria-labelledby", label.id);
            field.dataset.named = "";
        }
    }
    for (const box of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
        const opened = box.getAttribute("aria-controls")?.match(/^select2-(.+)-results$/)?.[1];
        const select = box.closest(".select2-container")?.previousElementSibling;
        const label = (select?.labels ?? document.getElementById(opened)?.labels)?.[0]?.textContent.trim();
        box.setAttribute("aria-label", label ?? document.title);
    }
    for (const field of document.querySelectorAll(".select2-container [aria-owns]:not([aria-controls])")) {
        field.setAttribute("aria-controls", field.getAttribute("aria-owns"));
    }
}

// The search over everything lies above the page and is a dialog. What one types into it says what it is for.
function nameSearch() {
    const box = document.getElementById("search-input-command");
    if (box && !box.hasAttribute("aria-label")) {
        const dialog = box.closest("[x-data]");
        box.setAttribute("aria-label", box.placeholder);
        dialog.setAttribute("role", "dialog");
        dialog.setAttribute("aria-modal", "true");
        dialog.setAttribute("aria-label", box.placeholder);
    }
}

// Parts of a page that scroll are made by a script too, which gives all of them one name.
function nameScrollingParts() {
    for (const part of document.querySelectorAll('.simplebar-content-wrapper[aria-label="scrollable content"]')) {
        const within = part.closest("[role=dialog]")?.getAttribute("aria-label");
        const own = part.querySelector("table, form") ? document.querySelector("h1")?.textContent : "";
        const name = (within || own || document.title).trim();
        part.setAttribute("aria-label", part.closest("#changelist-filter") ? `${name}: ${filtersAreCalled()}` : name);
    }
    for (const heading of document.querySelectorAll("#changelist-filter h3:not([aria-level])")) {
        heading.setAttribute("aria-level", "2"); // they follow the heading of the page
    }
}

// Icons are drawn with words. The theme puts some beside a box to choose from or to search with: they say nothing.
function silenceIcons() {
    const beside = "select ~ .material-symbols-outlined, [role=dialog] :not(a, button) > .material-symbols-outlined";
    for (const icon of document.querySelectorAll(beside)) {
        if (!icon.hasAttribute("aria-hidden")) {
            icon.setAttribute("aria-hidden", "true");
        }
    }
}

function filtersAreCalled() {
    return document.querySelector("[aria-controls=changelist-filter]")?.firstChild.textContent.trim() ?? "";
}

new MutationObserver(() => {
    nameSearchBoxes();
    nameSearch();
    nameScrollingParts();
    silenceIcons();
}).observe(document.documentElement, { childList: true, subtree: true });

// The search over everything: the first result is chosen as it comes, so that Enter opens it; without one, nothing.
document.addEventListener("alpine:init", () => {
    const searchOfTheme = window.searchCommand;
    window.searchCommand = () => {
        const search = searchOfTheme();
        return {
            ...search,
            handleContentLoaded(event) {
                search.handleContentLoaded.call(this, event);
                this.currentIndex = Math.min(1, this.totalItems);
            },
            selectItem(...how) {
                if (this.items?.[this.currentIndex - 1]) {
                    search.selectItem.apply(this, how);
                }
            },
        };
    };
});

// With the colours on "Auto", a page that is open follows the system from light to dark and back.
document.addEventListener("alpine:init", () => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const themeOfPage = window.theme;
    window.theme = (...words) => {
        const page = themeOfPage(...words);
        return {
            ...page,
            systemIsDark: system.matches,
            init() {
                page.init.call(this);
                system.addEventListener("change", () => {
                    this.systemIsDark = system.matches;
                });
            },
            themeBindings: {
                ...page.themeBindings,
                "x-bind:class"() {
                    const dark = this.adminTheme === "dark" || (this.adminTheme === "auto" && this.systemIsDark);
                    return dark ? "dark" : "light";
                },
            },
        };
    };
});
