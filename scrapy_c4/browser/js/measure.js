// Where the page, or the first element a selector matches, lies on the page, in CSS pixels. None where nothing matches.
(selector) => {
  const root = document.documentElement;
  if (!root) {
    return null;
  }
  const scale = window.devicePixelRatio || 1;
  if (selector === null) {
    // A body that scrolls by itself shows no more than its window.
    const body = document.body && !c4.scrolls(document.body) ? document.body : root;
    return {
      x: 0,
      y: 0,
      width: Math.max(root.scrollWidth, root.clientWidth),
      height: Math.max(root.scrollHeight, body.scrollHeight, root.clientHeight),
      scale,
    };
  }
  const element = document.querySelector(selector);
  if (!element) {
    return null;
  }
  element.scrollIntoView({ block: "nearest", behavior: "instant" });
  const box = element.getBoundingClientRect();
  return { x: Math.max(0, box.left + scrollX), y: Math.max(0, box.top + scrollY), width: box.width, height: box.height, scale };
}
