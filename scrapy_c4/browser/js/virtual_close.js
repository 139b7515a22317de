// Puts all collected items into the page, in order. The container is replaced by a copy, so that the scripts that
// manage the list do not take the items out again; those that look for it by its id still could, so what is to run when
// the last scrolling is drawn runs before. Leaves a page alone that still holds every item.
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
  let copy = list.cloneNode(false);
  grow(copy);
  for (const record of records) {
    flow(record.copy);
    copy.appendChild(record.copy);
  }
  for (let element = list; element !== container; element = element.parentElement) {
    const shell = element.parentElement.cloneNode(false);
    grow(shell);
    for (const sibling of element.parentElement.children) {
      if (sibling === element) {
        shell.appendChild(copy);
      } else if (state.meaningful(sibling)) {
        shell.appendChild(sibling.cloneNode(true));
      }
    }
    copy = shell;
  }
  container.replaceWith(copy);
  return { items: records.length, replaced: true };
}
