// How many images there are, and how many are still loading. A broken image has finished too.
() => {
  const images = Array.from(document.images);
  return { total: images.length, pending: images.filter((image) => !image.complete).length };
}
