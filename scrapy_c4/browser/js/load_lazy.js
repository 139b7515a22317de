// Lets images and frames load that would wait for being scrolled into view. Gives the number of such frames.
() => {
  let frames = 0;
  for (const element of document.querySelectorAll("img[loading=lazy], iframe[loading=lazy]")) {
    element.loading = "eager";
    frames += element.localName === "iframe" ? 1 : 0;
  }
  return frames;
}
