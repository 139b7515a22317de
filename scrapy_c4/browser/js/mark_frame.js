// Notes on a frame's element which frame it is. A property, not an attribute: the page and its styles do not see it.
(element, key) => {
  Object.defineProperty(element, "__c4Frame", { value: key, configurable: true, enumerable: false });
}
