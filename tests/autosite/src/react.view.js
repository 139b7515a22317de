import { createElement as h } from "react";

export function Page({ data }) {
  if (!data) return h("p", { className: "spinner" }, "Loading…");
  return h(
    "main",
    null,
    h("h1", null, data.title),
    h("p", null, data.intro),
    h("ul", null, data.items.map((item) => h("li", { key: item.href }, h("a", { href: item.href }, item.name), " ", item.text))),
  );
}
