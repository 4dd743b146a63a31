// One photograph: its views beside the reference, outline and anomaly maps over it, what everybody said.

class PhotoDialog {
  constructor(data, element, actions) {
    this.data = data;
    this.element = element;
    this.actions = actions; // { turn(step), view(perturbation), closed(), place(photograph) }
    this.hasOutline = true;
    this.map = null; // the label of the entrant whose map is shown
    this.opacity = 0.75;
    this.build();
    element.addEventListener("close", () => actions.closed());
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("click", (event) => {
      if (event.target === element) element.close(); // on the backdrop
    });
  }

  build() {
    this.title = make("h2", { id: "photo-title" });
    this.sample = make("p", { className: "muted sample" });
    this.place = make("span", { className: "muted place" });
    const button = (words, label, act) => {
      const made = make("button", { type: "button", className: "quiet", ariaLabel: label }, words);
      made.addEventListener("click", act);
      return made;
    };
    this.before = button("←", "Photograph before", () => this.actions.turn(-1));
    this.after = button("→", "Next photograph", () => this.actions.turn(1));
    this.closing = button("Close", "Close the photograph", () => this.element.close());
    this.tabs = make("div", { className: "tabs", role: "tablist", ariaLabel: "Views" });
    this.stage = make("div", { className: "stage" });
    this.controls = make("div", { className: "controls" });
    this.facts = make("p", { className: "note" });
    this.said = make("tbody");
    const heading = (words) => make("th", { scope: "col" }, words);
    const table = make("table", { className: "said" },
      make("caption", { className: "unseen" }, "What every model said of this view"),
      make("thead", {}, make("tr", {}, heading("Model"), heading("Verdict"), heading("Score"))),
      this.said);
    this.element.append(
      make("header", {}, make("div", {}, this.title, this.sample),
        make("div", { className: "turning" }, this.place, this.before, this.after, this.closing)),
      this.tabs, this.stage, this.controls, this.facts, table);
  }

  show(photograph, view) {
    this.photograph = photograph;
    this.view = view;
    const { name, defect, truth } = describe(this.data, view);
    this.title.replaceChildren(name, " ", make("span", { className: `truth ${truth}` },
      truth === "normal" ? "good" : defect));
    this.sample.textContent = this.data.photographs.sample[photograph];
    const { at, of } = this.actions.place(photograph);
    this.place.textContent = at < 0 ? "" : `${(at + 1).toLocaleString("en")} of ${of.toLocaleString("en")}`;
    this.before.disabled = at <= 0;
    this.after.disabled = at < 0 || at + 1 >= of;
    this.fillTabs();
    this.fillStage();
    this.fillControls();
    this.fillFacts();
    this.said.replaceChildren(...askedAbout(this.data, view, this.data.entrants).flatMap((entrant) => this.rows(entrant)));
    if (!this.element.open) {
      this.element.showModal();
      this.closing.focus();
    }
  }

  fillTabs() {
    const hadFocus = this.tabs.contains(document.activeElement);
    this.tabs.replaceChildren(...this.data.viewsOf[this.photograph].map((view) => {
      const name = this.data.perturbations[this.data.views.perturbation[view]];
      const isChosen = view === this.view;
      const tab = make("button", { type: "button", role: "tab", ariaSelected: String(isChosen) }, name);
      tab.tabIndex = isChosen ? 0 : -1;
      const wrong = this.data.judging.some((entrant) => isMistake(entrant.outcome[view]));
      if (wrong) tab.append(make("span", { className: "sign wrong", title: "somebody judges it wrongly" }, " ✗"));
      tab.addEventListener("click", () => this.actions.view(name));
      return tab;
    }));
    if (hadFocus) this.tabs.querySelector("[aria-selected=true]").focus();
  }

