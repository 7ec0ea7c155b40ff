// Work for the next animation frame, each task at most once: a thousand messages a second cost
// sixty drawings. A hidden tab gets no frames, so whatever a task draws must be kept in bounded state.

const waiting = new Set();

export function onNextFrame(task) {
  if (waiting.size === 0) requestAnimationFrame(run);
  waiting.add(task);
}

function run() {
  const tasks = [...waiting];
  waiting.clear();
  for (const task of tasks) {
    try {
      task();
    } catch (error) {
      reportError(error); // One broken panel must not stop the others.
    }
  }
}
