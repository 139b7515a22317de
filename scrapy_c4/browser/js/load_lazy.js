// Lets images and frames load that would wait for being scrolled into view.
() => {
  for (const element of document.querySelectorAll("img[loading=lazy], iframe[loading=lazy]")) {
    element.loading = "eager";
  }
}
