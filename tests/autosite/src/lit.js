import { LitElement, html } from "lit";
import { load } from "./where.js";

class CatalogueApp extends LitElement {
  static properties = { data: { state: true } };
  createRenderRoot() {
    return this;
  }
  async connectedCallback() {
    super.connectedCallback();
    this.data = await load();
  }
  render() {
    if (!this.data) return html``;
    const { title, intro, items } = this.data;
    return html`<h1>${title}</h1><p>${intro}</p>
      <ul>${items.map((item) => html`<li><a href=${item.href}>${item.name}</a> ${item.text}</li>`)}</ul>`;
  }
}
customElements.define("catalogue-app", CatalogueApp);
