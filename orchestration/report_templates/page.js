(() => {
  const value = (row, i) => row.cells[i].dataset.value ?? row.cells[i].textContent.trim();
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    heads.forEach((head, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const compare = (a, b) => {
          const [x, y] = [value(a, i), value(b, i)];
          const order = x !== "" && y !== "" && !isNaN(x) && !isNaN(y)
            ? x - y : x.localeCompare(y, "zh");
          return down ? -order : order;
        };
        body.append(...[...body.rows].sort(compare));
      });
    });
  }
  // Paper has nothing to click on.
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
  });
  // The style sheet switches the language; the script tells the browser, and begins with its own.
  const chinese = document.getElementById("language-zh");
  const tell = () => { document.documentElement.lang = chinese.checked ? "zh-Hans" : "en"; };
  if (navigator.language.toLowerCase().startsWith("zh")) chinese.checked = true;
  for (const input of document.querySelectorAll("input[name=language]")) input.addEventListener("change", tell);
  tell();
})();
