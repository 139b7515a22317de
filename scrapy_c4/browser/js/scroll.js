// Scrolls what scrolls on this page: the document and, in an application, its large scrollable parts. `to` "top" goes
// back to the beginning; otherwise down by one view, first in the parts that are in view and then in the document, as a
// wheel would. Gives where it stands now, all parts together.
({ to }) => {
  const { page, scrolls, everything } = c4;
  if (!page) {
    return { height: 0, hidden: 0, end: true };
  }
  const overflow = page.scrollHeight - innerHeight;
  const documentScrolls = overflow > innerHeight / 2;
  const area = (element) => element.clientWidth * element.clientHeight;
  const wide = (element) => {
    const box = element.getBoundingClientRect();
    return box.right > 0 && box.left < innerWidth;
  };
  const search = () => everything(document).filter(
    (element) => element.clientHeight > innerHeight / 3 && scrolls(element) && wide(element));
  // Remembered while the page has as many elements: searching all of them takes its time.
  const count = document.getElementsByTagName("*").length;
  const kept = window.__c4Scrollers;
  let large = kept && kept.count === count ? kept.large.filter((element) => element.isConnected && scrolls(element)) : [];
  if (!large.length && !(kept && kept.count === count && documentScrolls)) {
    large = search();
    Object.defineProperty(window, "__c4Scrollers", { value: { count, large }, configurable: true, enumerable: false });
  }
  // A box of text or code on a page that scrolls by itself is not one of its main parts, nor is a bar at the side.
  const most = Math.max(documentScrolls ? innerWidth * innerHeight : 0, ...large.map(area));
  const parts = large.filter((element) => 2 * area(element) >= most);

  const view = (element) => (element === page ? innerHeight : element.clientHeight);
  const atEnd = (element) => element.scrollTop + view(element) >= element.scrollHeight - 2;
  const inView = (element) => {
    const box = element.getBoundingClientRect();
    return Math.min(box.bottom, innerHeight) - Math.max(box.top, 0) >= Math.min(box.height, innerHeight) / 2 - 1;
  };
  // "instant": a page with smooth scrolling would be somewhere on the way when it is asked.
  const move = (element, top) => element.scrollTo({ top, behavior: "instant" });
  if (to === "top") {
    [page, ...parts].forEach((element) => move(element, 0));
  } else {
    const next = parts.filter((element) => !atEnd(element) && (inView(element) || atEnd(page)));
    (next.length ? next : [page]).forEach((element) => move(element, element.scrollTop + view(element)));
  }
  return {
    height: [page, ...parts].reduce((sum, element) => sum + element.scrollHeight, 0),
    // What parts inside a window that itself does not scroll hide.
    hidden: documentScrolls ? 0 : Math.max(0, ...parts.map((element) => element.scrollHeight - element.clientHeight)),
    end: [page, ...parts].every(atEnd),
  };
}
