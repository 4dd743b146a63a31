// Filters: what of the gallery is shown, in which order; the address after # holds it.

const FILTER_NAMES = ["dataset", "class", "defect", "perturbation", "model", "outcome", "compared", "text", "order"];

const OUTCOME_FILTERS = [
  ["", "all", () => true],
  ["right", "right", (outcome) => outcome === RIGHT],
  ["wrong", "wrong", (outcome) => outcome === WRONG],
  ["unreadable", "unreadable", (outcome) => outcome === UNREADABLE],
  ["failed", "failed", (outcome) => outcome === FAILED],
  ["flipped", "flipped", (outcome, flip) => flip !== 0],
  ["harmful", "flipped to wrong", (outcome, flip) => flip === HARMFUL],
  ["beneficial", "flipped to right", (outcome, flip) => flip === BENEFICIAL],
];
const DISAGREE = "disagree";

/** By what became of a view since the compared run, where there is one. */
const COMPARED_FILTERS = [
  ["", "all", () => true],
  ["newly-wrong", "newly wrong", (before) => before?.isNewlyWrong === true],
  ["newly-right", "newly right", (before) => before?.isNewlyWrong === false],
];

const ORDERS = [
  ["", "mistakes first"],
  ["name", "name"],
  ["smallest", "small defects first"],
  ["largest", "large defects first"],
];

