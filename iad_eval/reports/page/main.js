// The page: what is chosen stands in the address; every change goes through it, so that Back goes back.

const TYPING_PAUSE_MS = 120;

function startPage() {
  document.querySelectorAll("table.sortable").forEach(makeSortable);
  document.querySelectorAll("img[data-held]").forEach((picture) => {
    picture.src = sourceOf(picture.dataset.held);
  });
  document.querySelectorAll(".shot img, .flip img").forEach((picture) => {
    const lost = () => picture.replaceWith(
      picture.classList.contains("outline") ? "" : missingPicture("this picture is not beside the page"));
    if (picture.complete && picture.naturalWidth === 0 && picture.src) lost();
    else picture.addEventListener("error", lost, { once: true });
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("a[href^='#']")?.getAttribute("href").slice(1);
    const folded = target ? document.getElementById(target) : null;
    if (folded?.tagName === "DETAILS") folded.open = true;
  });
  startTheme(document.getElementById("theme"));
  markCurrentSection();
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
  });
  const packed = document.getElementById("gallery-data");
  if (packed) startGallery(packed);
}

function startTheme(button) {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const name = () => { button.textContent = isDark() ? "Light colours" : "Dark colours"; };
  try {
    const kept = localStorage.getItem("iad-theme");
    if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  } catch { /* a page from disk may have no storage */ }
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("iad-theme", root.dataset.theme);
    } catch { /* as above */ }
    name();
  });
  dark.addEventListener("change", name);
  name();
}

function markCurrentSection() {
  const links = new Map([...document.querySelectorAll("nav.contents a")]
    .map((link) => [link.getAttribute("href").slice(1), link]));
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((each) => each.isIntersecting)) {
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-15% 0px -80% 0px" });
  document.querySelectorAll("main > section").forEach((section) => observer.observe(section));
}

async function startGallery(packed) {
  if (typeof DecompressionStream === "undefined") {
    tellTrouble("This browser cannot unpack the gallery. Chrome or Edge 80, Firefox 113, Safari 16.4 and later ones show it.");
    return;
  }
  let data;
  try {
    data = withOutcomes(await unpacked(packed.textContent));
  } catch (error) {
    tellTrouble(`The gallery in this file is damaged: ${error.message}`);
    return;
  }
  packed.remove();
  new Gallery(data);
  performance.mark("iad-gallery-ready");
}

function tellTrouble(words) {
  const place = document.getElementById("gallery-trouble");
  place.textContent = words;
  place.hidden = words === "";
}

class Gallery {
  constructor(data) {
    this.data = data;
    this.section = document.getElementById("gallery");
    this.form = document.getElementById("filters");
    this.state = { filters: null, photo: null, view: "" };
    this.isOpenedHere = false;
    this.list = new CardList(data, document.getElementById("cards"), document.getElementById("more"),
      (view) => this.addressOf(view));
    this.dialog = new PhotoDialog(data, document.getElementById("photo"), {
      turn: (step) => this.turn(step),
      view: (perturbation) => this.go({ view: perturbation }, "replace"),
      closed: () => this.leave(),
      place: (photograph) => ({ at: this.photographs.indexOf(photograph), of: this.photographs.length }),
    });
    this.form.hidden = false;
    this.section.querySelector(".found").hidden = false;
    this.listen();
    this.apply();
    const { photo, ...others } = parseHash(location.hash);
    if (!photo && Object.keys(others).length > 0) this.section.scrollIntoView();
  }

