// A plain script in the head, not a module: modules run after the first paint, and a page that
// flashes white in a dark room is a bad neighbour.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden here: the system's preference stays.
}
