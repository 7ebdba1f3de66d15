// Runs in the head, before anything is painted, so that no page flashes in the wrong colours.
document.documentElement.classList.add("js");
try {
  const kept = localStorage.getItem("cameo-theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
} catch {
  // Storage is closed to some embedded pages; the system's preference holds then.
}
