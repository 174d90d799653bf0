// What the pages of the site do: formulas, the glossary's box, what is wider than the page, folds that a link leads into.
(() => {
  "use strict";

  function drawFormulas() {
    for (const place of document.querySelectorAll(".math")) {
      const displayMode = place.tagName === "DIV";
      katex.render(place.textContent, place, { displayMode, throwOnError: false });
    }
  }

  // What is wider than the page scrolls by itself: show that it goes on. The keyboard must reach it (the theme sees to
  // tables and code).
  function markWide() {
    for (const box of document.querySelectorAll("div.math, .highlight pre, .pst-scrollable-table-container")) {
      const wide = box.scrollWidth > box.clientWidth + 1;
      box.classList.toggle("scrolls", wide);
      if (!box.matches("div.math")) continue;
      if (wide) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  // A picture that is shown smaller than it is leads to its file, where it can be enlarged.
  function linkWidePictures() {
    for (const picture of document.querySelectorAll("article img")) {
      if (picture.closest("a, .cards, .vae-playground") || picture.naturalWidth <= picture.clientWidth) continue;
      const link = document.createElement("a");
      link.href = picture.src;
      picture.replaceWith(link);
      link.append(picture);
    }
  }

  // A page that was opened as a file may not read the others, so search has no excerpts to show.
  function searchWithoutServer() {
    if (location.protocol !== "file:") return;
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
    const note = document.createElement("p");
    note.className = "mt-3";
    note.textContent = "Opened as a file, this search shows titles only. Excerpts need a web server.";
    document.getElementById("search-results")?.before(note);
  }

  // The definition of a term: a box below it, on hover and on focus. Escape closes it.
  function explainTerms() {
    const box = document.createElement("div");
    box.id = "definition";
    box.setAttribute("role", "tooltip");
    box.hidden = true;
    document.body.append(box);
    let term = null;
    let leaving = 0;

    const stay = () => clearTimeout(leaving);
    const hide = () => {
      term?.removeAttribute("aria-describedby");
      term = null;
      box.hidden = true;
    };
    const hideSoon = () => {
      stay();
      leaving = setTimeout(hide, 200); // long enough to move the pointer into the box
    };
    const show = (link) => {
      stay();
      if (term !== link) hide();
      term = link;
      box.textContent = link.dataset.definition;
      box.hidden = false;
      link.setAttribute("aria-describedby", box.id);
      const { left, bottom } = link.getBoundingClientRect();
      const room = document.documentElement.clientWidth - box.offsetWidth - 8;
      box.style.left = `${Math.max(8, Math.min(left, room)) + scrollX}px`;
      box.style.top = `${bottom + scrollY}px`;
    };

    for (const link of document.querySelectorAll("a.term[title]")) {
      link.dataset.definition = link.title;
      link.removeAttribute("title");
      link.addEventListener("mouseenter", () => show(link));
      link.addEventListener("focus", () => show(link));
      link.addEventListener("mouseleave", hideSoon);
      link.addEventListener("blur", hide);
    }
    box.addEventListener("mouseenter", stay);
    box.addEventListener("mouseleave", hideSoon);
    document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  }

  // Paper is light, whatever the screen is.
  function printLight() {
    const paper = matchMedia("print");
    const { dataset } = document.documentElement;
    let screen = dataset.theme;
    paper.addEventListener("change", () => {
      if (paper.matches) screen = dataset.theme;
      dataset.theme = paper.matches ? "light" : screen;
    });
  }

  function openFoldOfLink() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = target && target.closest("details");
    if (fold) fold.open = true;
  }

  drawFormulas();
  markWide();
  explainTerms();
  openFoldOfLink();
  printLight();
  addEventListener("resize", markWide);
  addEventListener("load", linkWidePictures);
  searchWithoutServer();
  addEventListener("hashchange", openFoldOfLink);
  // Formulas in a closed fold have no size before it opens.
  document.addEventListener("toggle", markWide, true);
  document.fonts.ready.then(markWide);
})();
