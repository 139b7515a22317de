import { h } from "vue";

export const page = (data) =>
  data
    ? h("main", null, [
        h("h1", null, data.title),
        h("p", null, data.intro),
        h("ul", null, data.items.map((item) => h("li", { key: item.href }, [h("a", { href: item.href }, item.name), " " + item.text]))),
      ])
    : h("p", { class: "spinner" }, "Loading…");
