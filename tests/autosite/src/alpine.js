import Alpine from "alpinejs";
import { load } from "./where.js";

Alpine.data("catalogue", () => ({
  data: { title: "", intro: "", items: [] },
  async init() {
    this.data = await load();
  },
}));
Alpine.start();
