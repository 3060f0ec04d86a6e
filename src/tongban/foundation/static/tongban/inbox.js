// Keys of the inbox: J and K move from case to case, X chooses, A chooses all, / goes to the search. Enter is the link's own.
const links = [...document.querySelectorAll("tbody th a")];
const boxes = [...document.querySelectorAll("tbody .choose input")];
const at = () => links.indexOf(document.activeElement.closest("tr")?.querySelector("th a"));
const keys = {
  j: () => links[Math.min(at() + 1, links.length - 1)]?.focus(),
  k: () => links[Math.max(at() - 1, 0)]?.focus(),
  x: () => boxes[at()]?.click(),
  a: () => {
    const all = boxes.every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !all; });
  },
  "/": () => document.getElementById("field-text")?.focus(),
};
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=checkbox]), textarea, select");
  const act = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !act) return;
  event.preventDefault();
  act();
});
