import { createElement as h, useEffect, useState } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { load, state } from "./where.js";
import { Page } from "./react.view.js";

function App({ initial }) {
  const [data, setData] = useState(initial);
  useEffect(() => void (data ?? load().then(setData)), []);
  return h(Page, { data });
}
const root = document.querySelector("#root, #__next, [data-mount]");
if (root.querySelector("h1")) hydrateRoot(root, h(App, { initial: state }));
else createRoot(root).render(h(App, { initial: state }));