  listen() {
    let typing = 0;
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", (event) => {
      if (event.target.name !== "text") this.choose({ [event.target.name]: event.target.value });
    });
    this.form.elements.text.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.choose({ text: this.form.elements.text.value }, "replace"), TYPING_PAUSE_MS);
    });
    document.getElementById("reset").addEventListener("click", () => {
      this.choose(filtersOf({}));
    });
    window.addEventListener("hashchange", () => this.apply());
    document.addEventListener("click", (event) => this.click(event));
    document.addEventListener("keydown", (event) => this.key(event));
    const help = document.getElementById("help");
    document.getElementById("show-help").addEventListener("click", () => help.showModal());
  }

  /** What the address says; an address of a section leaves the filters alone. */
  apply() {
    const values = parseHash(location.hash);
    const isSection = location.hash.length > 1 && Object.keys(values).length === 0;
    const filters = isSection && this.state.filters ? this.state.filters : filtersOf(values);
    const isChanged = JSON.stringify(filters) !== JSON.stringify(this.state.filters);
    const photo = values.photo ?? null;
    const photograph = photo === null ? undefined : this.data.bySample.get(photo);
    this.state = { filters, photo: photograph === undefined ? null : photo, view: values.view ?? "" };
    if (isChanged) this.showFiltered(filters);
    tellTrouble(photo !== null && photograph === undefined ? `This run holds no photograph named ${photo}.` : "");
    if (photograph === undefined) {
      this.isOpenedHere = false;
      if (this.dialog.element.open) this.dialog.element.close();
    } else {
      this.dialog.show(photograph, this.viewOf(photograph, this.state.view));
    }
  }

  showFiltered(filters) {
    const { views, counts, changed } = filtered(this.data, filters);
    fillChoices(this.form, this.data, filters);
    if (document.activeElement !== this.form.elements.text) this.form.elements.text.value = filters.text;
    document.getElementById("whose").textContent = filters.model ? `of ${filters.model}` : "of any model";
    fillOutcomes(document.getElementById("outcomes"), counts, filters.outcome, (outcome) => this.choose({ outcome }));
    const changes = document.getElementById("changes");
    if (changes) fillButtons(changes, COMPARED_FILTERS, changed, filters.compared, (compared) => this.choose({ compared }));
    this.photographs = [...new Set(views.map((view) => this.data.views.photograph[view]))];
    document.getElementById("count").textContent = `${views.length.toLocaleString("en")} `
      + `${views.length === 1 ? "view" : "views"} of ${this.photographs.length.toLocaleString("en")} `
      + `${this.photographs.length === 1 ? "photograph" : "photographs"}`;
    document.getElementById("reset").disabled = Object.values(filters).every((value) => value === "");
    this.list.show(views);
  }

  choose(changes, how = "push") {
    const filters = { ...this.state.filters, ...changes };
    if ("dataset" in changes && changes.dataset !== this.state.filters.dataset) filters.class = filters.defect = "";
    if ("class" in changes && changes.class !== this.state.filters.class) filters.defect = "";
    this.goTo({ ...filters }, how);
  }

  viewOf(photograph, perturbation) {
    const views = this.data.viewsOf[photograph];
    return views.find((view) => this.data.perturbations[this.data.views.perturbation[view]] === perturbation) ?? views[0];
  }

  addressOf(view) {
    const { views, photographs, perturbations } = this.data;
    return `#${formatHash({
      ...this.state.filters,
      photo: photographs.sample[views.photograph[view]],
      view: perturbations[views.perturbation[view]],
    })}`;
  }

  go(changes, how) {
    this.goTo({ ...this.state.filters, photo: this.state.photo, view: this.state.view, ...changes }, how);
  }

  goTo(values, how) {
    const hash = formatHash(Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)));
    const address = `${location.pathname}${location.search}${hash ? `#${hash}` : ""}`;
    if (how === "push") history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    this.apply();
  }

  turn(step) {
    const at = this.photographs.indexOf(this.data.bySample.get(this.state.photo));
    const next = at < 0 ? undefined : this.photographs[at + step];
    if (next !== undefined) this.go({ photo: this.data.photographs.sample[next] }, "replace");
  }

  leave() {
    if (this.state.photo === null) return;
    if (this.isOpenedHere) history.back();
    else this.go({ photo: null, view: "" }, "replace");
  }

  /** Links into the gallery keep the filters that are set, or set their own. */
  click(event) {
    const link = event.target.closest?.("a[href^='#']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const { photo, view, ...others } = parseHash(link.getAttribute("href"));
    if (photo !== undefined) {
      event.preventDefault();
      this.go({ photo, view: view ?? "" }, "push");
      this.isOpenedHere = this.state.photo !== null;
    } else if (Object.keys(others).length > 0) {
      event.preventDefault();
      this.goTo(filtersOf(others), "push");
      this.section.scrollIntoView();
    }
  }

  key(event) {
    const isTyping = event.target.matches?.("input[type=search], select, textarea");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const help = document.getElementById("help");
    if (event.key === "?" && !help.open) {
      help.showModal();
    } else if (event.key === "/" && !document.querySelector("dialog[open]")) {
      this.form.elements.text.focus();
    } else {
      return;
    }
    event.preventDefault();
  }
}

startPage();
