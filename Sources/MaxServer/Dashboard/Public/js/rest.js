// The server's REST interface: `{success, data, error}` around everything.

const patience = 10_000; // Milliseconds.

/** The data of an answer. Rejects with an Error whose message is a sentence for people. */
export async function getData(path) {
  return answered(await fetch(path, { signal: AbortSignal.timeout(patience) }));
}

export async function postData(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(patience),
  });
  return answered(response);
}

async function answered(response) {
  const answer = await response.json().catch(() => undefined);
  if (answer?.success) return answer.data;
  const fields = (answer?.error?.fields ?? []).map(({ field, message }) => `${field}: ${message}`);
  throw new Error(fields.join("; ") || answer?.error?.message || `The server answered ${response.status}.`);
}
