// The HTML of this document as it is shown: open shadow roots in place of the light DOM they hide and, with `frames`,
// a marker in place of every frame that was read before. `inner` gives the content of the body only, with URLs made
// absolute, because it will stand in another document. Works on a copy that belongs to no window, so nothing loads or
// runs. More characters than `limit` are counted, not sent. `sizes` gives images their natural size as attributes, in
// what is read only: in the page they would change the layout. In the answer `empty` says that the body holds nothing.
({ frames, inner, sizes, limit, token }) => {
  const { getter, method, shadowOf } = c4;
  const [typeOf, tagOf, childrenOf, attributesOf] = ["nodeType", "localName", "childNodes", "attributes"].map(getter);
  const [append, setAttribute] = ["appendChild", "setAttribute"].map(method);
  const ELEMENT = 1;
  const root = document.documentElement;
  if (!root) {
    return { html: "", size: 0, empty: true };
  }
  const empty = !document.body || !document.body.hasChildNodes();
  const sent = (html) =>
    limit && html.length > limit
      ? { html: null, size: html.length, empty }
      : { html: html.toWellFormed ? html.toWellFormed() : html, size: html.length, empty };

  let doctype = "";
  if (document.doctype) {
    const { name, publicId, systemId } = document.doctype;
    doctype = "<!DOCTYPE " + name;
    if (publicId) {
      doctype += ' PUBLIC "' + publicId + '"';
    }
    if (systemId) {
      doctype += (publicId ? ' "' : ' SYSTEM "') + systemId + '"';
    }
    doctype += ">";
  }

  const sized = [];
  for (const image of sizes ? document.images : []) {
    if (image.naturalWidth > 0 && image.naturalHeight > 0 && !image.hasAttribute("width") &&
        !image.hasAttribute("height")) {
      sized.push(image);
      image.setAttribute("width", image.naturalWidth);
      image.setAttribute("height", image.naturalHeight);
    }
  }
  const unsize = () => {
    for (const image of sized) {
      image.removeAttribute("width");
      image.removeAttribute("height");
    }
  };

  let plain = !frames && !inner;
  if (plain) {
    for (const element of document.querySelectorAll("*")) {
      if (shadowOf(element)) {
        plain = false;
        break;
      }
    }
  }
  if (plain) {
    const html = root.outerHTML;
    unsize();
    return sent(doctype + html);
  }

  const inert = document.implementation.createHTMLDocument("");
  const base = inert.createElement("base");
  base.href = document.baseURI;
  inert.head.append(base);
  const link = inert.createElement("a");
  // What is no URL stays as it is.
  const absolute = (url) => {
    link.href = url.trim();
    return link.protocol === ":" ? url : link.href;
  };
  const absoluteSet = (set) => {
    // A candidate is a URL, which may hold commas but does not end with one, and perhaps a description up to a comma.
    let first = true;
    return set.replace(/\S+/g, (part) => {
      let end = part.length;
      while (end > 0 && part[end - 1] === ",") {
        end--;
      }
      const url = first && end > 0 ? absolute(part.slice(0, end)) : part.slice(0, end);
      first = end < part.length;
      return url + part.slice(end);
    });
  };
  const urls = new Set([
    "action", "background", "cite", "data", "formaction", "href", "longdesc", "poster", "src",
    "data-src", "data-lazy-src", "data-original", "data-lazy", "data-href", "data-bg", "data-background",
  ]);
  const sets = new Set(["srcset", "imagesrcset", "data-srcset", "data-lazy-srcset"]);
  const makeAbsolute = (element) => {
    for (const { name, value } of Array.from(attributesOf(element))) {
      let changed = value;
      if (urls.has(name) && value.trim()) {
        changed = absolute(value);
      } else if (sets.has(name)) {
        changed = absoluteSet(value);
      } else if (name === "style" && value.length < 10000) {
        changed = value.replace(/url\((["']?)([^"')]*)\1\)/g, (_, quote, url) =>
          "url(" + quote + absolute(url) + quote + ")");
      }
      if (changed !== value) {
        setAttribute(element, name, changed);
      }
    }
  };

  const rootCopy = inert.importNode(root, false);
  let body = null;
  // Triples, last one first: a node still to copy, the copy it goes into, whether it is in a shadow root.
  const stack = [];
  const push = (nodes, parent, shadow) => {
    for (let i = nodes.length - 1; i >= 0; i--) {
      stack.push(nodes[i], parent, shadow);
    }
  };
  push(childrenOf(root), rootCopy, false);
  while (stack.length) {
    const shadow = stack.pop();
    const parent = stack.pop();
    const node = stack.pop();
    if (typeOf(node) !== ELEMENT) {
      append(parent, inert.importNode(node, true));
      continue;
    }
    const tag = tagOf(node);
    if (shadow && (tag === "style" || (tag === "link" && /stylesheet/i.test(node.rel)))) {
      continue; // styles of a shadow root hold inside it only
    }
    if (shadow && tag === "slot") {
      const given = node.assignedNodes();
      push(given.length ? given : childrenOf(node), parent, !given.length);
      continue;
    }
    if (frames && node.__c4Frame !== undefined) {
      const place = inert.createElement("div");
      place.textContent = token + node.__c4Frame + ";";
      append(parent, place);
      continue;
    }
    let copy;
    if (frames && tag === "frameset") {
      copy = inert.createElement(parent === rootCopy ? "body" : "div");
    } else if (frames && tag === "noframes") {
      continue; // says that there are no frames
    } else {
      copy = inert.importNode(node, tag === "template");
    }
    if (inner) {
      makeAbsolute(copy);
    }
    if (parent === rootCopy && tagOf(copy) === "body") {
      body = copy;
    }
    append(parent, copy);
    if (tag !== "template") {
      const shown = shadowOf(node);
      push(shown ? shown.childNodes : childrenOf(node), copy, Boolean(shown) || shadow);
    }
  }
  unsize();
  if (inner) {
    return sent(body ? body.innerHTML : "");
  }
  return sent(doctype + rootCopy.outerHTML);
}
