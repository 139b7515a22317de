// Resolves when the page has drawn twice: by then a handler of what just happened has run. The timer is for pages
// that are not drawn.
() =>
  new Promise((done) => {
    setTimeout(done, 200);
    requestAnimationFrame(() => requestAnimationFrame(() => done()));
  })
