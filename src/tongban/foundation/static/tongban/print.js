// Offers the browser's print dialogue as a button; without script the page shows how to print instead.
document.documentElement.classList.add("can-print");
document.addEventListener("click", (event) => {
  if (event.target.closest(".print-button")) window.print();
});
