// Removes what lies over the page: consent banners, pop-ups, newsletter layers, their backdrops, and the scroll locks
// they leave. Gives one {tag, id, class, reason} for each. An element goes only if something says that it is an overlay
// (its name, its role, or that it covers what is to be read), and never if it holds the page's main content or more than
// a share of the page's text; the surer the sign, the larger that share may be. What is among `before`, removed once and
// put back by the page, is emptied and hidden, so that the page finds it.
({ limit, before }) => {
  const { getter, method, shadowOf } = c4;
  const root = document.documentElement;
  const body = document.body;
  if (!body) {
    return [];
  }
  const removed = [];
  const [matches, contains, find, findAll, attribute] =
    ["matches", "contains", "querySelector", "querySelectorAll", "getAttribute"].map(method);
  const [boxOf, detach, empty] = ["getBoundingClientRect", "remove", "replaceChildren"].map(method);
  const [tagOf, innerText, textContent, connected, styleOf] =
    ["localName", "innerText", "textContent", "isConnected", "style"].map(getter);
  const namespace = getter("namespaceURI");
  const isHtml = (element) => namespace(element) === "http://www.w3.org/1999/xhtml";
  const nameOf = (element) =>
    [...["id", "class", "aria-label", "title", "data-testid"].map((name) => attribute(element, name)),
      tagOf(element).includes("-") ? tagOf(element) : ""]
      .filter(Boolean).join(" ").replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase().slice(0, 500);
  const word = (words) => new RegExp("(^|[^a-z])(" + words + ")([^a-z]|$)");
  const VENDOR = word("cookie-?(banner|bar|consent|notice|popup|law|wall|hint|info|message|policy|alert|dialog|modal|layer|" +
    "overlay|manager)s?|consent|gdpr|dsgvo|rgpd|ccpa|onetrust|otsdk|didomi|usercentrics|cookiebot|cybot|truste|" +
    "trustarc|quantcast|iubenda|osano|klaro|qc-cmp2?|sp.message|cmpbox\\d?|cmpwrapper|cmplz|cookieyes|cky|borlabs|axeptio|" +
    "tarteaucitron|termly|evidon|sourcepoint|consentmanager|privacy-?(banner|notice|popup|wall|manager)");
  // Also the first part of every class of a content management system.
  const COOKIE = word("cookies?|privacy|cmp");
  const POPUP = word("modals?|popups?|pop-up|popover|lightbox|overlays?|interstitial|newsletter|subscribe|subscription|" +
    "signup|sign-up|paywall|regwall|adblock|backdrop|dialog|exit-intent|welcome-mat|age-?gate|app-banner|" +
    "smart-?banner|push-prompt|onesignal|splash");
  const COOKIE_TEXT = /cookie|gdpr|dsgvo|rgpd|lgpd|クッキー|куки|隐私|隱私|쿠키|עוגיות|ملفات تعريف|คุกกี้/i;
  const PRIVACY_TEXT = /your privacy|privatsphäre|vie privée|privacidad/i;
  const CONSENT_TEXT = /privacy|consent|datenschutz|einwillig/i;
  const CLOSE = /^(close|dismiss|continue|schließen|fermer|cerrar|chiudi|fechar|sluiten|zamknij|luk|stäng|закрыть)|^.?$/i;
  const ASKS = /accept|agree|allow|consent|reject|decline|refuse|got it|akzept|zustimm|ablehn|einverstanden|refuser|aceptar|rechazar|acconsent|accett|rifiut|aceitar|recusar|akkoord|weiger|godk|hyväksy|akceptuj|zgadzam|elfogad|souhlas|přij|kabul|прин|соглас|同意|接受|承諾|동의|\bok\b/i;
  const MAIN = "main, article, [role=main], [role=article], [itemprop=articleBody], #content, #main";

  const tidy = (text) => (text || "").replace(/\s+/g, " ").trim();
  const textOf = (element) => tidy((isHtml(element) && innerText(element)) || textContent(element));
  const all = textOf(body).length || 1;
  const area = innerWidth * innerHeight;
  const middle = document.elementsFromPoint(innerWidth / 2, innerHeight / 2);
  // What an element paints over the middle of the window, the top one first; shadow hosts stand for their content.
  const above = (element) => middle.length > 0 && (element === middle[0] || contains(element, middle[0]));

  const hasText = (element) => /\S/.test(textContent(element));
  // What lies at some points of an element, and is neither in it nor what it stands in.
  const around = (element, box) => {
    const found = new Set();
    const [left, top] = [Math.max(0, box.left), Math.max(0, box.top)];
    const [width, height] = [Math.min(box.right, innerWidth) - left, Math.min(box.bottom, innerHeight) - top];
    for (const point of [1, 3, 5].flatMap((x) => [1, 3, 5].map((y) => [left + (width * x) / 6, top + (height * y) / 6]))) {
      const under = document.elementsFromPoint(...point);
      const at = under.findIndex((other) => contains(element, other));
      under.slice(at + 1).forEach((other) => found.add(other));
    }
    return Array.from(found).filter((other) => !contains(other, element) && !contains(element, other) && hasText(other));
  };
  // Others of its kind in the same place: slides of a page that shows one at a time.
  const kind = (element) => tagOf(element) + " " + (attribute(element, "class") || "").trim().split(/\s/, 1)[0];
  const alike = (element, box, other) => {
    const { left, top, width, height } = boxOf(other);
    return kind(other) === kind(element) && getComputedStyle(other).position === getComputedStyle(element).position &&
      [left - box.left, top - box.top, width - box.width, height - box.height].every((n) => Math.abs(n) < 3);
  };
  // Whether it keeps text of the page from being read.
  const over = (element, box) => {
    const others = around(element, box);
    return others.length > 0 && others.filter((other) => alike(element, box, other)).length < 2;
  };

  const untouchable = (element) =>
    element === root || element === body || matches(element, MAIN) || find(element, MAIN) !== null;
  const navigation = (element) =>
    matches(element, "header, nav, footer, [role=banner], [role=navigation], [role=contentinfo]") ||
    find(element, "nav, [role=navigation]") !== null;
  const CONTROLS = "button, [role=button], input[type=button], input[type=submit], a, [onclick], [class*=btn], [class*=button]";
  const labels = (element) => {
    const shadow = shadowOf(element);
    const controls = [...findAll(element, CONTROLS), ...(shadow ? shadow.querySelectorAll(CONTROLS) : [])];
    return controls.slice(0, 100)
      .map((control) => textOf(control) || attribute(control, "value") || attribute(control, "aria-label") || "")
      .filter((label) => label.length < 60);
  };
  const layerOf = (element) => {
    // The styles of an element or, for a shadow host, of the layer it holds.
    const style = getComputedStyle(element);
    if (style.position === "fixed" || style.position === "sticky" || !shadowOf(element)) {
      return [element, style];
    }
    for (const part of Array.from(shadowOf(element).querySelectorAll("*")).slice(0, 2000)) {
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
    const box = boxOf(layer);
    const fixed = style.position === "fixed";
    const floating = fixed || (style.position === "absolute" && Number(style.zIndex) >= 100);
    const sticky = style.position === "sticky";
    const name = nameOf(element);
    const vendor = VENDOR.test(name);
    const dialog = matches(element, "dialog[open], [role=dialog], [role=alertdialog], [aria-modal=true]");
    if (!(floating || sticky || dialog || vendor) || read >= 2000 || untouchable(element)) {
      return null;
    }
    read++;
    const text = textOf(layer);
    const share = text.length / all;
    const covers = (box.width * box.height) / area;
    const menu = navigation(element);
    const named = vendor || COOKIE.test(name);
    // A signup form speaks of privacy, too: only what floats and is short is taken for a notice by that.
    const tells = COOKIE_TEXT.test(text) || (floating && text.length < 800 && PRIVACY_TEXT.test(text));
    // What asks can be answered: recipes, too, speak of cookies and allow things.
    const answered = (label) => ASKS.test(label) || ((floating || named) && CLOSE.test(label));
    const asks = tells && ASKS.test(text) && text.length < 3000 && !menu && labels(element).some(answered);

    const about = tells || CONSENT_TEXT.test(text);
    if (vendor && (floating || dialog) && share < (about ? 0.95 : 0.5) && (!menu || asks)) {
      return "consent";
    }
    // Without a name of its own, or in the flow of the page, a notice must also read like one.
    if (asks && share < (named && !sticky ? 0.9 : 0.6) && (floating || sticky || dialog || vendor)) {
      return "consent";
    }
    const behind = Number(style.zIndex) < 0;
    if (!(floating || dialog) || behind || (menu && covers < 0.5)) {
      return null;
    }
    // Pop-ups are short: a long one may well be what the page is about.
    const most = text.length < 1000 ? 0.8 : 0.5;
    if (dialog && share < most && (floating || style.position === "absolute" || above(element))) {
      return "dialog";
    }
    // Captions of pictures are called overlays, too.
    if (POPUP.test(name) && share < most && covers > 0.02 && (fixed || !text || over(element, box))) {
      return "popup";
    }
    const MEDIA = "img, picture, video, canvas, svg";
    const media = matches(element, MEDIA) || find(element, MEDIA + ", iframe") !== null;
    if (covers > 0.8 && text.length < 3 && above(element) && !media) {
      return "backdrop";
    }
    if (above(element) && covers > 0.1 && share < 0.3 && !(media && text.length < 3) && over(element, box)) {
      return "covers the page";
    }
    return null;
  };

  const described = (element, reason) => {
    const named = (name) => (attribute(element, name) || "").slice(0, 200);
    return { tag: tagOf(element), id: named("id"), class: named("class"), reason };
  };
  const remove = (element, reason) => {
    const what = described(element, reason);
    if ((what.id || what.class) && before.some((one) => ["tag", "id", "class"].every((key) => one[key] === what[key]))) {
      empty(element);
      if (shadowOf(element)) {
        shadowOf(element).replaceChildren();
      }
      styleOf(element).setProperty("display", "none", "important");
    } else {
      removed.push(what);
      detach(element);
    }
  };

  // Parents come first, so that a layer goes as a whole. What the removal of one layer uncovers is seen the next time.
  for (let round = 0; round < 3 && removed.length < limit; round++) {
    const found = removed.length;
    middle.splice(0, middle.length, ...document.elementsFromPoint(innerWidth / 2, innerHeight / 2));
    for (const element of body.querySelectorAll("*")) {
      if (removed.length >= limit) {
        break;
      }
      if (connected(element) && isHtml(element)) {
        const reason = reasonFor(element);
        if (reason) {
          remove(element, reason);
        }
      }
    }
    if (removed.length === found) {
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
      removed.push(described(element, "scroll lock"));
    }
  }
  if (removed.length) {
    // Dialogs hide the page from screen readers while they are open.
    for (const element of body.querySelectorAll("[inert], [aria-hidden=true]")) {
      if (textOf(element).length / all > 0.3) {
        method("removeAttribute")(element, "inert");
        method("removeAttribute")(element, "aria-hidden");
      }
    }
  }
  return removed;
}
