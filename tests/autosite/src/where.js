// The catalogue a page shows: state the server put into the page, or what the API says.
export const id = Number(location.pathname.match(/(\d+)$/)?.[1] ?? 0);
export const state = JSON.parse(document.getElementById("state")?.textContent ?? "null");
export const load = async () => state ?? (await fetch(`/api/${id}.json`)).json();
