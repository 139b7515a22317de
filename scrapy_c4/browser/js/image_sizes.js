// Writes the natural size of loaded images into their attributes, where the page gives none, for who only has the
// HTML. Runs after the pictures were taken: an attribute can change the layout.
() => {
  for (const image of document.images) {
    if (image.naturalWidth > 0 && image.naturalHeight > 0) {
      if (!image.hasAttribute("width") && !image.hasAttribute("height")) {
        image.setAttribute("width", image.naturalWidth);
        image.setAttribute("height", image.naturalHeight);
      }
    }
  }
}
