import { h } from "preact";

export const Page = ({ data }) =>
  data
    ? h("main", null, h("h1", null, data.title), h("p", null, data.intro),
        h("ul", null, data.items.map((item) => h("li", null, h("a", { href: item.href }, item.name), " ", item.text))))
    : h("p", null, "Loading…");
