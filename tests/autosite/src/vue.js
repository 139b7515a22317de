import { createApp, createSSRApp, onMounted, ref } from "vue";
import { load, state } from "./where.js";
import { page } from "./vue.view.js";

const root = document.querySelector("#app, #__nuxt");
const App = {
  setup() {
    const data = ref(state);
    onMounted(async () => (data.value ??= await load()));
    return () => page(data.value);
  },
};
(root.querySelector("h1") ? createSSRApp : createApp)(App).mount(root);
