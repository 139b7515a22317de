// What a plain download does not see: prices and further links are made by the browser.
(async () => {
  const prices = await (await fetch("api/prices.json")).json();
  const rows = prices.map((p) => `<tr><td>${p.fish}</td><td>${p.kilos}</td><td>${p.price}</td></tr>`).join("");
  document.querySelector("#prices").innerHTML =
    `<h2>Prices of the day</h2><table><caption>Prices of the day</caption><thead><tr><th>Catch</th><th>Kilos</th>` +
    `<th>Price per kilo</th></tr></thead><tbody>${rows}</tbody></table>`;
  document.querySelector("#more").innerHTML =
    '<h2>Also today</h2><ul><li><a href="guide/walks.html">Five walks along the dunes</a></li>' +
    '<li><a href="guide/safety.html">Safety rules of the harbour</a></li></ul>';
  const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
    if (entry.isIntersecting) { entry.target.src = entry.target.dataset.src; seen.unobserve(entry.target); }
  }));
  document.querySelectorAll("img.lazy").forEach((image) => seen.observe(image));
})();
