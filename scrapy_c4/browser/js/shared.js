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
  const shadowOf = getter("shadowRoot");

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

  return { getter, method, shadowOf, everything, page, scrolls };
}
