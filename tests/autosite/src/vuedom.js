import { createApp } from "vue/dist/vue.esm-bundler.js";
import { load } from "./where.js";

createApp({
  data: () => ({ data: { title: "", intro: "", items: [] } }),
  async mounted() {
    this.data = await load();
  },
}).mount("#shop");
