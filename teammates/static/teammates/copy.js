"use strict";

// "Copy" beside a value. Browsers without the clipboard (plain HTTP on another host) get the value selected.
for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
        const field = document.getElementById(button.dataset.copy);
        field.select();
        try {
            await navigator.clipboard.writeText(field.value);
        } catch {
            if (!document.execCommand("copy")) {
                return;
            }
        }
        button.textContent = button.dataset.done;
    });
}
