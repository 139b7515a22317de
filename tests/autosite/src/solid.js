import { createResource } from "solid-js";
import html from "solid-js/html";
import { render } from "solid-js/web";
import { load } from "./where.js";

function App() {
  const [data] = createResource(load);
  return html`<main>
    <h1>${() => data()?.title}</h1><p>${() => data()?.intro}</p>
    <ul>${() => data()?.items.map((item) => html`<li><a href=${item.href}>${item.name}</a> ${item.text}</li>`)}</ul>
  </main>`;
}
render(App, document.getElementById("application"));
