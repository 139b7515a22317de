// Begins to collect a list that keeps only the visible items in the document. Finds what scrolls (the container, what
// it stands in, what it holds, or the page) and the element whose children are the items.
(selector) => {
  const container = document.querySelector(selector);
  if (!container) {
    throw new Error("no element matches " + selector);
  }
  const { page, scrolls, everything, shadowOf } = c4;
  // A slot's content is scrolled where it is shown.
  const up = (element) => element.assignedSlot || element.parentElement || (element.parentNode && element.parentNode.host);
  let scroller = null;
  for (let element = container; element && !scroller; element = up(element)) {
    scroller = scrolls(element) ? element : null;
  }
  if (scroller !== container) {
    // Inside it, what hides more than what it stands in does.
    const hides = (element) => element.scrollHeight - element.clientHeight;
    let most = scroller ? hides(scroller) : Math.max(0, page.scrollHeight - innerHeight);
    for (const element of everything(container)) {
      if (hides(element) > most && scrolls(element)) {
        most = hides(element);
        scroller = element;
      }
    }
  }
  const media = "img, picture, video, audio, canvas, svg, iframe, input, button, object";
  const meaningful = (element) => {
    if (element.textContent.trim() !== "") {
      return true;
    }
    const parts = [element, ...everything(element)];
    const says = (part) => part.localName !== "style" && part.textContent.trim() !== "";
    return parts.some((part) => part.matches(media) || (shadowOf(part) && Array.from(shadowOf(part).childNodes).some(says)));
  };
  const weight = (element) => element.getElementsByTagName("*").length + 1;
  let found = null;
  const list = () => {
    if (found && found.isConnected && container.contains(found)) {
      return found;
    }
    // Down to where several children of like size stand side by side; what only makes room (spacers) does not count.
    let element = container;
    for (;;) {
      const kids = Array.from(element.children).filter(meaningful);
      const weights = kids.map(weight);
      const heaviest = weights.indexOf(Math.max(0, ...weights));
      const all = weights.reduce((sum, one) => sum + one, 0);
      const one = kids.length === 1 && kids[0].children.length > 0;
      if (!one && !(kids.length > 1 && kids.length < 5 && weights[heaviest] > 0.75 * all)) {
        break;
      }
      element = kids[heaviest];
    }
    found = element;
    return element;
  };
  return {
    container,
    scroller: scroller || page,
    isPage: !scroller,
    list,
    meaningful,
    inert: document.implementation.createHTMLDocument(""),
    records: [],
    last: [],
    size: 0,
    stamp: null,
    absolute: false,
  };
}
