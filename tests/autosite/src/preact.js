import { h, hydrate, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { load, state } from "./where.js";
import { Page } from "./preact.view.js";

function App() {
  const [data, setData] = useState(state);
  useEffect(() => void (data ?? load().then(setData)), []);
  return h(Page, { data });
}
// No mount point of its own: it renders into the body, as small widgets and prototypes do.
const target = document.getElementById("root") ?? document.body.appendChild(document.createElement("div"));
(target.querySelector("h1") ? hydrate : render)(h(App), target);