  fillStage() {
    const { data, view } = this;
    const { name, perturbation } = describe(data, view);
    const reference = data.references.get(data.photographs.class[this.photograph]);
    const shown = frame(`${perturbation} view`,
      hasPicture(data, view) ? picturePath(data, view, "jpg") : null, altText(data, view));
    this.layers = shown.querySelector(".frame");
    this.drawLayers();
    const beside = reference
      ? [frame("reference: a good one", `pictures/${reference.folder}/original.jpg`, `${name}, the good reference photograph`)]
      : [];
    this.stage.replaceChildren(shown, ...beside);
  }

  drawLayers() {
    const { data, view, layers } = this;
    layers.querySelectorAll(".layer").forEach((layer) => layer.remove());
    const entrant = this.mapped().find((each) => each.label === this.map);
    if (entrant) layers.append(this.mapLayer(entrant));
    if (this.hasOutline && hasOutline(data, view)) {
      layers.append(image(picturePath(data, view, "png"), "outline of the defect", "outline layer"));
    }
  }

  mapped() {
    return this.data.entrants.filter((entrant) => entrant.maps && entrant.maps.key[this.view]);
  }

  /** A map's black and white are its own lowest and highest value; shown is their place on its class's scale. */
  mapLayer(entrant) {
    const { maps } = entrant, { view } = this;
    const [low, high] = maps.range[this.data.photographs.class[this.photograph]];
    const span = high - low || 1;
    for (const part of document.getElementById("heat-scale").children) {
      part.setAttribute("slope", String((maps.high[view] - maps.low[view]) / span));
      part.setAttribute("intercept", String((maps.low[view] - low) / span));
    }
    const layer = image(`maps/${entrant.folder}/${maps.key[view]}.png`, `anomaly map of ${entrant.label}`, "heat layer");
    layer.style.opacity = String(this.opacity);
    return layer;
  }

  fillControls() {
    const parts = [];
    if (hasOutline(this.data, this.view)) {
      const box = make("input", { type: "checkbox", checked: this.hasOutline });
      box.addEventListener("change", () => this.toggleOutline());
      parts.push(make("label", { className: "check" }, box, " outline of the defect"));
    }
    const mapped = this.mapped();
    if (mapped.length > 0) {
      const select = make("select", {}, new Option("none", ""),
        ...mapped.map((entrant) => new Option(entrant.label, entrant.label)));
      select.value = mapped.some((entrant) => entrant.label === this.map) ? this.map : "";
      select.addEventListener("change", () => this.chooseMap(select.value || null));
      parts.push(make("label", {}, "anomaly map ", select));
      const slider = make("input", { type: "range", min: "0", max: "1", step: "0.05", value: String(this.opacity) });
      slider.addEventListener("input", () => {
        this.opacity = Number(slider.value);
        this.layers.querySelectorAll(".heat").forEach((layer) => { layer.style.opacity = slider.value; });
      });
      if (select.value) {
        parts.push(make("label", {}, "strength ", slider),
          make("span", { className: "muted" }, "brightest: as high as a typical original view's highest, or higher"));
      }
    }
    this.controls.replaceChildren(...parts);
  }

  toggleOutline() {
    this.hasOutline = !this.hasOutline;
    this.redraw("input[type=checkbox]");
  }

  chooseMap(label) {
    this.map = label;
    this.redraw("select");
  }

  redraw(focused) {
    const hadFocus = this.controls.contains(document.activeElement);
    this.drawLayers();
    this.fillControls();
    if (hadFocus) this.controls.querySelector(focused)?.focus();
  }

  fillFacts() {
    const { data, view } = this;
    const sentences = [];
    const mask = data.views.mask[view];
    if (mask) sentences.push(`The defect covers ${percentOf(mask)} of the view.`);
    const hidden = data.hidden.get(view);
    if (hidden) sentences.push(`The perturbation hides ${percentOf(hidden)} of the defect.`);
    this.facts.textContent = sentences.join(" ");
  }

