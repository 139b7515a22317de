// Scrolls what scrolls on this page: the document or, in an application whose body is fixed, its largest scrollable
// part. `to` "top" goes back to the beginning; otherwise down by one view. Gives where it stands now.
({ to }) => {
  const page = document.scrollingElement || document.documentElement;
  if (!page) {
    return { top: 0, height: 0, hidden: 0, end: true };
  }
  const scrolls = (element) =>
    element.scrollHeight > element.clientHeight + 1 &&
    element.clientHeight > window.innerHeight / 3 &&
    /auto|scroll|overlay/.test(getComputedStyle(element).overflowY);
  let scroller = page;
  if (page.scrollHeight <= window.innerHeight + 1) {
    // Remembered once it is found: finding it takes the style of every element.
    const kept = window.__c4Scroller;
    if (kept && kept.isConnected) {
      scroller = kept;
    } else {
      let widest = 0;
      for (const element of document.body ? document.body.querySelectorAll("*") : []) {
        const area = element.clientWidth * element.clientHeight;
        if (area > widest && scrolls(element)) {
          widest = area;
          scroller = element;
        }
      }
      if (scroller !== page) {
        Object.defineProperty(window, "__c4Scroller", { value: scroller, configurable: true, enumerable: false });
      }
    }
  }
  const view = scroller === page ? window.innerHeight : scroller.clientHeight;
  // "instant": a page with smooth scrolling would be somewhere on the way when it is asked.
  scroller.scrollTo({ top: to === "top" ? 0 : scroller.scrollTop + view, behavior: "instant" });
  return {
    top: scroller.scrollTop,
    height: scroller.scrollHeight,
    // What an inner scroller hides.
    hidden: scroller === page ? 0 : scroller.scrollHeight - view,
    end: scroller.scrollTop + view >= scroller.scrollHeight - 2,
  };
}
