// Scrolls a virtual list by `by` pixels (up when negative), "page_height" or "container_height", but no further than
// one view: what lies between would never be shown.
(state, by) => {
  const { scroller } = state;
  const view = state.isPage ? window.innerHeight : scroller.clientHeight;
  const pixels = typeof by === "number" ? Math.max(-view, Math.min(by, view)) : view;
  const before = scroller.scrollTop;
  scroller.scrollTo({ top: before + pixels, behavior: "instant" });
  if (scroller.scrollTop === before) {
    // At the end: lists that load more on scrolling need something to happen.
    scroller.scrollTo({ top: before - 2, behavior: "instant" });
    scroller.scrollTo({ top: before, behavior: "instant" });
    return false;
  }
  return true;
}
