import { hydrate, mount } from "svelte";
import App from "./App.svelte";
import { load, state } from "./where.js";

const target = document.querySelector("#svelte, [data-sveltekit]");
(target.querySelector("h1") ? hydrate : mount)(App, { target, props: { initial: state, load } });
