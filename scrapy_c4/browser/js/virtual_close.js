// Puts all collected items into the page, in order. The container is replaced by a copy, so that the scripts that
// manage the list do not take the items out again; those that look for it by its id still do, so the items are kept there.
// What is to run when the last scrolling is drawn runs before. Leaves a page alone that still holds every item.
async (state) => {
  const { container, records } = state;
  await new Promise((done) => {
    setTimeout(done, 800);
    requestAnimationFrame(() => requestAnimationFrame(() => done()));
  });
  const shown = new Set(state.last.filter((item) => item.node.isConnected).map((item) => item.record));
  if (records.every((record) => shown.has(record))) {
    return { items: records.length, replaced: false };
  }
  const list = state.list();
  const flow = (element) => {
    for (const name of ["position", "top", "left", "right", "bottom", "inset", "transform", "translate"]) {
      element.style.removeProperty(name);
    }
    if (state.absolute) {
      element.style.setProperty("position", "static", "important");
      element.style.setProperty("transform", "none", "important");
    }
  };
  const grow = (element) => {
    for (const [name, value] of [
      ["height", "auto"], ["min-height", "0"], ["max-height", "none"], ["overflow", "visible"],
      ["transform", "none"], ["padding-top", "0"], ["padding-bottom", "0"],
    ]) {
      element.style.setProperty(name, value, "important");
    }
  };
  // Scripts of the page that show their window of items again, whenever they do, lose by it: what they show goes before it
  // is drawn. Other changes stay, as scripts of the user's make them, until the first time that this happens.
  const keep = (place, whole) => {
    const shells = [];
    for (let element = place; element !== whole; element = element.parentElement) {
      shells.push([element.parentElement, Array.from(element.parentElement.childNodes)]);
    }
    const style = place.getAttribute("style");
    const all = place.children.length;
    let items = Array.from(place.children);
    let shownAgain = false;
    let turns = 0;
    const watch = new MutationObserver(() => {
      const lost = !whole.contains(place);
      const left = items.filter((item) => item.parentNode === place);
      const others = place.children.length - left.length;
      const shows = 2 * left.length < items.length && place.children.length < all &&
        (others > 0 || !left.length);
      shownAgain = shownAgain || lost || shows;
      items = shownAgain ? (shows ? items : left) : Array.from(place.children);
      if (!shownAgain || !(others || lost || shows)) {
        return;
      }
      place.replaceChildren(...items);
      place.setAttribute("style", style);
      if (lost) {
        shells.forEach(([shell, children]) => shell.replaceChildren(...children));
      }
      watch.takeRecords();
      // Another observer may answer to that, and so on.
      setTimeout(() => { turns = 0; });
      if (++turns > 20) {
        watch.disconnect();
      }
    });
    [place, ...shells.map(([shell]) => shell)].forEach((element) => watch.observe(element, { childList: true }));
  };
  const listCopy = list.cloneNode(false);
  grow(listCopy);
  for (const record of records) {
    flow(record.copy);
    listCopy.appendChild(record.copy);
  }
  let copy = listCopy;
  for (let element = list; element !== container; element = element.parentElement) {
    const shell = element.parentElement.cloneNode(false);
    grow(shell);
    for (const sibling of element.parentElement.children) {
      if (sibling === element) {
        shell.appendChild(copy);
      } else if (state.meaningful(sibling)) {
        shell.appendChild(c4.copied(sibling, state.inert));
      }
    }
    copy = shell;
  }
  container.replaceWith(copy);
  keep(listCopy, copy);
  return { items: records.length, replaced: true };
}
