// What is livelier with a script; without one every page works as it stands.
"use strict";
document.documentElement.classList.add("with-script");
function chosen(form, name) {
  const found = [...form.elements].filter((one) => one.name === name);
  const picked = found.find((one) => (one.type === "radio" || one.type === "checkbox" ? one.checked : one.value));
  return picked ? picked.value : "";
}
function follow(form) {
  for (const part of form.querySelectorAll("[data-when]")) part.hidden = chosen(form, part.dataset.when) !== part.dataset.is;
  for (const list of form.querySelectorAll("select[data-by]")) {
    const wanted = chosen(form, list.dataset.by);
    for (const group of list.querySelectorAll("optgroup")) { group.hidden = group.disabled = group.dataset.of !== wanted; }
    const now = list.selectedOptions[0];
    if (now && now.parentElement.tagName === "OPTGROUP" && now.parentElement.disabled) list.value = "";
  }
}
for (const form of document.querySelectorAll("form.act")) {
  for (const words of form.querySelectorAll(".without-script")) words.hidden = true;
  form.addEventListener("change", () => follow(form));
  follow(form);
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
}
for (const phrase of document.querySelectorAll("[data-phrase]")) {
  phrase.dataset.on = "1";
  phrase.tabIndex = 0;
  phrase.setAttribute("role", "button");
  const take = () => {
    const box = document.getElementById(phrase.dataset.phrase);
    box.value += (box.value ? "，" : "") + phrase.textContent;
    box.focus();
  };
  phrase.addEventListener("click", take);
  phrase.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); take(); } });
}
window.addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form.act")) delete form.dataset.sent; });
