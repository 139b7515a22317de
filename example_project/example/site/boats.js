// An application shell: without a browser this page is empty.
fetch("api/boats.json").then((answer) => answer.json()).then((boats) => {
  const rows = boats.map((b) => `<tr><th scope="row">${b.name}</th><td>${b.length}</td><td>${b.persons}</td><td>${b.day}</td></tr>`);
  document.querySelector("#app").innerHTML =
    '<nav><a href="index.html">Home</a> <a href="contact.html">Contact</a></nav><main><h1>Boats for hire</h1>' +
    '<p>All boats come with life vests and a chart of the bay. Hire starts at eight and ends at sunset.</p>' +
    '<img src="img/boats.jpg" alt="Boats for hire at the pier" width="1200" height="675">' +
    '<table><caption>Boats and prices</caption><thead><tr><th>Boat</th><th>Length</th><th>Persons</th><th>A day</th></tr></thead><tbody>' +
    rows.join("") + "</tbody></table></main>";
});
