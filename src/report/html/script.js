(() => {
  "use strict";
  const form = document.getElementById("filters");
  const fields = form.elements;
  const output = form.querySelector("output");
  const nothing = document.getElementById("nothing");
  const parts = [...document.querySelectorAll("[data-table]")];
  const texts = new Map();
  const text = (part) => {
    if (!texts.has(part)) texts.set(part, part.textContent.toLowerCase());
    return texts.get(part);
  };
  const show = () => {
    const role = fields.role.value, table = fields.table.value, words = fields.text.value.trim().toLowerCase();
    let shown = 0;
    for (const part of parts) {
      let fits = (!table || part.dataset.table === table) && (!words || text(part).includes(words));
      const rows = part.querySelectorAll("[data-roles]");
      for (const row of rows) row.hidden = role !== "" && !row.dataset.roles.split("\n").includes(role);
      if (part.localName === "div") {
        for (const rule of part.querySelectorAll(".rule")) rule.hidden = words !== "" && !text(rule).includes(words);
      } else if (fits) shown += 1;
      part.hidden = !fits;
    }
    document.documentElement.dataset.only = fields.operation.value;
    const all = !role && !table && !words && !fields.operation.value;
    output.textContent = all ? "" : shown === 1 ? "1 table is shown" : shown + " tables are shown";
    nothing.hidden = shown > 0;
  };
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  const whom = document.getElementById("people-filter");
  if (whom) {
    const people = [...document.querySelectorAll(".person")];
    const choose = () => {
      const words = whom.elements.who.value.trim().toLowerCase();
      let shown = 0;
      for (const person of people) {
        person.hidden = words !== "" && !text(person).includes(words);
        if (!person.hidden) shown += 1;
      }
      whom.querySelector("output").textContent = !words ? "" : shown === 1 ? "1 person is shown" : shown + " people are shown";
    };
    whom.hidden = false;
    whom.addEventListener("input", choose);
    whom.addEventListener("submit", (event) => event.preventDefault());
    whom.addEventListener("reset", () => setTimeout(choose));
  }
  // A link leads to what it names, whatever is filtered away or folded up.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) form.reset();
    setTimeout(() => {
      for (let at = target.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
      target.scrollIntoView();
    });
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
  show();
})();
