// What the pages of the site do: formulas, the glossary's box, long formulas for the keyboard, folds that a link leads into.
(() => {
  "use strict";

  function drawFormulas() {
    for (const place of document.querySelectorAll(".math")) {
      const displayMode = place.tagName === "DIV";
      katex.render(place.textContent, place, { displayMode, throwOnError: false });
    }
  }

  // A formula that is wider than the page scrolls by itself; the keyboard must reach it.
  function reachLongFormulas() {
    for (const formula of document.querySelectorAll("div.math")) {
      if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    }
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
  reachLongFormulas();
  explainTerms();
  openFoldOfLink();
  printLight();
  addEventListener("resize", reachLongFormulas);
  addEventListener("hashchange", openFoldOfLink);
  // Formulas in a closed fold have no size before it opens.
  document.addEventListener("toggle", reachLongFormulas, true);
  document.fonts.ready.then(reachLongFormulas);
})();
