// Makes ../bundles (what browsers load), ../ssr.json (what servers render) and ../data.json. See ../build.sh.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { compile } from "svelte/compiler";
import { catalogues } from "./data.mjs";

const svelte = (generate) => ({
  name: "svelte",
  setup(build) {
    build.onLoad({ filter: /\.svelte$/ }, ({ path }) => ({
      contents: compile(readFileSync(path, "utf8"), { generate, css: "injected", filename: "App.svelte" }).js.code,
    }));
  },
});
const define = {
  "process.env.NODE_ENV": '"production"',
  __VUE_OPTIONS_API__: "true",
  __VUE_PROD_DEVTOOLS__: "false",
  __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
};
const apps = "react vue svelte preact lit solid alpine jquery angularjs vuedom htmx".split(" ");
mkdirSync("../bundles", { recursive: true });
await build({
  entryPoints: apps.map((name) => `${name}.js`), outdir: "../bundles", bundle: true, minify: true, format: "iife",
  target: "es2022", conditions: ["browser", "production"], define, plugins: [svelte("client")], legalComments: "inline",
});

writeFileSync("server.mjs", `
import { createElement } from "react";
import { renderToString as react } from "react-dom/server";
import { createSSRApp } from "vue";
import { renderToString as vue } from "vue/server-renderer";
import { h } from "preact";
import { render as preact } from "preact-render-to-string";
import { render as svelte } from "svelte/server";
import { Page as ReactPage } from "./react.view.js";
import { page as vuePage } from "./vue.view.js";
import { Page as PreactPage } from "./preact.view.js";
import App from "./App.svelte";
export const all = async (data) => ({
  react: react(createElement(ReactPage, { data })),
  vue: await vue(createSSRApp({ render: () => vuePage(data) })),
  preact: preact(h(PreactPage, { data })),
  svelte: svelte(App, { props: { initial: data } }).body,
});`);
await build({
  entryPoints: ["server.mjs"], outfile: "node_modules/.server.cjs", bundle: true, platform: "node", format: "cjs",
  conditions: ["production"], define, plugins: [svelte("server")],
});
const { all } = await import("./node_modules/.server.cjs");
const rendered = [];
for (const data of catalogues) rendered.push(await all(data));
writeFileSync("../ssr.json", JSON.stringify(rendered, null, 1) + "\n");
writeFileSync("../data.json", JSON.stringify(catalogues, null, 1) + "\n");
