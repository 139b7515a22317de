// What several of the functions here use, as `c4`.
() => {
  // Inputs of a form go by their names as properties of the form, in place of its own: these come from the prototypes.
  const getter = (name) => {
    let owner = document.documentElement;
    while (owner && !Object.getOwnPropertyDescriptor(owner, name)) {
      owner = Object.getPrototypeOf(owner);
    }
    const { get } = owner ? Object.getOwnPropertyDescriptor(owner, name) : {};
    return (node) => (get ? get.call(node) : node[name]);
  };
  const method = (name) => {
    const own = document.documentElement ? document.documentElement[name] : null;
    return (element, ...args) => own.apply(element, args);
  };
  const typeOf = getter("nodeType");
  const childrenOf = getter("childNodes");
  const openShadowOf = getter("shadowRoot");
  const shadowOf = (element) => element.__c4Shadow || openShadowOf(element);

  // Every element below a node, also in open shadow roots.
  const everything = (node) => {
    const found = [];
    const roots = [node];
    while (roots.length) {
      for (const element of roots.pop().querySelectorAll("*")) {
        found.push(element);
        const shadow = shadowOf(element);
        if (shadow) {
          roots.push(shadow);
        }
      }
    }
    return found;
  };

  // The markup inside an element, with that of open shadow roots.
  const markup = (element) =>
    [element, ...everything(element)].reduce((html, part) => {
      const shadow = shadowOf(part);
      return shadow ? html + shadow.innerHTML : html;
    }, element.innerHTML);

  // A copy of a node for a document in which nothing runs. What open shadow roots show is copied into closed ones, known
  // to `shadowOf`: when the copy gets into the page, its components find that they have one and leave it alone.
  const copied = (node, inert) => {
    const copy = inert.importNode(node, true);
    const pairs = [[node, copy]];
    while (pairs.length) {
      const [from, to] = pairs.pop();
      const shadow = typeOf(from) === 1 ? shadowOf(from) : null;
      if (shadow) {
        const own = to.attachShadow({ mode: "closed" });
        shadow.childNodes.forEach((child) => own.append(inert.importNode(child, true)));
        Object.defineProperty(to, "__c4Shadow", { value: own, configurable: true, enumerable: false });
        shadow.childNodes.forEach((child, i) => pairs.push([child, own.childNodes[i]]));
      }
      childrenOf(from).forEach((child, i) => pairs.push([child, childrenOf(to)[i]]));
    }
    return copy;
  };

  const page = document.scrollingElement || document.documentElement;
  // Whether an element, other than the page itself, hides some of its content until it is scrolled.
  const scrolls = (element) => {
    if (element === page || element === document.documentElement || element.scrollHeight <= element.clientHeight + 1) {
      return false;
    }
    const { overflowY, visibility } = getComputedStyle(element);
    if (!/auto|scroll|overlay/.test(overflowY) || visibility === "hidden") {
      return false;
    }
    // What the body says of its overflow holds for the window, unless the root says something.
    return element !== document.body || getComputedStyle(document.documentElement).overflowY !== "visible";
  };

  return { getter, method, shadowOf, everything, markup, copied, page, scrolls };
}
