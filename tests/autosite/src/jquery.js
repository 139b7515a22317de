import $ from "jquery";
import { load } from "./where.js";

$(async () => {
  const { title, intro, items } = await load();
  $("#title").text(title);
  $("#intro").text(intro);
  for (const item of items) $("<li>").append($("<a>").attr("href", item.href).text(item.name), " " + item.text).appendTo("#items");
});
