// Removes what lies over the page: consent banners, pop-ups, newsletter layers, their backdrops, and the scroll locks
// they leave. Gives one {tag, id, class, reason} for each. An element goes only if something says that it is an overlay
// (its name, its role, or that it covers the middle of the window), and never if it holds the page's main content or
// more than a share of the page's text; the surer the sign, the larger that share may be.
({ limit }) => {
  const root = document.documentElement;
  const body = document.body;
  if (!body) {
    return [];
  }
  const removed = [];
  const nameOf = (element) =>
    [element.id, element.getAttribute("class"), element.getAttribute("aria-label"), element.getAttribute("title"),
      element.getAttribute("data-testid"), element.localName.includes("-") ? element.localName : ""]
      .filter(Boolean).join(" ").replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase().slice(0, 500);
  const word = (words) => new RegExp("(^|[^a-z])(" + words + ")([^a-z]|$)");
  const VENDOR = word("cookie-?(banner|bar|consent|notice|popup|law|wall|hint|info|message|policy|alert|dialog|modal|layer|" +
    "overlay|manager)s?|consent|gdpr|dsgvo|rgpd|ccpa|cmp|onetrust|otsdk|didomi|usercentrics|cookiebot|cybot|truste|" +
    "trustarc|quantcast|iubenda|osano|klaro|qc-cmp2?|sp.message|cmpbox\\d?|cmpwrapper|cmplz|cookieyes|cky|borlabs|axeptio|" +
    "tarteaucitron|termly|evidon|sourcepoint|consentmanager|privacy-?(banner|notice|popup|wall|manager)");
  const COOKIE = word("cookies?|privacy");
  const POPUP = word("modals?|popups?|pop-up|popover|lightbox|overlays?|interstitial|newsletter|subscribe|subscription|" +
    "signup|sign-up|paywall|regwall|adblock|backdrop|dialog|exit-intent|welcome-mat|age-?gate|app-banner|" +
    "smart-?banner|push-prompt|onesignal|splash");
  const COOKIE_TEXT = /cookie|gdpr|dsgvo|rgpd|lgpd|クッキー|куки|隐私|隱私|쿠키/i;
  const PRIVACY_TEXT = /your privacy|privatsphäre|vie privée|privacidad/i;
  const ASKS = /accept|agree|allow|consent|reject|decline|refuse|got it|akzept|zustimm|ablehn|einverstanden|refuser|aceptar|rechazar|acconsent|accett|rifiut|aceitar|recusar|akkoord|weiger|godk|hyväksy|akceptuj|zgadzam|elfogad|souhlas|přij|kabul|прин|соглас|同意|接受|承諾|동의|\bok\b/i;
  const MAIN = "main, article, [role=main], [role=article], [itemprop=articleBody], #content, #main";

  const textOf = (element) => (element.innerText || element.textContent || "").replace(/\s+/g, " ").trim();
  const all = textOf(body).length || 1;
  const area = innerWidth * innerHeight;
  const middle = document.elementsFromPoint(innerWidth / 2, innerHeight / 2);
  // What an element paints over the middle of the window, the top one first; shadow hosts stand for their content.
  const above = (element) => middle.length > 0 && (element === middle[0] || element.contains(middle[0]));

  // Whether there is text below it, and not only what it stands in.
  const over = (element) => middle.some((other) => !other.contains(element) && !element.contains(other) && textOf(other));

  const untouchable = (element) =>
    element === root || element === body || element.matches(MAIN) || element.querySelector(MAIN) !== null;
  const navigation = (element) =>
    element.matches("header, nav, footer, [role=banner], [role=navigation], [role=contentinfo]") ||
    element.querySelector("nav, [role=navigation]") !== null;
  const buttons = (element) =>
    element.querySelector("button, [role=button], input[type=button], input[type=submit], a[class*=btn], a[class*=button], a[href='#'], a[href^='javascript:']") !== null;
  const layerOf = (element) => {
    // The styles of an element or, for a shadow host, of the layer it holds.
    const style = getComputedStyle(element);
    if (style.position === "fixed" || style.position === "sticky" || !element.shadowRoot) {
      return [element, style];
    }
    for (const part of Array.from(element.shadowRoot.querySelectorAll("*")).slice(0, 2000)) {
      const inside = getComputedStyle(part);
      if (inside.position === "fixed") {
        return [part, inside];
      }
    }
    return [element, style];
  };

  let read = 0;
  const reasonFor = (element) => {
    const [layer, style] = layerOf(element);
    if (style.display === "none" || style.visibility === "hidden") {
      return null;
    }
    const box = layer.getBoundingClientRect();
    const floating = style.position === "fixed" || (style.position === "absolute" && Number(style.zIndex) >= 100);
    const sticky = style.position === "sticky";
    const name = nameOf(element);
    const vendor = VENDOR.test(name);
    const dialog = element.matches("dialog[open], [role=dialog], [role=alertdialog], [aria-modal=true]");
    if (!(floating || sticky || dialog || vendor) || read >= 2000 || untouchable(element)) {
      return null;
    }
    read++;
    const source = layer === element ? element : element.shadowRoot;
    const text = textOf(layer);
    const share = text.length / all;
    const covers = (box.width * box.height) / area;
    const menu = navigation(element);
    // A signup form speaks of privacy, too: only what floats and is short is taken for a notice by that.
    const tells = COOKIE_TEXT.test(text) || (floating && text.length < 800 && PRIVACY_TEXT.test(text));
    const asks = tells && ASKS.test(text) && buttons(source) && text.length < 3000 && !menu;

    if (vendor && (floating || sticky || dialog) && share < 0.95 && (!menu || asks)) {
      return "consent";
    }
    // Without a name of its own, or in the flow of the page, a notice must also read like one.
    if (asks && share < (vendor || COOKIE.test(name) ? 0.9 : 0.6) && (floating || sticky || dialog || vendor)) {
      return "consent";
    }
    if (!floating && !dialog) {
      return null;
    }
    if (menu && covers < 0.5) {
      return null;
    }
    // Pop-ups are short: a long one may well be what the page is about.
    const most = text.length < 1000 ? 0.8 : 0.5;
    if (dialog && share < most && (floating || style.position === "absolute" || above(element))) {
      return "dialog";
    }
    if (POPUP.test(name) && share < most && covers > 0.02) {
      return "popup";
    }
    const media = element.matches("img, picture, video, canvas, svg") ||
      element.querySelector("img, picture, video, canvas, svg, iframe") !== null;
    if (covers > 0.8 && text.length < 3 && above(element) && !media) {
      return "backdrop";
    }
    const fixed = style.position === "fixed";
    if (above(element) && covers > 0.1 && share < 0.3 && !(media && text.length < 3) && (fixed || over(element))) {
      return "covers the page";
    }
    return null;
  };

  const remove = (element, reason) => {
    removed.push({
      tag: element.localName,
      id: element.id.slice(0, 200),
      class: (element.getAttribute("class") || "").slice(0, 200),
      reason,
    });
    element.remove();
  };

  // Parents come first, so that a layer goes as a whole. What the removal of one layer uncovers is seen the next time.
  for (let round = 0; round < 3 && removed.length < limit; round++) {
    const before = removed.length;
    middle.splice(0, middle.length, ...document.elementsFromPoint(innerWidth / 2, innerHeight / 2));
    for (const element of body.querySelectorAll("*")) {
      if (removed.length >= limit) {
        break;
      }
      if (element.isConnected && element instanceof HTMLElement) {
        const reason = reasonFor(element);
        if (reason) {
          remove(element, reason);
        }
      }
    }
    if (removed.length === before) {
      break;
    }
  }

  for (const element of [root, body]) {
    const style = getComputedStyle(element);
    const locked = /hidden|clip/.test(style.overflowY) && element.scrollHeight > innerHeight + 1;
    const fixed = element === body && style.position === "fixed";
    if (locked || fixed) {
      if (locked) {
        element.style.setProperty("overflow", "visible", "important");
        element.style.setProperty("height", "auto", "important");
      }
      if (fixed) {
        for (const [name, value] of [["position", "static"], ["top", "auto"], ["width", "auto"]]) {
          element.style.setProperty(name, value, "important");
        }
      }
      removed.push({
        tag: element.localName,
        id: element.id.slice(0, 200),
        class: (element.getAttribute("class") || "").slice(0, 200),
        reason: "scroll lock",
      });
    }
  }
  if (removed.length) {
    // Dialogs hide the page from screen readers while they are open.
    for (const element of body.querySelectorAll("[inert], [aria-hidden=true]")) {
      if (textOf(element).length / all > 0.3) {
        element.removeAttribute("inert");
        element.removeAttribute("aria-hidden");
      }
    }
  }
  return removed;
}
