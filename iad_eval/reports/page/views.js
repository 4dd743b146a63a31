// The gallery's data: columns as the report packed them, and what follows from them.

const RIGHT = 1, WRONG = 2, UNREADABLE = 3, FAILED = 4, UNJUDGED = 5, NOT_ASKED = 0;
const HARMFUL = 1, BENEFICIAL = 2;
const NO_MASK = -1;

const OUTCOMES = {
  [RIGHT]: { name: "right", sign: "✓" },
  [WRONG]: { name: "wrong", sign: "✗" },
  [UNREADABLE]: { name: "unreadable", sign: "?" },
  [FAILED]: { name: "failed", sign: "!" },
  [UNJUDGED]: { name: "unjudged", sign: "·" },
  [NOT_ASKED]: { name: "unasked", sign: "–" },
};

const CALLED = {
  a: "anomalous", n: "normal", u: "unreadable", f: "failed", s: "scored, no threshold", "-": "not asked",
};

async function unpacked(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let index = 0; index < raw.length; index += 1) {
    bytes[index] = raw.charCodeAt(index);
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

/** Adds to the packed columns what every filter and card needs, once. */
function withOutcomes(data) {
  const { photographs, views } = data;
  data.count = views.photograph.length;
  data.viewsOf = photographs.sample.map(() => []);
  views.photograph.forEach((photograph, view) => data.viewsOf[photograph].push(view));
  data.bySample = new Map(photographs.sample.map((sample, index) => [sample, index]));
  data.original = data.perturbations.indexOf("original");
  data.hidden = new Map(views.hidden);
  data.references = new Map(data.references.map(([place, sample, folder]) => [place, { sample, folder }]));
  const looking = data.entrants.filter((entrant) => !entrant.trivial);
  data.judging = looking.length > 0 ? looking : data.entrants;
  for (const entrant of data.entrants) {
    entrant.outcome = outcomesOf(data, entrant);
    entrant.isAsked = askedOf(data, entrant);
    entrant.flip = flipsOf(data, entrant);
    entrant.margin = marginsOf(data, entrant);
    entrant.before = beforeOf(entrant.before);
  }
  data.disagree = disagreements(data);
  data.wrongViews = wrongViewsOf(data);
  return data;
}

function outcomesOf(data, entrant) {
  const outcome = new Uint8Array(data.count);
  for (let view = 0; view < data.count; view += 1) {
    outcome[view] = outcomeOf(entrant.verdicts[view], isAnomalousView(data, view));
  }
  return outcome;
}

function outcomeOf(verdict, isAnomalous) {
  switch (verdict) {
    case "a": return isAnomalous ? RIGHT : WRONG;
    case "n": return isAnomalous ? WRONG : RIGHT;
    case "u": return UNREADABLE;
    case "f": return FAILED;
    case "s": return UNJUDGED;
    default: return NOT_ASKED;
  }
}

/** By dataset, whether the entrant was asked about any of its views. */
function askedOf(data, entrant) {
  const asked = data.datasets.map(() => false);
  entrant.outcome.forEach((outcome, view) => {
    if (outcome !== NOT_ASKED) asked[datasetOf(data, view)] = true;
  });
  return asked;
}

/** Of these entrants the ones that were asked about the view's dataset: in a merged run not everybody was. */
function askedAbout(data, view, entrants) {
  return entrants.filter((entrant) => entrant.isAsked[datasetOf(data, view)]);
}

function datasetOf(data, view) {
  return data.classes[data.photographs.class[data.views.photograph[view]]][0];
}

function isAnomalousView(data, view) {
  return data.photographs.anomalous[data.views.photograph[view]] === "1";
}

function isMistake(outcome) {
  return outcome === WRONG || outcome === UNREADABLE;
}

function isJudged(outcome) {
  return outcome === RIGHT || isMistake(outcome);
}

/** Where a view is judged otherwise than the original of the same photograph. */
function flipsOf(data, entrant) {
  const flip = new Uint8Array(data.count);
  for (const views of data.viewsOf) {
    const original = views.find((view) => data.views.perturbation[view] === data.original);
    if (original === undefined || !isJudged(entrant.outcome[original])) {
      continue;
    }
    for (const view of views) {
      const before = entrant.outcome[original], now = entrant.outcome[view];
      if (isJudged(now) && (before === RIGHT) !== (now === RIGHT)) {
        flip[view] = before === RIGHT ? HARMFUL : BENEFICIAL;
      }
    }
  }
  return flip;
}

/** How far each score lies from its threshold, in standard deviations of the class's scores; 0 without. */
function marginsOf(data, entrant) {
  const margin = new Float32Array(data.count);
  if (!entrant.scores) {
    return margin;
  }
  const sums = data.classes.map(() => ({ n: 0, sum: 0, squares: 0 }));
  const classOf = (view) => data.photographs.class[data.views.photograph[view]];
  entrant.scores.forEach((score, view) => {
    if (score !== null) {
      const of = sums[classOf(view)];
      of.n += 1;
      of.sum += score;
      of.squares += score * score;
    }
  });
  entrant.scores.forEach((score, view) => {
    const place = classOf(view), value = entrant.values[place];
    if (score !== null && value !== null) {
      const { n, sum, squares } = sums[place];
      const spread = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
      margin[view] = Math.abs(score - value) / (spread || 1);
    }
  });
  return margin;
}

/** What the compared run said, by view: of the views that flipped since. */
function beforeOf({ view, newlyWrong, verdicts, scores, said }) {
  return new Map(view.map((each, index) => [each, {
    isNewlyWrong: newlyWrong[index] === "1", verdict: verdicts[index], score: scores[index], said: said[index],
  }]));
}

function disagreements(data) {
  const disagree = new Uint8Array(data.count);
  for (let view = 0; view < data.count; view += 1) {
    let first = "";
    for (const entrant of data.judging) {
      const verdict = entrant.verdicts[view];
      if (verdict === "a" || verdict === "n") {
        first = first || verdict;
        disagree[view] |= verdict !== first;
      }
    }
  }
  return disagree;
}

/** For each photograph how many verdicts on its views are mistakes. */
function wrongViewsOf(data) {
  const wrong = new Uint16Array(data.viewsOf.length);
  for (const entrant of data.judging) {
    entrant.outcome.forEach((outcome, view) => {
      wrong[data.views.photograph[view]] += isMistake(outcome);
    });
  }
  return wrong;
}

const held = (() => {
  const element = document.getElementById("held");
  return element ? JSON.parse(element.textContent) : {};
})();

/** Where a picture is: inside the page, or beside it. */
function sourceOf(path) {
  return Object.hasOwn(held, path) ? held[path] : path;
}

function picturePath(data, view, ending) {
  const folder = data.photographs.folder[data.views.photograph[view]];
  return `pictures/${folder}/${data.files[data.views.perturbation[view]]}.${ending}`;
}

function hasPicture(data, view) {
  return data.views.held[view] === "1" || data.views.held[view] === "3";
}

function hasOutline(data, view) {
  return data.views.held[view] === "2" || data.views.held[view] === "3";
}

/** What a view shows, in words: class, defect, truth, view. */
function describe(data, view) {
  const photograph = data.views.photograph[view];
  const name = data.classes[data.photographs.class[photograph]][1];
  const defect = data.defects[data.photographs.defect[photograph]];
  const truth = isAnomalousView(data, view) ? "anomalous" : "normal";
  return { name, defect, truth, perturbation: data.perturbations[data.views.perturbation[view]] };
}

function altText(data, view) {
  const { name, defect, truth, perturbation } = describe(data, view);
  const called = askedAbout(data, view, data.judging).map((entrant) => `${entrant.label}: ${CALLED[entrant.verdicts[view]]}`);
  return `${name}, ${defect} (${truth}), ${perturbation} view. Called ${called.join("; ")}`;
}