/** The text after # as an object; pairs that cannot be decoded are left out. */
function parseHash(hash) {
  const found = {};
  for (const pair of hash.replace(/^#/, "").split("&")) {
    const [name, ...rest] = pair.split("=");
    if (rest.length > 0) {
      try {
        found[decodeURIComponent(name)] = decodeURIComponent(rest.join("="));
      } catch {
        continue;
      }
    }
  }
  return found;
}

function formatHash(values) {
  const pairs = Object.entries(values).filter(([, value]) => value !== "" && value !== undefined);
  return pairs.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2F", "/")}`).join("&");
}

function filtersOf(values) {
  return Object.fromEntries(FILTER_NAMES.map((name) => [name, values[name] ?? ""]));
}

/** Which views match all but the outcome: one byte a view. */
function matchesOfPlace(data, filters) {
  const { photographs, views } = data;
  const text = filters.text.trim().toLowerCase();
  const inText = text ? data.texts.map((each) => each.toLowerCase().includes(text)) : [];
  const entrants = chosenEntrants(data, filters);
  const photographMatches = photographs.sample.map((sample, index) => {
    const [dataset, name] = data.classes[photographs.class[index]];
    return (!filters.dataset || data.datasets[dataset] === filters.dataset)
      && (!filters.class || name === filters.class)
      && (!filters.defect || data.defects[photographs.defect[index]] === filters.defect);
  });
  const inName = text ? photographs.sample.map((sample) => sample.toLowerCase().includes(text)) : [];
  const perturbation = filters.perturbation ? data.perturbations.indexOf(filters.perturbation) : null;
  const matches = new Uint8Array(data.count);
  for (let view = 0; view < data.count; view += 1) {
    const photograph = views.photograph[view];
    if (!photographMatches[photograph]) continue;
    if (perturbation !== null && views.perturbation[view] !== perturbation) continue;
    if (text && !inName[photograph] && !entrants.some((entrant) => entrant.said && inText[entrant.said[view]])) {
      continue;
    }
    matches[view] = 1;
  }
  return matches;
}

function chosenEntrants(data, filters) {
  const chosen = data.entrants.filter((entrant) => entrant.label === filters.model);
  return chosen.length > 0 ? chosen : data.judging;
}

/** The matching views in order, and how many each outcome, or change since the compared run, would leave. */
function filtered(data, filters) {
  const matches = matchesOfPlace(data, filters);
  const entrants = chosenEntrants(data, filters);
  const outcomes = [...OUTCOME_FILTERS, [DISAGREE, "", (outcome, flip, view) => data.disagree[view] === 1]];
  const changes = data.comparedWith === null ? COMPARED_FILTERS.slice(0, 1) : COMPARED_FILTERS;
  const counts = Object.fromEntries(outcomes.map(([name]) => [name, 0]));
  const changed = Object.fromEntries(changes.map(([name]) => [name, 0]));
  const chosen = outcomes.findIndex(([name]) => name === filters.outcome);
  const compared = data.comparedWith === null ? 0 : changes.findIndex(([name]) => name === filters.compared);
  const bit = (outcome, change) => (outcome < 0 || change < 0 ? 0 : 1 << (outcome * changes.length + change));
  const found = [];
  for (let view = 0; view < data.count; view += 1) {
    if (!matches[view]) continue;
    let hits = 0; // pairs of an outcome and a change that one and the same entrant has
    for (const entrant of entrants) {
      const before = entrant.before.get(view);
      outcomes.forEach(([, , fits], at) => {
        if (!fits(entrant.outcome[view], entrant.flip[view], view)) return;
        changes.forEach(([, , isChange], change) => {
          if (isChange(before)) hits |= bit(at, change);
        });
      });
    }
    outcomes.forEach(([name], at) => { counts[name] += (hits & bit(at, compared)) !== 0; });
    changes.forEach(([name], change) => { changed[name] += (hits & bit(chosen, change)) !== 0; });
    if (hits & bit(chosen, compared)) found.push(view);
  }
  return { views: inOrder(data, found, filters.order, entrants), counts, changed };
}

function inOrder(data, views, order, entrants) {
  if (order === "name") {
    return views;
  }
  const key = new Float64Array(data.count);
  if (order === "smallest" || order === "largest") {
    const sign = order === "smallest" ? 1 : -1;
    for (const view of views) {
      const mask = data.views.mask[view];
      key[view] = mask ? sign * mask : Infinity; // normal ones, and those without a mask, stand last
    }
  } else {
    for (const view of views) {
      key[view] = -plainness(data, view, entrants);
    }
  }
  return views.sort((one, other) => compareKeys(key[one], key[other]) || one - other);
}

function compareKeys(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Mistakes by their largest distance from a threshold, then by how many erred, on how many of its views. */
function plainness(data, view, entrants) {
  let distance = 0, wrong = 0;
  for (const entrant of entrants) {
    if (isMistake(entrant.outcome[view])) {
      wrong += 1;
      distance = Math.max(distance, Math.min(entrant.margin[view], 1e3));
    }
  }
  if (wrong === 0) {
    return entrants.some((entrant) => entrant.outcome[view] === FAILED) ? -0.5 : -1;
  }
  return 1e4 * distance + 100 * wrong + Math.min(data.wrongViews[data.views.photograph[view]], 99);
}

/** Fills the form's choices; the defects are those of the chosen class. */
function fillChoices(form, data, filters) {
  fillSelect(form.elements.dataset, "all datasets", data.datasets, filters.dataset);
  form.querySelector("[data-filter=dataset]").hidden = data.datasets.length < 2;
  const classes = data.classes
    .filter(([dataset]) => !filters.dataset || data.datasets[dataset] === filters.dataset)
    .map(([, name]) => name);
  fillSelect(form.elements.class, "all classes", [...new Set(classes)], filters.class);
  fillSelect(form.elements.defect, "all kinds", defectsOf(data, filters), filters.defect);
  fillSelect(form.elements.perturbation, "all views", data.perturbations, filters.perturbation);
  fillSelect(form.elements.model, "all models", data.entrants.map((entrant) => entrant.label), filters.model);
  fillSelect(form.elements.order, ORDERS[0][1], ORDERS.slice(1).map(([name]) => name), filters.order, new Map(ORDERS));
}

function defectsOf(data, filters) {
  const seen = new Set();
  data.photographs.defect.forEach((defect, index) => {
    const [dataset, name] = data.classes[data.photographs.class[index]];
    if ((!filters.dataset || data.datasets[dataset] === filters.dataset) && (!filters.class || name === filters.class)) {
      seen.add(defect);
    }
  });
  return [...seen].map((defect) => data.defects[defect]).sort(compareNames);
}

function fillSelect(select, all, values, chosen, names = new Map()) {
  const known = chosen === "" || values.includes(chosen) ? values : [...values, chosen];
  const options = [["", all], ...known.map((value) => [value, names.get(value) ?? value])];
  select.replaceChildren(...options.map(([value, name]) => new Option(name, value, false, value === chosen)));
}

function fillOutcomes(place, counts, chosen, choose) {
  fillButtons(place, [...OUTCOME_FILTERS, [DISAGREE, "models disagree"]], counts, chosen, choose);
}

/** Outcomes (or changes) as buttons with the number of views behind each. */
function fillButtons(place, shown, counts, chosen, choose) {
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(...shown
    .filter(([value]) => value === "" || value === chosen || counts[value] > 0)
    .map(([value, name]) => {
      const button = make("button", { type: "button", className: `outcome ${value}` },
        name, make("span", { className: "number" }, counts[value].toLocaleString("en")));
      button.setAttribute("aria-pressed", String(value === chosen));
      button.dataset.outcome = value;
      button.addEventListener("click", () => choose(value));
      return button;
    }));
  if (hadFocus) place.querySelector("[aria-pressed=true]").focus();
}
