// The server's REST interface: `{success, data, error}` around everything.

const patience = 10_000; // Milliseconds.

/** The data of an answer. Rejects with an Error whose message is for people; `status` is the answer's, if any came. */
export async function getData(path, signal) {
  const signals = [AbortSignal.timeout(patience), ...(signal ? [signal] : [])];
  return answered(await fetch(path, { signal: AbortSignal.any(signals) }));
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
  const message = fields.join("; ") || answer?.error?.message || `the server answered ${response.status}`;
  throw Object.assign(new Error(message), { status: response.status });
}