  rows(entrant) {
    const { data, view } = this;
    const place = data.photographs.class[this.photograph];
    const score = entrant.scores ? entrant.scores[view] : null;
    const threshold = entrant.thresholds[data.classes[place][0]];
    const value = entrant.values[place];
    const cell = make("td", {}, make("span", { className: "score" }, score === null ? "–" : String(score)));
    if (score !== null && value !== null) {
      cell.append(make("span", { className: "interval" }, ` threshold ${value} (${threshold})`));
    }
    const { name } = OUTCOMES[entrant.outcome[view]];
    const flip = ["", "flipped to wrong", "flipped to right"][entrant.flip[view]];
    const before = entrant.before.get(view);
    const newly = before?.isNewlyWrong ? "newly wrong" : "newly right";
    const rows = [make("tr", { className: entrant.trivial ? "trivial" : "" },
      make("th", { scope: "row" }, entrant.label),
      make("td", {}, verdictChip(entrant.outcome[view], entrant.verdicts[view]), " ", make("span", { className: "muted" },
        [before ? newly : rightOrWrong(name), flip].filter(Boolean).join(", "))),
      cell)];
    if (before) rows.push(beforeRow(data, view, before));
    const quotes = quotesOf(data, view, entrant);
    if (quotes) rows.push(make("tr", { className: "answer" }, make("td", { colSpan: 3 }, quotes)));
    return rows;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isField = event.target.matches("select, input[type=range]");
    const views = this.data.viewsOf[this.photograph];
    if (event.key === "ArrowLeft" && !isField) this.actions.turn(-1);
    else if (event.key === "ArrowRight" && !isField) this.actions.turn(1);
    else if (/^[1-9]$/.test(event.key) && Number(event.key) <= views.length) {
      const view = views[Number(event.key) - 1];
      this.actions.view(this.data.perturbations[this.data.views.perturbation[view]]);
    } else if (event.key === "o") this.toggleOutline();
    else if (event.key === "m") this.nextMap();
    else return;
    event.preventDefault();
  }

  nextMap() {
    const labels = [null, ...this.mapped().map((entrant) => entrant.label)];
    const at = Math.max(0, labels.indexOf(this.map));
    this.chooseMap(labels[(at + 1) % labels.length]);
  }
}

function verdictChip(outcome, verdict) {
  const { name, sign } = OUTCOMES[outcome];
  return make("span", { className: `chip ${name}` },
    make("span", { className: "sign", ariaHidden: "true" }, sign), make("span", {}, CALLED[verdict]));
}

function rightOrWrong(name) {
  return name === "right" || name === "wrong" ? name : "";
}

/** What the compared run called a view that flipped since. */
function beforeRow(data, view, before) {
  const outcome = outcomeOf(before.verdict, isAnomalousView(data, view));
  return make("tr", { className: "before" },
    make("th", { scope: "row" }, `before, in ${data.comparedWith}`),
    make("td", {}, verdictChip(outcome, before.verdict), " ",
      make("span", { className: "muted" }, rightOrWrong(OUTCOMES[outcome].name))),
    make("td", {}, make("span", { className: "score" }, before.score === null ? "–" : String(before.score))));
}

/** The answer, beside the one before where the view flipped; null where nothing was said. */
function quotesOf(data, view, entrant) {
  const now = entrant.said ? entrant.said[view] : -1;
  const before = entrant.before.get(view)?.said ?? -1;
  const quote = (said) => make("div", { className: entrant.outcome[view] === FAILED ? "error" : "quote" }, data.texts[said]);
  if (before < 0) return now < 0 ? null : quote(now);
  const side = (when, said) => make("div", {}, make("span", { className: "when" }, when), quote(said));
  return make("div", { className: "sides" }, side("before", before), now < 0 ? "" : side("now", now));
}

function percentOf(fraction) {
  const percent = 100 * fraction;
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2))}%`;
}

/** A picture with its name; layers laid over it have its size. */
function frame(name, path, alt) {
  const place = make("div", { className: "frame" });
  if (path === null) {
    place.append(missingPicture());
  } else {
    const picture = image(path, alt, "base");
    picture.loading = "eager";
    picture.addEventListener("load", () => {
      place.style.setProperty("--ratio", String(picture.naturalWidth / picture.naturalHeight));
    });
    place.append(picture);
  }
  return make("figure", {}, place, make("figcaption", { className: "muted" }, name));
}
